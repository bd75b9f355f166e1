package api

import (
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/klarity-go/klarity/internal/transport"
)

// delivery sends one batch, as a whole or in parts, until each of its records has an outcome.
type delivery struct {
	s           *stream
	b           *batch
	parts       []part // a stack: the last one is next
	searchCost  int    // what the search has taken from the budget, less what it has given back
	searched    bool   // some record was refused, or a body too large
	tried       bool   // a part has been handed to the sender
	accepted    bool   // some records of the batch have been
	warned      bool   // that the batch was refused
	ignoreHints bool   // a record that the server named was not at fault
}

// part is a range of a batch's records that is sent as one request.
type part struct {
	from, to int
	attempts int // requests that have carried these records

	refusal  *Error // the 400, 413 or 422 that a request with these records in it got
	knownBad bool   // the refusal is known to be this part's fault
	first    bool   // its other half is the next part on the stack, not tried yet
	hinted   bool   // the server named this record
	broken   bool   // a request with it has failed in a way that may be about the body
}

func (p part) len() int { return p.to - p.from }

// newDelivery starts with one part, or with several if the batch was filled before a 413 has
// lowered the size of requests.
func newDelivery(s *stream, b *batch) *delivery {
	d := &delivery{s: s, b: b}
	d.splitBySize(b.expired, b.len(), s.maxBytes())
	return d
}

// splitBySize makes parts of at most that many bytes.
func (d *delivery) splitBySize(from, to, most int) {
	if to-from < 2 || d.b.size(from, to) <= most {
		d.push(part{from: from, to: to})
		return
	}
	middle := d.b.middle(from, to)
	d.splitBySize(middle, to, most)
	d.splitBySize(from, middle, most)
}

func (d *delivery) run() {
	for len(d.parts) > 0 {
		p := d.pop()
		switch {
		case p.len() == 0: // all expired before they left
		case p.knownBad && p.len() > 1:
			d.search(p)
		default:
			d.send(p)
		}
	}
	if d.accepted && !d.searched {
		d.s.refillBudget()
	}
}

func (d *delivery) pop() part {
	p := d.parts[len(d.parts)-1]
	d.parts = d.parts[:len(d.parts)-1]
	return p
}

func (d *delivery) push(parts ...part) { d.parts = append(d.parts, parts...) }

// send sends a part until a response is final, and settles the part or splits it.
func (d *delivery) send(p part) {
	s := d.s
	req := &request{c: s.client, op: d.b.envelope.op, body: d.b.part(p.from, p.to), records: p.len(), s: s}
	result := d.transmit(p, req)
	req.logTries(s.ctx, s.log)
	p.attempts += req.requests
	f := result.Failure
	switch {
	case f == nil && result.End == transport.Done:
		d.accept(p, len(req.body.bytes))
		return
	case result.End == transport.Canceled:
		why := s.contextError(s.ctx)
		if f != nil && (result.Tries > 0 || why.failure == nil) { // its own, or what closed the gate
			why.failure = s.client.failure(d.b.envelope.op, p.len(), p.attempts, result)
		}
		s.settle(d.b, p.from, p.to, Canceled, why, p.attempts)
		return
	case result.End == transport.Divided:
		d.halve(p)
		return
	case result.End == transport.Yielded:
		d.postpone(p)
		return
	}
	e := s.client.failure(d.b.envelope.op, p.len(), p.attempts, result)
	if result.End == transport.Stopped {
		ended := &endedError{s.fatalError()}
		if result.Tries == 0 {
			s.settle(d.b, p.from, p.to, Failed, ended, p.attempts)
			return
		}
		e.Note = "not tried again: " + ended.Error()
		s.settle(d.b, p.from, p.to, Failed, e, p.attempts)
		return
	}
	s.noteFailure(e, f)
	switch {
	case result.End == transport.PatienceSpent && s.persistent:
		d.expire(p, e, result)
	case result.End == transport.Done && refusesRecords(e):
		d.refused(p, e)
	case result.End == transport.Done && errors.Is(e, ErrTooLarge):
		d.tooLarge(p, e, len(req.body.bytes))
	default:
		if ends(result) {
			s.end(e)
		}
		s.settle(d.b, p.from, p.to, Failed, e, p.attempts)
	}
}

// transmit passes a part to the sender. If a user's code panics there, or ends the goroutine,
// the part goes back on the stack with the number of its requests.
func (d *delivery) transmit(p part, req *request) transport.Result {
	back := true
	defer func() {
		if back {
			p.attempts += req.requests
			d.push(p)
		}
	}()
	result := d.s.client.sender.Send(d.s.ctx, d.job(p, req))
	back = false
	return result
}

// attempts is how many requests have carried a record that is not settled.
func (d *delivery) attempts(i int) int {
	for _, p := range d.parts {
		if p.from <= i && i < p.to {
			return p.attempts
		}
	}
	return 0
}

// ends reports whether the run ends too, because the next body would have no better chance.
func ends(r transport.Result) bool {
	switch r.End {
	case transport.PatienceSpent, transport.WrongAddress, transport.GivenUp:
		return true
	case transport.DeadlineNear:
		return r.Tries == 0 // the gate is closed for too long
	}
	return false
}

// job is how a part is sent.
func (d *delivery) job(p part, req *request) *transport.Job {
	s := d.s
	j := &transport.Job{
		Call: req, Since: s.start, Stop: s.stop, Persistent: s.persistent, Fresh: !d.tried,
		// A single record that fails while its neighbors are accepted is itself the reason.
		Suspect: p.broken && p.len() == 1 && d.accepted,
		OnRetry: func(r transport.Retry) { d.retry(req, p, r) },
	}
	d.tried = true
	if s.persistent {
		oldest := p.from // the batch's records are in the order of their age
		for _, other := range d.parts {
			oldest = min(oldest, other.from)
		}
		j.Since = s.oldest(d.b.added[oldest])
	}
	switch {
	case p.len() == 1:
		j.Yield = len(d.parts) > 0
	case p.broken:
		j.Divide = 1
	default:
		j.Divide = 2
	}
	return j
}

// retry notes that a part is tried again.
func (d *delivery) retry(req *request, p part, r transport.Retry) {
	req.logTries(d.s.ctx, d.s.log)
	if !r.Divided {
		d.s.countRetry()
	}
	msg := "klarity: request failed, trying again"
	if r.Outage {
		msg = "klarity: the API is out of reach, probing"
	}
	if r.Divided {
		msg = "klarity: request failed, trying it in halves"
	}
	e := d.s.client.failure(d.b.envelope.op, p.len(), p.attempts+req.requests, transport.Result{Failure: r.Failure, Tries: r.Try})
	d.s.noteFailure(e, r.Failure)
	d.s.warn(msg, e, slog.Int("try", r.Try), slog.Duration("wait", r.Wait.Round(time.Millisecond)))
}

func (d *delivery) accept(p part, size int) {
	s := d.s
	s.settle(d.b, p.from, p.to, Accepted, nil, p.attempts)
	s.raise(size)
	d.accepted = true
	if d.searched {
		d.credit(p.len())
	}
	d.ignoreHints = d.ignoreHints || p.hinted
	if p.first && p.refusal != nil { // so the other half is at fault, and need not be tried
		other := &d.parts[len(d.parts)-1]
		if other.knownBad = true; other.len() > 1 {
			d.credit(1)
		}
	}
}

// halve splits a part that has failed in a way that may be about the body: smaller bodies are
// easier on a server in trouble, and a record that it cannot process ends up alone.
func (d *delivery) halve(p part) {
	middle := p.from + p.len()/2
	d.push(
		part{from: middle, to: p.to, attempts: p.attempts, broken: true},
		part{from: p.from, to: middle, attempts: p.attempts, broken: true})
}

// postpone moves a record that fails in an outage behind the other parts of its batch: if one
// of them is accepted, there is no outage, and the record is the reason.
func (d *delivery) postpone(p part) {
	p.broken, p.first = true, false
	d.parts = slices.Insert(d.parts, 0, p)
}

// noteFailure keeps the latest failure for the errors of what is canceled. A response that is
// final is none: the API is there.
func (s *stream) noteFailure(e *Error, f *transport.Failure) {
	if f == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure = e; f.Kind == transport.Final {
		s.failure = nil
	}
}

// fatalError is what ended the run.
func (s *stream) fatalError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fatal
}

func (s *stream) countRequest(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results.report.Requests++
	s.results.report.Bytes += int64(bytes)
}

func (s *stream) countRetry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results.report.Retries++
}

func (s *stream) maxBytes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.batches.maxBytes
}

func (s *stream) lower(size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches.lower(size)
}

func (s *stream) raise(size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches.raise(size)
}

func (s *stream) warn(msg string, e *Error, attrs ...slog.Attr) {
	s.log.log(s.ctx, slog.LevelWarn, msg, append([]slog.Attr{slog.Any("error", e)}, attrs...)...)
}
