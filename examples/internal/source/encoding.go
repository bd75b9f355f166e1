package source

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Encoding is the encoding of a text that has no byte order mark.
type Encoding string

// The encodings. The zero value is UTF-8.
const (
	UTF8        Encoding = "utf-8"
	Windows1252 Encoding = "windows-1252"
)

const utf8Mark = "\xef\xbb\xbf"

// decode makes UTF-8 of the data. A byte order mark says more about the file than a flag.
func (s *stream) decode(e Encoding) error {
	switch {
	case bytes.HasPrefix(s.head, []byte(utf8Mark)):
		s.mark = true
		s.text = s.data
		_, err := s.data.Discard(len(utf8Mark))
		return err
	case bytes.HasPrefix(s.head, []byte("\xff\xfe")):
		s.decoded, s.text = true, newBuffer(&utf16Reader{in: s.data, low: 0, high: 1})
	case bytes.HasPrefix(s.head, []byte("\xfe\xff")):
		s.decoded, s.text = true, newBuffer(&utf16Reader{in: s.data, low: 1, high: 0})
	case e == Windows1252:
		s.decoded, s.text = true, newBuffer(charmap.Windows1252.NewDecoder().Reader(s.data))
	default:
		s.text = s.data
		return nil
	}
	_, err := s.text.Peek(1)
	if err == io.EOF {
		err = nil
	}
	return err
}

// frameMark is what a text of the items begins with where the input was not UTF-8, or said that it
// was: the mark says that this text is UTF-8, whatever -encoding says about the input.
func (s *stream) frameMark() string {
	if s.decoded || s.mark {
		return utf8Mark
	}
	return ""
}

// checkWhole reads the text to its end, if the file can be read twice, and returns a stream
// that begins again. A text that is not UTF-8 is refused before anything is sent, not only
// the rows that show it; of a pipe that is known only when such a row comes.
func (s *stream) checkWhole(e Encoding) (*stream, error) {
	if s.start < 0 {
		return s, nil
	}
	if err := checkUTF8(s.text); err != nil {
		return nil, err
	}
	return s.again(e)
}

// checkUTF8 reads a text to its end. Its memory is that of a buffer.
func checkUTF8(r *bufio.Reader) error {
	line := 1
	var before []byte // the bytes before those in the buffer, to show a word as a whole
	for {
		if _, err := r.Peek(utf8.UTFMax); err != nil && err != io.EOF {
			return err
		}
		b, _ := r.Peek(r.Buffered())
		if len(b) == 0 {
			return nil
		}
		at := invalidUTF8(b)
		switch {
		case at < 0:
			at = len(b)
		case at == 0 || utf8.FullRune(b[at:]):
			line += bytes.Count(b[:at], []byte("\n"))
			return Position{Line: line}.fail(errNotText(append(before, b...), len(before)+at))
		}
		line += bytes.Count(b[:at], []byte("\n"))
		before = bytes.Clone(b[max(0, at-longestWord):at])
		if _, err := r.Discard(at); err != nil {
			return err
		}
	}
}

// longestWord is how many bytes of a word are shown before the one that is at fault, and
// after it.
const longestWord = 20

// errNotText is the error for a text that is not UTF-8 at a byte of b. It shows the word with
// the byte, and what it would be in the encoding that Excel writes where it does not write
// UTF-8.
func errNotText(b []byte, at int) error {
	begin, end := at, at+1
	for begin > 0 && at-begin < longestWord && isWord(b[begin-1]) {
		begin--
	}
	for end < len(b) && end-at < longestWord && isWord(b[end]) {
		end++
	}
	word, err := charmap.Windows1252.NewDecoder().Bytes(b[begin:end])
	if err != nil {
		word = b[at : at+1]
	}
	return fmt.Errorf(`%q is not UTF-8: if it should be %q, add -encoding windows-1252; otherwise save the file as UTF-8 (in Excel: "CSV UTF-8")`, b[begin:end], word)
}

func isWord(c byte) bool { return c > ' ' && bytes.IndexByte([]byte(",;|\""), c) < 0 }
