package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// stream is a file from its bytes to its text: it is unpacked if it is compressed, and
// decoded if it is not UTF-8.
type stream struct {
	in    io.Reader
	start int64 // where in begins, if it can go back there; otherwise -1
	read  *byteCounter

	packed  bool // the file is compressed
	head    []byte
	data    *bufio.Reader // unpacked
	text    *bufio.Reader // decoded, in UTF-8
	decoded bool          // text is not the same bytes as data
	mark    bool          // the text had a byte order mark
}

// byteCounter counts the bytes that are read, which is how far a file has been read whatever
// becomes of its bytes.
type byteCounter struct {
	io.Reader
	n int64
}

func (c *byteCounter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// openStream looks at the first bytes of a file and unpacks it. What it cannot read is an
// error that names it.
func openStream(in io.Reader) (*stream, error) {
	s := &stream{in: in, start: -1}
	if seeker, ok := in.(io.Seeker); ok {
		if at, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			s.start = at
		}
	}
	if err := s.unpack(); err != nil {
		return nil, err
	}
	return s, refuseForeign(s.head)
}

const gzipMagic = "\x1f\x8b"

// unpack begins to read in, through gzip if it is compressed.
func (s *stream) unpack() (err error) {
	s.read = &byteCounter{Reader: s.in}
	s.data = newBuffer(s.read)
	if s.head, err = peek(s.data); err != nil || !bytes.HasPrefix(s.head, []byte(gzipMagic)) {
		return err
	}
	s.packed = true
	z, err := gzip.NewReader(s.data)
	if err != nil {
		return damaged{err}
	}
	s.data = newBuffer(unpacked{z})
	if s.head, err = peek(s.data); err == nil && bytes.HasPrefix(s.head, []byte(gzipMagic)) {
		err = errors.New("the file is compressed twice: unpack it once with gunzip")
	}
	return err
}

// peek returns a copy of the first bytes of a file: the few that tell most kinds, more only of
// what may be a web page.
func peek(r *bufio.Reader) ([]byte, error) {
	head, err := peekUntil(r, func(b []byte) bool {
		return len(b) >= 512 || len(b) >= 8 && !bytes.ContainsRune(b[:8], '<')
	})
	return bytes.Clone(head), err
}

// unpacked names what is wrong when a compressed file cannot be read to its end.
type unpacked struct{ *gzip.Reader }

func (u unpacked) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = damaged{err}
	}
	return n, err
}

// damaged does not wrap its cause: io.ErrUnexpectedEOF is something else to who reads JSON.
type damaged struct{ cause error }

func (d damaged) Error() string {
	if errors.Is(d.cause, io.ErrUnexpectedEOF) || errors.Is(d.cause, gzip.ErrChecksum) || errors.Is(d.cause, gzip.ErrHeader) {
		return fmt.Sprintf("the compressed file is damaged or cut off (%v)", d.cause)
	}
	return "the compressed file cannot be read: " + d.cause.Error()
}

func (d damaged) Unwrap() error {
	if errors.Is(d.cause, io.ErrUnexpectedEOF) {
		return nil
	}
	return d.cause
}

// offset returns how many bytes of the file were read, given how many of its text were.
func (s *stream) offset(text int64) int64 {
	if s.packed || s.decoded {
		return s.read.n
	}
	if s.mark {
		text += int64(len(utf8Mark))
	}
	return text
}

// again begins to read the file from its start.
func (s *stream) again(e Encoding) (*stream, error) {
	fresh := &stream{in: s.in, start: s.start}
	if _, err := s.in.(io.Seeker).Seek(s.start, io.SeekStart); err != nil {
		return nil, err
	}
	if err := fresh.unpack(); err != nil {
		return nil, err
	}
	return fresh, fresh.decode(e)
}
