package api

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// sharedBody guards bytes that are to be used again. A transport may go on reading a
// request's body after it has returned, until it closes the body; so the bytes are free
// only when their owner has released them and every reader that was made of them is
// closed. A transport that never closes one keeps them, and the garbage collector gets
// them. (internal/bench/README.md says what that gains.)
type sharedBody struct {
	bytes []byte
	free  func() // called once, or not at all; nil: nothing is to be done
	users atomic.Int64
}

// newSharedBody is in use by its owner.
func newSharedBody(bytes []byte, free func()) *sharedBody {
	b := &sharedBody{bytes: bytes, free: free}
	b.users.Store(1)
	return b
}

// retain reports whether the bytes may still be read.
func (b *sharedBody) retain() bool {
	for {
		n := b.users.Load()
		if n == 0 {
			return false
		}
		if b.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (b *sharedBody) release() {
	if b.users.Add(-1) == 0 && b.free != nil {
		b.free()
	}
}

// open makes a reader of the bytes.
func (b *sharedBody) open() (io.ReadCloser, error) {
	if !b.retain() {
		return nil, errBodyGone
	}
	return &bodyReader{shared: b, rest: b.bytes}, nil
}

var (
	errBodyGone   = errors.New("the request is over, its body cannot be read again")
	errBodyClosed = errors.New("the body is closed")
)

// bodyReader reads a shared body once. Close waits for a Read that is under way, and no
// later Read touches the bytes.
type bodyReader struct {
	mu     sync.Mutex
	shared *sharedBody
	rest   []byte
	closed bool
}

func (r *bodyReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return 0, errBodyClosed
	case len(r.rest) == 0:
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *bodyReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.closed, r.rest = true, nil
		r.shared.release()
	}
	return nil
}
