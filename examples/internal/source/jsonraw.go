package source

import (
	"bytes"
	"io"
)

// peek returns the next byte that is not white space. At the end of the stream the error is
// io.ErrUnexpectedEOF, because the callers expect more of the document.
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

// skip consumes the byte that peek returned.
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

// rawValue returns the text of one value, whose end it finds by quotes and brackets alone;
// the caller checks whether it is JSON. For a value of more than MaxItem bytes it returns
// errTooLong after reading it to its end. The text is valid until the next call.
func (a *arrayReader) rawValue() ([]byte, error) {
	a.buf = a.buf[:0]
	depth, size := 0, 0
	inString, escaped := false, false
	for {
		b, err := a.r.Peek(1)
		if err == io.EOF && a.sequence && depth == 0 && !inString && size > 0 && size <= MaxItem {
			return a.buf, nil
		}
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
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
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
