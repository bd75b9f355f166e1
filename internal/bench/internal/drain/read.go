package drain

import (
	"bytes"
	"io"
	"slices"
)

// pieceSize is how much is read at a time. Large pieces keep the server out of the way of
// the client, with which it shares the processors.
const pieceSize = 256 << 10

// read reads a body to its end and counts it. Only where somebody looks at the body as a
// whole is it put together.
func (s *Server) read(path string, body io.Reader, whole bool, look func([]byte)) error {
	buf, _ := s.buffers.Get().(*[]byte)
	if buf == nil {
		b := make([]byte, 0, pieceSize)
		buf = &b
	}
	defer s.buffers.Put(buf)
	whole = whole || s.Keep != nil

	b, total := (*buf)[:0], 0
	for {
		if cap(b)-len(b) < pieceSize/2 {
			b = slices.Grow(b, max(pieceSize, len(b)))
		}
		n, err := body.Read(b[len(b):cap(b)])
		total += n
		if whole {
			b = b[:len(b)+n]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	*buf = b
	s.requests.Add(1)
	s.bytes.Add(int64(total))
	if s.Keep != nil {
		s.Keep(path, bytes.Clone(b))
	}
	if look != nil {
		look(b)
	}
	return nil
}

func contains(body []byte, s string) bool { return bytes.Contains(body, []byte(s)) }
