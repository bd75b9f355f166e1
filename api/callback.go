package api

import "fmt"

// tellLocked has the results told that are next in order. With a callback, one goroutine
// at a time does that, so that the callback's time is nobody else's.
func (s *stream) tellLocked() {
	if s.telling {
		return
	}
	if s.cfg.onResult == nil {
		for {
			due := s.nextDueLocked()
			if len(due) == 0 {
				return
			}
			s.results.tell(due)
			s.wakeLocked()
		}
	}
	if due := s.nextDueLocked(); len(due) > 0 {
		s.telling = true
		go s.tell(due, 0)
	}
}

// nextDueLocked moves some results that are due to a buffer, which is used again.
func (s *stream) nextDueLocked() []Result {
	const most = 256
	s.due = s.results.due(s.due[:0], most)
	return s.due
}

// tell hands results to the callback, from the given one on, until no more are due. When
// the callback panics or ends the goroutine, as t.FailNow does, another one goes on behind
// that result.
func (s *stream) tell(due []Result, next int) {
	finished := false
	defer func() {
		if !finished {
			go s.tell(due, next)
		}
	}()
	defer func() { // by itself: to describe what was thrown may end the goroutine, too
		if p := recover(); p != nil {
			s.keepPanic(asPanic(p, "the function set with OnResult"))
		}
	}()
	for len(due) > 0 {
		for next < len(due) {
			next++
			s.cfg.onResult(due[next-1])
		}
		due, next = s.told(due), 0
	}
	finished = true
}

// told counts results that were told, and returns the next ones.
func (s *stream) told(due []Result) []Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results.tell(due)
	s.wakeLocked()
	due = s.nextDueLocked()
	s.telling = len(due) > 0
	return due
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
