package source

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// The bounds of what is read of a workbook. Its texts are the only part that is held in
// memory as a whole, because the rows of a sheet refer to them in any order.
const (
	maxDirectory = 4 << 20   // the archive's list of parts; archive/zip needs ten times as much
	maxPart      = 16 << 20  // XML of a small part: the list of sheets, the number formats
	maxSheet     = 8 << 30   // XML of a sheet, which is streamed
	maxTexts     = 128 << 20 // the texts of the workbook, and four bytes for each
	maxSpooled   = 1 << 30   // a workbook that does not come from a regular file
)

// parts are the files in a zip archive, by their names in lower case.
type parts map[string]*zip.File

// openZip lists the parts of an archive. One that is not in a regular file, or is compressed
// once more, is copied to a temporary file first, because the list is at its end. The caller
// must call remove.
func openZip(s *stream) (p parts, size int64, remove func() error, err error) {
	remove = func() error { return nil }
	at, ok := s.in.(interface {
		io.ReaderAt
		io.Seeker
	})
	start := s.start
	if !ok || s.packed || start < 0 {
		var file *os.File
		if file, remove, err = spool(s.data); err != nil {
			return nil, 0, remove, err
		}
		at, start = file, 0
	}
	end, err := at.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, remove, err
	}
	section := io.NewSectionReader(at, start, end-start)
	if err := checkDirectory(section); err != nil {
		return nil, 0, remove, err
	}
	archive, err := zip.NewReader(section, section.Size())
	if err != nil {
		return nil, 0, remove, errZip(err)
	}
	p = make(parts, len(archive.File))
	for _, f := range archive.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if p[name] == nil {
			p[name] = f
		}
	}
	return p, section.Size(), remove, nil
}

func errZip(err error) error {
	return fmt.Errorf("the workbook is damaged or cut off (%w): save it again", err)
}

// spool copies a stream to a temporary file. Where the system allows it, the file has no name
// any more when it is written, so that nothing stays of a process that is killed. remove is
// not nil.
func spool(r io.Reader) (file *os.File, remove func() error, err error) {
	remove = func() error { return nil }
	if file, err = os.CreateTemp("", "klarity-workbook-*"); err != nil {
		return nil, remove, err
	}
	remove = file.Close
	if os.Remove(file.Name()) != nil { // Windows keeps the name of an open file
		remove = func() error {
			return errors.Join(file.Close(), os.Remove(file.Name()))
		}
	}
	n, err := io.Copy(file, io.LimitReader(r, maxSpooled+1))
	if err == nil && n > maxSpooled {
		err = fmt.Errorf("the workbook has more than %d GiB: name the file with -file, or save the sheet as CSV", maxSpooled>>30)
	}
	return file, remove, err
}

// checkDirectory refuses an archive with a large list of parts, which archive/zip would read
// into memory as a whole. It is found as archive/zip finds it: by the record at the end.
func checkDirectory(r *io.SectionReader) error {
	const (
		record  = 22 // bytes without the comment
		comment = 1<<16 - 1
	)
	n := min(r.Size(), record+comment)
	tail := make([]byte, n)
	if _, err := r.ReadAt(tail, r.Size()-n); err != nil && err != io.EOF {
		return err
	}
	at := bytes.LastIndex(tail, []byte(emptyZip))
	if at < 0 || len(tail)-at < record {
		return errZip(errors.New("the list of its parts is missing"))
	}
	size, offset := binary.LittleEndian.Uint32(tail[at+12:]), binary.LittleEndian.Uint32(tail[at+16:])
	if offset == 1<<32-1 || size > maxDirectory || r.Size()-int64(offset) > maxDirectory+n {
		return errors.New("this zip archive is too large for a workbook: it has very many parts; save the sheet as CSV")
	}
	return nil
}

// open opens a part of the archive.
func (p parts) open(name string) (io.ReadCloser, error) {
	f := p[strings.ToLower(name)]
	if f == nil {
		return nil, errZip(fmt.Errorf("it has no part %.100q", name))
	}
	r, err := f.Open()
	if err != nil {
		return nil, errZip(err)
	}
	return r, nil
}

// refuse names an archive that is no workbook, or one that cannot be read.
func (p parts) refuse() error {
	has := func(name string) bool { return p[name] != nil }
	switch {
	case has("xl/workbook.bin"):
		return errors.New("this is a binary Excel workbook (.xlsb): save it as .xlsx or CSV")
	case has("content.xml") && has("mimetype"):
		return errors.New("this is a document of LibreOffice (.ods): save it as .xlsx or CSV")
	case has("index/document.iwa"):
		return errors.New("this is a Numbers spreadsheet: export it as .xlsx or CSV")
	case has("word/document.xml"):
		return errors.New("this is a Word document: save the table in it as .xlsx or CSV")
	case has("ppt/presentation.xml"):
		return errors.New("this is a PowerPoint presentation: save the table in it as .xlsx or CSV")
	}
	return errors.New("this is a zip archive, and no Excel workbook: unpack it, and name the file in it")
}
