package apitest

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxRequests bounds the log of requests; the oldest are dropped.
const maxRequests = 10_000

// A Request is the emulator's record of an HTTP request.
type Request struct {
	Index     int       // the number of the request, from 0, counting all endpoints
	Time      time.Time // of its arrival, by the emulator's clock
	Operation Operation // "" if the contract does not have the path or the method
	Method    string
	Path      string // with the query, if there is one

	// OperationName is the name of a GraphQL operation; "" if it has none, or if the document
	// is invalid and the request names none either.
	OperationName string

	// Header is the request's header. Of the Authorization header only the scheme is kept, and
	// nothing of X-Api-Key; Token says which token it was.
	Header http.Header

	// Token is the number of the bearer token, 1 for the first that was issued; 0 if
	// there was none or it was refused.
	Token int

	// Size is the length of the body in bytes, 0 if it was too large to be read.
	Size int64

	// Body is the request's body. A hook always gets it; afterwards it is kept within the
	// limit of WithBodies. The body of a request to the identity endpoint, which contains
	// the secret, is never kept. That of a GraphQL operation is, with its variables.
	Body []byte

	// Items counts the records or enrichments in the body, as far as it could be read, or the
	// root fields of a GraphQL operation.
	Items int

	// Applied counts the items that were valid and were applied to the estate, or the mutations
	// that took effect, whatever response the client got.
	Applied int

	// Status is the status of the response, 0 as long as there is none.
	Status int

	// Reason says why the request was refused, in the words of the response, or why there was
	// no response; "" if it was accepted. It has at most a thousand bytes.
	Reason string
}

// requestLog holds copies of the latest requests, and the latest bodies up to maxBodyBytes.
// The original request belongs to the goroutine that serves it.
type requestLog struct {
	mu           sync.Mutex // guards nextIndex and the fields below
	maxBodyBytes int        // bytes of bodies
	changes      uint64
	nextIndex    int
	requests     []*Request
	withBody     []*Request // those of requests whose body is kept, oldest first
	bodyBytes    int        // of their bodies
}

// Requests returns the requests so far, in the order of their arrival: the latest ten
// thousand. The copies share their headers and bodies with the emulator.
func (e *Emulator) Requests() []Request {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	all := make([]Request, len(e.log.requests))
	for i, r := range e.log.requests {
		all[i] = *r
	}
	return all
}

// RequestCount returns how many requests there were so far, also those that Requests no longer
// has.
func (e *Emulator) RequestCount() int {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	return e.log.nextIndex
}

// RequestRange is Requests for those from the index from to before the index to, as far as
// they are kept.
func (e *Emulator) RequestRange(from, to int) []Request {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	first := e.log.nextIndex - len(e.log.requests)
	from, to = max(from, first), min(to, e.log.nextIndex)
	var some []Request
	for i := from; i < to; i++ {
		some = append(some, *e.log.requests[i-first])
	}
	return some
}

func (l *requestLog) add(r *http.Request, now time.Time) *Request {
	path := r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	req := &Request{
		Time: now, Operation: operationOf(r.Method, r.URL.Path),
		Method: r.Method, Path: path, Header: redact(r.Header),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changes++
	req.Index = l.nextIndex
	l.nextIndex++
	if len(l.requests) == maxRequests {
		l.requests = l.requests[1:]
	}
	entry := *req
	l.requests = append(l.requests, &entry)
	return req
}

// redact returns a copy of a header without its credentials.
func redact(h http.Header) http.Header {
	h = h.Clone()
	for name, values := range h {
		isAuthorization := strings.EqualFold(name, "Authorization")
		if !isAuthorization && !strings.EqualFold(name, apiKeyHeader) {
			continue
		}
		for i, v := range values {
			values[i] = "…"
			if scheme, _, ok := strings.Cut(v, " "); ok && isAuthorization {
				values[i] = scheme + " …"
			}
		}
	}
	return h
}

// update brings the log's copy of a request up to date.
func (l *requestLog) update(req *Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changes++
	first := l.nextIndex - len(l.requests)
	if req.Index < first {
		return
	}
	entry := l.requests[req.Index-first]
	kept := entry.Body
	*entry = *req
	entry.Body = kept
	if kept != nil || len(req.Body) == 0 || len(req.Body) > l.maxBodyBytes {
		return
	}
	entry.Body = req.Body
	l.withBody = append(l.withBody, entry)
	for l.bodyBytes += len(req.Body); l.bodyBytes > l.maxBodyBytes; l.withBody = l.withBody[1:] {
		l.bodyBytes -= len(l.withBody[0].Body)
		l.withBody[0].Body = nil
	}
}
