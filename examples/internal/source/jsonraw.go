package source

import (
	"bytes"
	"io"
)

// peek returns the next byte that is not white space. The end of the stream is
// io.ErrUnexpectedEOF, because a document says itself where it ends.
func (a *arrayReader) peek() (byte, error) {
	for {
		b, err := a.r.Peek(1)
		if err == io.EOF {
			return 0, io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		switch b[0] {
		case ' ', '\t', '\r', '\n':
			a.skip()
		default:
			return b[0], nil
		}
	}
}

// skip steps over the byte that peek saw.
func (a *arrayReader) skip() {
	c, err := a.r.ReadByte()
	if err != nil {
		return
	}
	a.offset++
	if c == '\n' {
		a.line++
	}
}

// raw reads the text of one value by its quotes and brackets alone; whether it is JSON is
// for the caller to check. A value of more than MaxItem bytes is read to its end and
// dropped. The text is valid until the next call.
func (a *arrayReader) rawValue() ([]byte, error) {
	a.buf = a.buf[:0]
	depth, size := 0, 0
	inText, escaped := false, false
	for {
		b, err := a.r.Peek(1)
		if err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		c := b[0]
		switch {
		case escaped:
			escaped = false
		case inText:
			escaped, inText = c == '\\', c != '"'
		case c == '"':
			inText = true
		case c == '{', c == '[':
			depth++
		case depth == 0 && bytes.IndexByte([]byte(" \t\r\n,:]}"), c) >= 0:
			if size > MaxItem {
				return nil, errTooLong
			}
			return a.buf, nil
		case c == '}', c == ']':
			depth--
		}
		a.skip()
		if size++; size <= MaxItem {
			a.buf = append(a.buf, c)
		}
	}
}

func countNewlines(b []byte) int { return bytes.Count(b, []byte("\n")) }
