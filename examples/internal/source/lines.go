package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lineReader reads a stream line by line, in constant memory.
type lineReader struct {
	r      *bufio.Reader
	number int   // of the line that next returned
	offset int64 // bytes up to the end of that line
	buf    []byte
}

var errTooLong = fmt.Errorf("longer than %d MiB", MaxItem>>20)

// next returns the next line without its line end; it is valid until the next call. A line
// of more than MaxItem bytes is skipped: the error is errTooLong, and the next call returns
// the line after it. At the end of the stream the error is io.EOF.
func (l *lineReader) next() ([]byte, error) {
	l.number++
	l.buf = l.buf[:0]
	tooLong := false
	for {
		part, err := l.r.ReadSlice('\n')
		l.offset += int64(len(part))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if tooLong = tooLong || len(l.buf)+len(part) > MaxItem+len("\r\n"); !tooLong {
				l.buf = append(l.buf, part...)
			}
			continue
		case err == io.EOF && len(part) == 0 && len(l.buf) == 0 && !tooLong:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			return nil, err
		}
		if len(l.buf) > 0 {
			l.buf = append(l.buf, part...)
			part = l.buf
		}
		part = bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("\n")), []byte("\r"))
		if tooLong || len(part) > MaxItem {
			return nil, errTooLong
		}
		return part, nil
	}
}

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }
