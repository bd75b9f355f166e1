package job

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// entry is a line of the report.
type entry struct {
	Index    int     `json:"index"`
	Sheet    string  `json:"sheet,omitempty"`
	Line     int     `json:"line,omitempty"`   // or the row of the sheet
	Column   string  `json:"column,omitempty"` // that the first broken rule is about
	Type     string  `json:"type"`
	ID       string  `json:"id"`
	NID      string  `json:"nid,omitempty"`
	Outcome  string  `json:"outcome"`
	Attempts int     `json:"attempts"` // requests that carried it; 0: it was never sent
	Error    *string `json:"error"`
}

// report writes one line of JSON for each item, in the order of the input, during the run. It
// writes whole lines; only a process that is killed during a write leaves an incomplete one.
type report struct {
	file *os.File // nil if no report was requested

	mu            sync.Mutex // guards the fields below, and writes to file
	buf           bytes.Buffer
	encoder       *json.Encoder
	flushed       time.Time
	err           error // the first failure, after which nothing is written
	firstMissing  int   // the index of the first line that may be missing
	firstBuffered int   // the index of the first line in buf
}

// reportBuffer is the number of bytes that a report buffers.
const reportBuffer = 64 << 10

// openReport opens the file. twice says that it may have to be written twice.
func openReport(name string, input os.FileInfo, twice bool) (*report, error) {
	r := &report{flushed: time.Now()}
	r.encoder = json.NewEncoder(&r.buf)
	r.encoder.SetEscapeHTML(false)
	if name == "" {
		return r, nil
	}
	var err error
	if r.file, err = openOutput("-report", name, input); err != nil || !twice {
		return r, err
	}
	info, err := r.file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("-report %s is not a regular file: -strict may have to write it twice", name)
	}
	return r, err
}

// openOutput opens the file that a flag names, if it names one, and creates it if need be. What is
// in it stays until [begin]. It refuses the file of the input, and the files of other flags. A device,
// such as the null device, may be the file of several.
func openOutput(flag, name string, input os.FileInfo, others ...*os.File) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666) //nolint:gosec // as os.Create: the umask decides who reads it
	}
	if input != nil && os.SameFile(info, input) {
		return nil, fmt.Errorf("%s %s is the file that is read", flag, name)
	}
	for _, other := range others {
		if other == nil || !info.Mode().IsRegular() {
			continue
		}
		if otherInfo, err := other.Stat(); err == nil && os.SameFile(info, otherInfo) {
			return nil, fmt.Errorf("%s %s is the file that another flag names", flag, name)
		}
	}
	return os.OpenFile(name, os.O_WRONLY, 0)
}

// begin empties a file, unless it is nil, or a device.
func begin(file *os.File) error {
	if file == nil {
		return nil
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	return file.Truncate(0)
}

// add adds a line. It is written when the buffer is full, or with the first line that is
// added more than a second after the last write.
func (r *report) add(e entry, problem string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil || r.err != nil {
		return
	}
	if r.buf.Len() == 0 {
		r.firstBuffered = e.Index
	}
	if problem != "" {
		e.Error = &problem
	}
	if err := r.encoder.Encode(e); err != nil {
		r.failLocked(err)
		return
	}
	if r.buf.Len() >= reportBuffer || time.Since(r.flushed) > time.Second {
		r.writeLocked()
	}
}

// reset makes the report empty.
func (r *report) reset() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf.Reset()
	r.err = nil // such as of a full disk, on which there is room again
	if r.file == nil {
		return nil
	}
	if err := r.file.Truncate(0); err != nil {
		return err
	}
	_, err := r.file.Seek(0, io.SeekStart)
	return err
}

// flush writes the buffered lines.
func (r *report) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writeLocked()
}

func (r *report) writeLocked() {
	if r.file == nil || r.err != nil {
		return
	}
	if _, err := r.file.Write(r.buf.Bytes()); err != nil {
		r.failLocked(err)
	}
	r.buf.Reset()
	r.flushed = time.Now()
}

func (r *report) failLocked(err error) { r.err, r.firstMissing = err, r.firstBuffered }

// close writes the buffered lines and returns an error if the report is not complete.
func (r *report) close() error {
	if r.file == nil {
		return nil
	}
	r.flush()
	if err := r.file.Close(); r.err == nil && err != nil {
		r.err = err
	}
	var path *os.PathError
	if errors.As(r.err, &path) {
		return fmt.Errorf("-report %s is not complete from index %d on: %w", r.file.Name(), r.firstMissing, path.Err)
	}
	return r.err
}
