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

// The addresses that an Emulator serves as a RoundTripper. Nothing listens there: the
// domain .example is reserved (RFC 2606).
const (
	BaseURL  = "https://klarity.example"
	TokenURL = "https://identity.example" + tokenPath

	// GraphQLURL is the endpoint of the GraphQL API. Klarity has it on another host than the
	// External Integrations API.
	GraphQLURL = BaseURL + graphqlPath

	apiHost      = "klarity.example"
	identityHost = "identity.example"
)

// RoundTrip serves a request as if it had come over a network, on the caller's goroutine.
// It returns when the request's context ends, whatever the fault. A request to an address
// other than those of BaseURL, TokenURL and GraphQLURL is an error: the emulator never uses
// the network.
func (e *Emulator) RoundTrip(r *http.Request) (*http.Response, error) {
	var closeOnce sync.Once
	closeBody := func() {
		if r.Body != nil {
			closeOnce.Do(func() { _ = r.Body.Close() })
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
		return nil, fmt.Errorf("apitest: %s %s: the emulator serves only %s and %s, and never uses the network",
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

// httpResponse returns the response as http.Transport would, including automatic
// decompression.
func (resp response) httpResponse(r *http.Request) *http.Response {
	httpResp := &http.Response{
		Status:     strconv.Itoa(resp.status) + " " + http.StatusText(resp.status),
		StatusCode: resp.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: resp.header.Clone(), ContentLength: -1, Request: r,
	}
	var body io.Reader
	switch {
	case resp.endless:
		body = &repeatingReader{data: resp.repeatedBody()}
	case resp.truncated:
		body = io.MultiReader(bytes.NewReader(resp.body[:len(resp.body)/2]), errReader{io.ErrUnexpectedEOF})
		httpResp.ContentLength = resp.truncatedLength()
	default:
		body = bytes.NewReader(resp.body)
		httpResp.ContentLength = int64(len(resp.body))
	}
	if httpResp.ContentLength >= 0 {
		httpResp.Header.Set("Content-Length", strconv.FormatInt(httpResp.ContentLength, 10))
	}
	if r.Header.Get("Accept-Encoding") == "" && httpResp.Header.Get("Content-Encoding") == "gzip" {
		body = &gzipReader{src: body}
		httpResp.Header.Del("Content-Encoding")
		httpResp.Header.Del("Content-Length")
		httpResp.ContentLength, httpResp.Uncompressed = -1, true
	}
	httpResp.Body = &responseBody{ctx: r.Context(), src: body}
	return httpResp
}

// truncatedLength is the Content-Length of a truncated response, of whose body half is sent.
func (resp response) truncatedLength() int64 { return int64(max(len(resp.body), 1)) }

// repeatedBody returns the unit of an endless body: never empty, and at least 4 KiB so that
// it is sent fast.
func (resp response) repeatedBody() []byte {
	unit := resp.body
	if len(unit) == 0 {
		unit = []byte(" ")
	}
	return bytes.Repeat(unit, 1+4096/len(unit))
}

// A repeatingReader reads the same data over and over.
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

// A gzipReader reads the gzip header on its first Read, so that an invalid header is an
// error of the body, as with http.Transport.
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

// A responseBody fails to read after its request's context ended, and after it was closed.
type responseBody struct {
	ctx    context.Context
	mu     sync.Mutex // guards the fields below
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
