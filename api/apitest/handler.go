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
	a := e.serve(r)
	switch {
	case a.err != nil:
		panic(http.ErrAbortHandler)
	case a.reset:
		breakConnection(w)
		return
	}
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	switch {
	case a.cut:
		header.Set("Content-Length", strconv.FormatInt(a.cutLength(), 10))
		w.WriteHeader(a.status)
		w.Write(a.body[:len(a.body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case a.loop:
		w.WriteHeader(a.status)
		io.Copy(w, &loop{data: a.loopBody()})
		panic(http.ErrAbortHandler)
	default:
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		w.Write(a.body)
	}
}

// breakConnection closes the connection with a TCP reset.
func breakConnection(w http.ResponseWriter) {
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
func readAll(r io.Reader, announced int64) ([]byte, error) {
	var buf bytes.Buffer
	if announced > 0 && announced <= 16<<20 {
		buf.Grow(int(announced) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(r)
	return buf.Bytes(), err
}
