package apitest

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
)

// ServeHTTP serves a request to one of the APIs or to the identity endpoint, depending on its path.
// For a fault that sends no response, or only part of one, it panics with
// http.ErrAbortHandler unless it can reset the connection itself; a net/http server then
// closes the connection.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.mux != nil && !isOwnPath(r.URL.Path) {
		if _, pattern := e.mux.Handler(r); pattern != "" {
			e.mux.ServeHTTP(w, r)
			return
		}
	}
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
		_, _ = w.Write(resp.body[:len(resp.body)/2])
		_ = http.NewResponseController(w).Flush() // an error means that the client is gone
		panic(http.ErrAbortHandler)
	case resp.endless:
		w.WriteHeader(resp.status)
		_, _ = io.Copy(w, &repeatingReader{data: resp.repeatedBody()})
		panic(http.ErrAbortHandler)
	default:
		header.Set("Content-Length", strconv.Itoa(len(resp.body)))
		w.WriteHeader(resp.status)
		_, _ = w.Write(resp.body)
	}
}

// resetConnection closes the connection with a TCP reset.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2, or not a real connection
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes Close send a reset
	}
	_ = conn.Close()
}

// readAll reads to the end, into a buffer of contentLength bytes if that is at most 16 MiB.
func readAll(r io.Reader, contentLength int64) ([]byte, error) {
	var buf bytes.Buffer
	if contentLength > 0 && contentLength <= 16<<20 {
		buf.Grow(int(contentLength) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(r)
	return buf.Bytes(), err
}
