package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lineReader reads a stream line by line. It keeps the bytes of the item that is being read,
// MaxItem and one piece more, so that a reader can go back to the item's second line, and so
// that the item's text is there without a copy.
type lineReader struct {
	in  io.Reader
	err error // of in, after which nothing is read from it

	buf    []byte
	begin  int // of the item, in buf
	second int // the end of the item's first line, in buf
	pos    int // the end of the line that was returned last, in buf

	number      int   // of the line that was returned last
	firstNumber int   // of the item's first line
	offset      int64 // bytes up to the end of that line
	ended       bool  // the line that was returned last has a line end
}

var errTooLong = fmt.Errorf("longer than %d MiB", MaxItem>>20)

// lineChunk is how much is read at a time.
const lineChunk = 64 << 10

// first returns the first line of a new item, without its line end; it is valid until the
// next call. A line of more than MaxItem bytes is skipped: the error is errTooLong, and the
// next call returns the line after it. At the end of the stream the error is io.EOF.
func (l *lineReader) first() ([]byte, error) {
	l.begin, l.second = l.pos, l.pos
	l.number++
	l.firstNumber = l.number
	end, err := l.lineEnd()
	if err != nil && !errors.Is(err, errTooLong) {
		return nil, err
	}
	if err != nil || len(trimLineEnd(l.buf[l.pos:end])) > MaxItem {
		if err == nil {
			l.take(end)
		} else if err := l.skipLine(); err != nil {
			return nil, err
		}
		l.begin, l.second = l.pos, l.pos
		return nil, errTooLong
	}
	line := l.take(end)
	l.second = l.pos
	return line, nil
}

// more returns the next line of the same item. If the item has become longer than MaxItem and
// what is read at a time, the error is errTooLong, and the line is not read.
func (l *lineReader) more() ([]byte, error) {
	end, err := l.lineEnd()
	if err != nil {
		return nil, err
	}
	l.number++
	return l.take(end), nil
}

// back ends the item after its first line: the next item begins with the line after that.
func (l *lineReader) back() {
	l.offset -= int64(l.pos - l.second)
	l.pos, l.number = l.second, l.firstNumber
	l.ended = l.pos > l.begin && l.buf[l.pos-1] == '\n'
}

// text returns the item's text as it was read, with its line ends; it is valid until the next
// call of first or more.
func (l *lineReader) text() []byte { return l.buf[l.begin:l.pos] }

// take returns the line up to end, without its line end.
func (l *lineReader) take(end int) []byte {
	line := l.buf[l.pos:end]
	l.offset += int64(len(line))
	l.pos = end
	l.ended = bytes.HasSuffix(line, []byte("\n"))
	return trimLineEnd(line)
}

// lineEnd reads up to the next line end and returns the position in buf after it. It looks
// at each byte once. The error is errTooLong if the item becomes longer than MaxItem and a
// line end, and io.EOF at the end of the stream.
func (l *lineReader) lineEnd() (int, error) {
	from := l.pos
	for {
		if i := bytes.IndexByte(l.buf[from:], '\n'); i >= 0 {
			return from + i + 1, nil
		}
		from = len(l.buf)
		switch {
		case from-l.begin > MaxItem+len("\r\n"):
			return 0, errTooLong
		case l.err == io.EOF && from > l.pos:
			return from, nil
		case l.err != nil:
			return 0, l.err
		}
		from -= l.fill()
	}
}

// fill reads once. It first forgets what is before the item, and returns by how much
// positions in buf have changed.
func (l *lineReader) fill() (moved int) {
	if l.begin > 0 && cap(l.buf)-len(l.buf) < lineChunk {
		moved = l.begin
		l.buf = l.buf[:copy(l.buf, l.buf[moved:])]
		l.begin, l.second, l.pos = 0, l.second-moved, l.pos-moved
	}
	if cap(l.buf)-len(l.buf) < lineChunk {
		larger := make([]byte, len(l.buf), 2*cap(l.buf)+lineChunk)
		copy(larger, l.buf)
		l.buf = larger
	}
	n, err := l.in.Read(l.buf[len(l.buf):cap(l.buf)])
	l.buf, l.err = l.buf[:len(l.buf)+n], err
	return moved
}

// skipLine drops the rest of a line that is too long.
func (l *lineReader) skipLine() error {
	for {
		if i := bytes.IndexByte(l.buf[l.pos:], '\n'); i >= 0 {
			l.take(l.pos + i + 1)
			return nil
		}
		l.take(len(l.buf))
		if l.err != nil {
			if l.err == io.EOF {
				return nil
			}
			return l.err
		}
		l.begin, l.second, l.pos, l.buf = 0, 0, 0, l.buf[:0]
		l.fill()
	}
}

func trimLineEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }
