package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// lease guards bytes that are to be used again. A transport may go on reading a request's
// body after it has answered, until it closes the body; so the bytes go back only when
// their owner has released them and every body that was made of them is closed. A
// transport that never closes a body keeps them, and the garbage collector gets them.
type lease struct {
	bytes []byte
	back  func() // called once, or not at all
	holds atomic.Int64
}

// newLease is held by its owner.
func newLease(bytes []byte, back func()) *lease {
	l := &lease{bytes: bytes, back: back}
	l.holds.Store(1)
	return l
}

// hold reports whether the bytes may still be read.
func (l *lease) hold() bool {
	for {
		n := l.holds.Load()
		if n == 0 {
			return false
		}
		if l.holds.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (l *lease) release() {
	if l.holds.Add(-1) == 0 && l.back != nil {
		l.back()
	}
}

// open makes a body of the bytes.
func (l *lease) open() (io.ReadCloser, error) {
	if !l.hold() {
		return nil, errBodyGone
	}
	return &body{lease: l, rest: l.bytes}, nil
}

var (
	errBodyGone   = errors.New("the request is over, its body cannot be read again")
	errBodyClosed = errors.New("the body is closed")
)

// body is one reading of leased bytes. Close waits for a Read that is under way, and no
// later Read touches the bytes.
type body struct {
	mu     sync.Mutex
	lease  *lease
	rest   []byte
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, errBodyClosed
	case len(b.rest) == 0:
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed, b.rest = true, nil
		b.lease.release()
	}
	return nil
}

// leaseKey is where a request's context holds the lease of its body.
type leaseKey struct{}

func withLease(ctx context.Context, l *lease) context.Context {
	return context.WithValue(ctx, leaseKey{}, l)
}

// leased is req with bodies that count as readings of the lease in its context. The
// generated layer made it with the same bytes, and set its length.
func leased(req *http.Request) (*http.Request, error) {
	l, ok := req.Context().Value(leaseKey{}).(*lease)
	if !ok {
		return req, nil
	}
	body, err := l.open()
	if err != nil {
		return nil, err
	}
	clone := *req // a RoundTripper must not change the request it is given
	clone.Body, clone.GetBody = body, l.open
	return &clone, nil
}
