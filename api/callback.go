package api

import "fmt"

// notifier calls a user's functions with results, one call at a time. It has a goroutine of its
// own, only while calls are due, so that a slow function delays nothing else.
type notifier struct {
	what     string              // the functions are, for the text of a panic
	next     func([]call) []call // appends the calls that are due; the stream is locked
	returned func([]call)        // counts calls; the stream is locked
	busy     bool
	calls    []call // reused memory
}

// notifyLocked starts the calls of users' functions that are due.
func (s *stream) notifyLocked() {
	for s.cfg.onResult == nil {
		s.due = s.results.due(s.due[:0], nil)
		if len(s.due) == 0 {
			break
		}
		s.results.markReported(s.due)
		clear(s.due)
		s.wakeLocked()
	}
	for _, l := range s.notifiers {
		if l.busy {
			continue
		}
		if calls := s.nextCallsLocked(l); len(calls) > 0 {
			go s.call(l, calls, 0)
		}
	}
}

func (s *stream) nextCallsLocked(l *notifier) []call {
	clear(l.calls) // what a user's functions hold is let go
	l.calls = l.next(l.calls[:0])
	l.busy = len(l.calls) > 0
	return l.calls
}

// call makes the calls from the given one on, until no more are due. When one panics or ends
// the goroutine, as t.FailNow does, another goroutine goes on behind it.
func (s *stream) call(l *notifier, calls []call, next int) {
	finished := false
	defer func() {
		if !finished {
			go s.call(l, calls, next)
		}
	}()
	defer func() { // deferred apart: describing the panic may end the goroutine, too
		if p := recover(); p != nil {
			s.keepPanic(asPanic(p, l.what))
		}
	}()
	for len(calls) > 0 {
		for next < len(calls) {
			next++
			calls[next-1].fn(calls[next-1].result)
		}
		calls, next = s.returned(l, calls), 0
	}
	finished = true
}

// returned counts calls, and takes the next ones.
func (s *stream) returned(l *notifier, calls []call) []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.returned(calls)
	calls = s.nextCallsLocked(l)
	s.notifyLocked() // results that the other notifier may report now
	s.wakeLocked()
	return calls
}

// panicError is a panic in a user's code. A run panics with the value again when all
// records have their outcomes; an uploader, which has nobody to panic at, returns the text.
type panicError struct {
	value any
	text  string
}

// asPanic describes what was recovered from the named code. That may run code of the
// value, so no lock is held.
func asPanic(p any, what string) *panicError {
	if e, ok := p.(*panicError); ok {
		return e
	}
	return &panicError{p, fmt.Sprintf("%s panicked: %v", what, p)}
}

// keepPanic keeps the first panic.
func (s *stream) keepPanic(p *panicError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panicked == nil {
		s.panicked = p
	}
}
