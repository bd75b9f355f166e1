package sink

import (
	"bytes"
	"io"
	"slices"
)

// chunkSize is how much is read at a time. Large chunks save processor time of the server, which
// shares the processors with the client.
const chunkSize = 256 << 10

// readBody reads a body to its end and counts it. It keeps the body in memory only if whole or
// OnBody is set.
func (s *Server) readBody(path string, body io.Reader, whole bool, inspect func([]byte)) error {
	buf, _ := s.buffers.Get().(*[]byte)
	if buf == nil {
		b := make([]byte, 0, chunkSize)
		buf = &b
	}
	defer s.buffers.Put(buf)
	whole = whole || s.OnBody != nil

	b, total := (*buf)[:0], 0
	for {
		if cap(b)-len(b) < chunkSize/2 {
			b = slices.Grow(b, max(chunkSize, len(b)))
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
	if s.OnBody != nil {
		s.OnBody(path, bytes.Clone(b))
	}
	if inspect != nil {
		inspect(b)
	}
	return nil
}

func contains(body []byte, s string) bool { return bytes.Contains(body, []byte(s)) }
