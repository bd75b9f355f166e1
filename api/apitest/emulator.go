package apitest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// An Emulator emulates Klarity's identity service, its External Integrations API with the
// estate behind it, and its GraphQL API with a landscape. It is an http.Handler and an
// http.RoundTripper, which behave the same way. All methods are safe for concurrent use.
type Emulator struct {
	config
	identity      identity
	estate        estate
	landscape     landscape
	log           requestLog
	mux           *http.ServeMux // of WithRoutes, or nil
	apiFaults     faultSource
	tokenFaults   faultSource // of the identity endpoint
	graphqlFaults faultSource
}

// New returns an Emulator that does not listen on a network: use it as the transport of an
// http.Client, with the addresses BaseURL, TokenURL and GraphQLURL, or mount it as a handler.
func New(opts ...Option) *Emulator {
	e := &Emulator{config: newConfig(opts)}
	e.identity.init(&e.config)
	e.landscape.init(&e.config)
	e.estate.shallowMetadata = e.shallowMetadata
	e.estate.resetLocked() // no other goroutine has it yet
	e.log.maxBodyBytes = e.bodyLogSize
	if e.routes != nil {
		e.mux = e.routes(e)
	}
	return e
}

// A response is what a request gets, over RoundTrip and over ServeHTTP alike.
type response struct {
	status    int
	header    http.Header
	body      []byte
	reason    string // why the request was refused, for Request.Reason
	truncated bool   // the body breaks off halfway
	endless   bool   // the body starts over when it ends
	reset     bool   // nothing is sent, status is 0: the connection is reset
	err       error  // nothing is sent, status is 0: the context ended, or the request's body could not be read
}

// serve records and logs a request and returns its response, or a response with an error
// when the request's context ends first.
func (e *Emulator) serve(r *http.Request) response {
	start := time.Now()
	req := e.log.add(r, e.clock())
	resp := e.respond(r, req)
	req.Status, req.Reason = resp.status, resp.loggedReason()
	e.log.update(req)
	if e.logger != nil {
		attrs := []slog.Attr{slog.String("method", r.Method), slog.String("path", r.URL.Path)}
		if req.OperationName != "" {
			attrs = append(attrs, slog.String("operation", truncate(req.OperationName)))
		}
		attrs = append(attrs, slog.Int64("bytes", req.Size),
			slog.Int("items", req.Items), slog.Int("status", resp.status), slog.Duration("took", time.Since(start)))
		if req.Reason != "" && req.Operation != GraphQL { // an error of GraphQL may quote a document with secrets
			attrs = append(attrs, slog.String("reason", req.Reason))
		}
		e.logger.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
	}
	return resp
}

// respond reads a request, applies its fault, and processes it unless the fault prevents
// that.
func (e *Emulator) respond(r *http.Request, req *Request) response {
	body, tooLarge, err := e.read(r)
	if err != nil {
		return response{err: err}
	}
	req.Size = int64(len(body))
	faults := &e.apiFaults
	var prepared graphqlRequest
	switch r.URL.Path {
	case tokenPath:
		faults = &e.tokenFaults
	case graphqlPath:
		faults = &e.graphqlFaults
		req.Body = body
		prepared = e.prepareGraphQL(req, body)
	default:
		req.Body = body
	}
	e.log.update(req)

	fault := faults.next(req)
	if fault.Delay > 0 {
		if err := wait(r.Context(), fault.Delay); err != nil {
			return response{err: err}
		}
	}
	if fault.Revoke {
		e.RevokeTokens()
	}

	var resp response
	if fault.processes() {
		switch r.URL.Path {
		case tokenPath:
			resp = e.serveToken(r, body, tooLarge)
		case graphqlPath:
			resp = e.serveGraphQL(r, req, prepared, tooLarge)
		default:
			resp = e.serveAPI(r, req, body, tooLarge)
		}
	}
	if fault.Hang {
		return response{err: wait(r.Context(), -1)}
	}
	return fault.apply(resp)
}

// read returns a request's body, or reports that it exceeds maxBody.
func (e *Emulator) read(r *http.Request) (body []byte, tooLarge bool, err error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, false, nil
	}
	if e.maxBody >= 0 && r.ContentLength > e.maxBody {
		return nil, true, nil // not read, as a gateway would do
	}
	var limited io.Reader = r.Body
	if e.maxBody >= 0 {
		limited = io.LimitReader(r.Body, e.maxBody+1)
	}
	if e.acceptAll && r.URL.Path != tokenPath && r.URL.Path != graphqlPath {
		n, err := io.Copy(io.Discard, limited)
		return nil, e.maxBody >= 0 && n > e.maxBody, err
	}
	body, err = readAll(limited, r.ContentLength)
	switch n := int64(len(body)); {
	case err != nil:
		return nil, false, fmt.Errorf("read the request's body: %w", err)
	case r.ContentLength > 0 && n != r.ContentLength: // over a network, net/http checks this
		return nil, false, fmt.Errorf("apitest: ContentLength=%d with a body of %d bytes or more", r.ContentLength, n)
	case e.maxBody >= 0 && n > e.maxBody:
		return nil, true, nil
	}
	return body, false, nil
}

// wait returns nil after d, or an error if the context ends first. A negative d waits for
// the context only.
func wait(ctx context.Context, d time.Duration) error {
	var after <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		after = timer.C
	}
	select {
	case <-after:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
