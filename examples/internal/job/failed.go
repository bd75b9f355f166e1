package job

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/source"
)

// failedItems is the file of -failed: what was not accepted, as it stands in the input, with what
// makes it a file that can be sent again. A nil one is no file.
type failedItems struct {
	file  *os.File
	buf   *bufio.Writer // remembers its first error
	frame source.Frame
	items int
	lost  int // items whose text is not known: too long, or broken off
}

func openFailedItems(name string, input os.FileInfo, frame source.Frame, others ...*os.File) (*failedItems, error) {
	file, err := openOutput("-failed", name, input, others...)
	if file == nil {
		return nil, err
	}
	return &failedItems{file: file, buf: bufio.NewWriter(file), frame: frame}, nil
}

// add adds an item.
func (f *failedItems) add(raw []byte) {
	switch {
	case f == nil:
		return
	case raw == nil:
		f.lost++
		return
	case f.items == 0:
		_, _ = f.buf.WriteString(f.frame.Head)
	default:
		_, _ = f.buf.WriteString(f.frame.Between)
	}
	f.items++
	_, _ = f.buf.Write(raw)
}

// close completes the file. When all items were accepted there is nothing to send again, and no
// file; a device, or a link to a file, stays. wholeInput says that the input was read to its end.
func (f *failedItems) close(wholeInput bool) error {
	if f == nil {
		return nil
	}
	if f.items == 0 && f.lost == 0 {
		if err := f.file.Close(); err != nil {
			return err
		}
		if info, err := os.Lstat(f.file.Name()); err != nil || !info.Mode().IsRegular() {
			return err
		}
		return os.Remove(f.file.Name())
	}
	if f.items > 0 {
		_, _ = f.buf.WriteString(f.frame.Tail)
	}
	err := f.buf.Flush()
	if closeErr := f.file.Close(); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
	case f.lost > 0:
		err = fmt.Errorf("%s could not be read as a whole", console.Counted(f.lost, "item"))
	case !wholeInput:
		err = errors.New("the rest of the input was not read")
	}
	if err != nil {
		return fmt.Errorf("-failed %s is not complete: %w", f.file.Name(), err)
	}
	return nil
}
