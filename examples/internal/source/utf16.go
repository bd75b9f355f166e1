package source

import (
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader makes UTF-8 of UTF-16 with a byte order mark. Unlike golang.org/x/text it takes
// half a character for an error: replacing it would change an id without a word.
type utf16Reader struct {
	in        io.Reader
	low, high int // where the bytes of a unit are

	buf  [8 << 10]byte
	n    int // bytes in buf that are not decoded yet
	out  []byte
	half rune // the first half of a character, or 0
	mark bool // the byte order mark was skipped
	err  error
}

var errHalfCharacter = errors.New("the text is UTF-16 with half a character (a lone surrogate) in it: the file is damaged, save it again as UTF-8")

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		n, err := u.in.Read(u.buf[u.n:])
		u.n += n
		u.err = err
		u.decode()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// decode decodes the whole units of the buffer, and keeps the rest for the next call.
func (u *utf16Reader) decode() {
	u.out = u.out[:0]
	i := 0
	for ; i+1 < u.n; i += 2 {
		r := rune(u.buf[i+u.low]) | rune(u.buf[i+u.high])<<8
		switch {
		case !u.mark:
			u.mark = true
			continue
		case u.half != 0:
			if r = utf16.DecodeRune(u.half, r); r == utf8.RuneError {
				u.err = errHalfCharacter
				return
			}
			u.half = 0
		case r >= 0xd800 && r < 0xdc00:
			u.half = r
			continue
		case r >= 0xdc00 && r < 0xe000:
			u.err = errHalfCharacter
			return
		}
		u.out = utf8.AppendRune(u.out, r)
	}
	u.n = copy(u.buf[:], u.buf[i:u.n])
	if u.err == io.EOF && (u.n > 0 || u.half != 0) {
		u.err = errors.New("the text is UTF-16 and ends inside a character: the file is cut off")
	}
}
