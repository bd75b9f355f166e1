package api

import (
	"context"
	"sync"
	"time"
)

// pace is what all requests of a client wait for. One that fails makes all pause, and one
// that the server throttles lowers how many may be in flight, from where successes raise
// it again, one by one.
type pace struct {
	mu     sync.Mutex
	moved  chan struct{} // closed and replaced when something below changes for the better
	flying int
	limit  float64 // 0: none
	until  time.Time
	closed time.Time // until then requests fail at once
	reason *Error    // with this
}

func newPace() *pace { return &pace{moved: make(chan struct{})} }

// enter waits until a request may be sent. Each nil error wants a leave. An [*Error] is
// the answer that made all requests fail for a while.
func (p *pace) enter(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return ended(ctx)
		}
		p.mu.Lock()
		now := time.Now()
		if now.Before(p.closed) {
			e := *p.reason
			p.mu.Unlock()
			return &e
		}
		wait := p.until.Sub(now)
		if wait <= 0 && (p.limit == 0 || float64(p.flying) < p.limit) {
			p.flying++
			p.mu.Unlock()
			return nil
		}
		moved := p.moved
		p.mu.Unlock()

		if wait <= 0 {
			wait = time.Hour // until one that is in flight leaves
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-moved:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// leave ends what enter began.
func (p *pace) leave(accepted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flying--
	if accepted && p.limit > 0 {
		if p.limit += 1 / p.limit; p.limit >= 64 {
			p.limit = 0
		}
	}
	close(p.moved)
	p.moved = make(chan struct{})
}

// pause makes all requests wait for at least d from now.
func (p *pace) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.until) {
		p.until = until
	}
}

// throttled halves how many requests may be in flight, down to one.
func (p *pace) throttled() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit == 0 {
		p.limit = float64(p.flying)
	}
	p.limit = max(p.limit/2, 1)
}

// longestRefusal is how long requests fail because the server asked for a long wait; then
// one asks again, for the answer may have been a mistake of a moment.
const longestRefusal = 5 * time.Minute

// refuse makes requests fail with reason for as long as the server asked not to be asked.
func (p *pace) refuse(reason *Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(min(reason.RetryAfter, longestRefusal)); until.After(p.closed) {
		p.closed, p.reason = until, reason
	}
}
