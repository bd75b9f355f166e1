package apitest

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
)

// ServeHTTP answers a request to the API or to the identity endpoint, which it tells by
// their paths. A fault without an answer, or with half of one, panics with
// http.ErrAbortHandler where it cannot break the connection itself: net/http servers
// take it for that.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resp := e.serve(r)
	switch {
	case resp.err != nil:
		panic(http.ErrAbortHandler)
	case resp.reset:
		resetConnection(w)
		return
	}
	header := w.Header()
	for name, values := range resp.header {
		header[name] = values
	}
	switch {
	case resp.truncated:
		header.Set("Content-Length", strconv.FormatInt(resp.truncatedLength(), 10))
		w.WriteHeader(resp.status)
		w.Write(resp.body[:len(resp.body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case resp.endless:
		w.WriteHeader(resp.status)
		io.Copy(w, &repeatingReader{data: resp.repeatedBody()})
		panic(http.ErrAbortHandler)
	default:
		header.Set("Content-Length", strconv.Itoa(len(resp.body)))
		w.WriteHeader(resp.status)
		w.Write(resp.body)
	}
}

// breakConnection closes the connection with a TCP reset.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2, or no connection at all
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// readAll reads to the end, into a buffer of the announced size if that is sensible.
func readAll(r io.Reader, contentLength int64) ([]byte, error) {
	var buf bytes.Buffer
	if contentLength > 0 && contentLength <= 16<<20 {
		buf.Grow(int(contentLength) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(r)
	return buf.Bytes(), err
}
