package apitest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
)

// The addresses at which an Emulator answers as a RoundTripper. Nothing listens there:
// .example is reserved.
const (
	BaseURL  = "https://klarity.example"
	TokenURL = "https://identity.example" + tokenPath

	apiHost      = "klarity.example"
	identityHost = "identity.example"
)

// RoundTrip answers a request as if it had gone over a network, on the caller's
// goroutine. It returns when the request's context ends, whatever the fault. A request
// to another address than BaseURL's and TokenURL's is an error: nothing is ever sent
// anywhere.
func (e *Emulator) RoundTrip(r *http.Request) (*http.Response, error) {
	var closeOnce sync.Once
	closeBody := func() {
		if r.Body != nil {
			closeOnce.Do(func() { r.Body.Close() })
		}
	}
	defer closeBody()
	ctx := r.Context()
	defer context.AfterFunc(ctx, closeBody)() // a body that blocks must not outlive the context

	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	toToken := r.URL.Host == identityHost && r.URL.Path == tokenPath
	toAPI := r.URL.Host == apiHost && r.URL.Path != tokenPath
	if r.URL.Scheme != "https" || !toToken && !toAPI {
		return nil, fmt.Errorf("apitest: %s %s: the emulator answers at %s and %s only, and sends nothing anywhere",
			r.Method, r.URL.Redacted(), BaseURL, TokenURL)
	}
	resp := e.serve(r)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case resp.err != nil:
		return nil, resp.err
	case resp.reset:
		return nil, connectionReset()
	}
	return resp.httpResponse(r), nil
}

func connectionReset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// httpResponse is what http.Transport makes of an answer, automatic decompression included.
func (a response) httpResponse(r *http.Request) *http.Response {
	resp := &http.Response{
		Status:     strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		StatusCode: a.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header.Clone(), ContentLength: -1, Request: r,
	}
	var body io.Reader
	switch {
	case a.endless:
		body = &repeatingReader{data: a.repeatedBody()}
	case a.truncated:
		body = io.MultiReader(bytes.NewReader(a.body[:len(a.body)/2]), errReader{io.ErrUnexpectedEOF})
		resp.ContentLength = a.truncatedLength()
	default:
		body = bytes.NewReader(a.body)
		resp.ContentLength = int64(len(a.body))
	}
	if resp.ContentLength >= 0 {
		resp.Header.Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	}
	if r.Header.Get("Accept-Encoding") == "" && resp.Header.Get("Content-Encoding") == "gzip" {
		body = &gzipReader{src: body}
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength, resp.Uncompressed = -1, true
	}
	resp.Body = &responseBody{ctx: r.Context(), src: body}
	return resp
}

// cutLength is the length that a body is announced with of which half is sent.
func (a response) truncatedLength() int64 { return int64(max(len(a.body), 1)) }

// loopBody is never empty, and large enough to be sent fast.
func (a response) repeatedBody() []byte {
	unit := a.body
	if len(unit) == 0 {
		unit = []byte(" ")
	}
	return bytes.Repeat(unit, 1+4096/len(unit))
}

// A loop is a reader without end.
type repeatingReader struct {
	data []byte
	pos  int
}

func (l *repeatingReader) Read(p []byte) (int, error) {
	n := copy(p, l.data[l.pos:])
	l.pos = (l.pos + n) % len(l.data)
	return n, nil
}

type errReader struct{ err error }

func (f errReader) Read([]byte) (int, error) { return 0, f.err }

// unzip starts to decompress when it is first read, as a failure belongs to the body.
type gzipReader struct {
	src io.Reader
	zip *gzip.Reader
	err error
}

func (u *gzipReader) Read(p []byte) (int, error) {
	if u.zip == nil && u.err == nil {
		u.zip, u.err = gzip.NewReader(u.src)
	}
	if u.err != nil {
		return 0, u.err
	}
	return u.zip.Read(p)
}

// A responseBody ends with its request's context, and when it is closed.
type responseBody struct {
	ctx    context.Context
	mu     sync.Mutex
	src    io.Reader
	closed bool
}

func (b *responseBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, http.ErrBodyReadAfterClose
	case b.ctx.Err() != nil:
		return 0, context.Cause(b.ctx)
	}
	return b.src.Read(p)
}

func (b *responseBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}
