package api

import (
	"time"

	"github.com/klarity-go/klarity/internal/transport"
)

// expire settles the records of all parts that have waited for as long as the patience
// allows, and leaves the others to be tried again.
func (d *delivery) expire(p part, e *Error, result transport.Result) {
	then := result.Spent
	result.Tries = 0
	d.s.expire(then, d.s.client.failure(d.b.envelope.op, p.len(), 0, result))
	d.push(p)
	kept := d.parts[:0]
	for _, p := range d.parts {
		from := p.from
		for p.from < p.to && !d.b.added[p.from].After(then) {
			p.from++
		}
		d.s.settle(d.b, from, p.from, Failed, e, p.attempts)
		if p.len() > 0 {
			kept = append(kept, p)
		}
	}
	d.parts = kept
}

// oldest is when the oldest record was added that has not left, or then if that is earlier.
func (s *stream) oldest(then time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.batches.unsent {
		if !b.added[0].Before(then) {
			break // those behind were opened later
		}
		if b.expired < b.len() && b.added[b.expired].Before(then) {
			then = b.added[b.expired]
		}
	}
	return then
}

// expire settles the records of batches that have not left, and were added by then.
func (s *stream) expire(then time.Time, e *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.batches.unsent {
		for b.expired < b.len() && !b.added[b.expired].After(then) {
			s.results.settle(b.index[b.expired], Failed, e, 0)
			b.expired++
		}
	}
	s.notifyLocked()
}
