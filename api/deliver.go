package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// part is a range of a batch's records that is sent as one request.
type part struct {
	from, to int
	// refused is the 400 that a request with these records in it got. It is known to be
	// the fault of this part when culprit is set.
	refused *Error
	culprit bool
	// first marks the first half of a refused part: when it is accepted, the second half
	// is the culprit and need not be tried as a whole.
	first    bool
	attempts int // requests that have carried these records
}

// deliver sends a batch until each of its records has an outcome.
//
// A 400 does not say which record it is about, so the batch is halved until the records
// at fault stand alone. Each request beyond the batch's own comes out of a budget; enough
// of it is kept to try every part once, and when no more can be afforded, the parts that
// are known to be at fault are rejected as they are.
func (f *flow) deliver(b *batch) {
	parts := []part{{to: b.len()}}
	extra := 0
	for len(parts) > 0 {
		p := parts[len(parts)-1]
		parts = parts[:len(parts)-1]

		if p.culprit && p.to-p.from > 1 {
			if extra+len(parts)+2 > f.cfg.bisectBudget {
				e := *p.refused
				e.Note = fmt.Sprintf("; at least one of %s of the batch is at fault, and the budget of requests to find out which is spent (BisectBudget)", plural(p.to-p.from, "record"))
				f.settle(b, p.from, p.to, verdict{Rejected, &e, p.attempts})
				continue
			}
			middle := p.from + (p.to-p.from)/2
			parts = append(parts,
				part{from: middle, to: p.to, refused: p.refused, attempts: p.attempts},
				part{from: p.from, to: middle, refused: p.refused, attempts: p.attempts, first: true})
			continue
		}

		body := b.lease
		if p.from > 0 || p.to < b.len() {
			extra++
			body = newLease(b.body(p.from, p.to), nil)
		}
		sent, err := f.post(body, p.to-p.from)
		p.attempts += sent
		var e *Error
		switch {
		case err == nil:
			f.settle(b, p.from, p.to, verdict{Accepted, nil, p.attempts})
			if p.first {
				parts[len(parts)-1].culprit = true
			}
		case f.ctx.Err() != nil && !errors.As(err, &e):
			f.settle(b, p.from, p.to, verdict{Canceled, err, p.attempts})
		case errors.Is(err, ErrBadRequest) && p.to-p.from > 1:
			errors.As(err, &p.refused)
			p.culprit, p.first = true, false
			parts = append(parts, p)
			f.log("klarity: request refused, looking for the record at fault", p.refused)
		case errors.Is(err, ErrTooLarge) && p.to-p.from > 1:
			errors.As(err, &e)
			f.lower((b.ends[p.to-1] - b.start(p.from)) / 2)
			middle := b.half(p.from, p.to)
			parts = append(parts,
				part{from: middle, to: p.to, attempts: p.attempts},
				part{from: p.from, to: middle, attempts: p.attempts})
			f.log("klarity: request too large, sending it in two", e)
		case errors.Is(err, ErrBadRequest), errors.Is(err, ErrTooLarge):
			f.settle(b, p.from, p.to, verdict{Rejected, err, p.attempts})
		default:
			f.settle(b, p.from, p.to, verdict{Failed, err, p.attempts})
		}
	}
}

// lower makes later batches smaller than one that was too large.
func (f *flow) lower(size int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.maxBytes = min(f.maxBytes, size)
}

// post sends a body until there is an answer that stands, and counts the requests that
// have carried it.
func (f *flow) post(body *lease, records int) (sent int, err error) {
	c := f.client
	replayed := false
	for tries := 1; ; tries++ {
		if err := f.before(); err != nil {
			return sent, err
		}
		accepted, err := f.try(body, records, &sent)
		var e *Error
		switch {
		case accepted:
			c.quota.give()
			return sent, nil
		case !errors.As(err, &e):
			return sent, err // the caller gave up
		}
		e = e.tried(tries)
		if e.StatusCode == http.StatusUnauthorized && e.Operation != operationToken && !replayed {
			replayed = true // the refused token is gone; one more try with another
			tries--
			continue
		}
		replayed = false // a token that is refused later is another one
		wait, ok := f.wait(e, tries)
		if !ok {
			return sent, e
		}
		f.log("klarity: request failed, trying again", e)
		c.pace.pause(wait)
		f.mu.Lock()
		f.report.Retries++
		f.mu.Unlock()
	}
}

// before says why a request need not be tried at all.
func (f *flow) before() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stopped()
}

// try sends one request when the pace allows it.
func (f *flow) try(body *lease, records int, sent *int) (accepted bool, err error) {
	c := f.client
	if err := c.pace.enter(f.ctx); err != nil {
		return false, f.named(err, records)
	}
	defer func() { c.pace.leave(accepted) }()
	token, err := c.tokens.get(f.ctx)
	if err != nil {
		return false, err // no request has carried the records
	}
	*sent++
	f.mu.Lock()
	f.report.Requests++
	f.report.Bytes += int64(len(body.bytes))
	f.mu.Unlock()
	_, err = c.call(f.ctx, token, f.op, body, records)
	if errors.Is(err, ErrRateLimited) {
		c.pace.throttled()
	}
	return err == nil, err
}

// named gives an error of the pace, which is about an earlier request, this one's name.
func (f *flow) named(err error, records int) error {
	if e, ok := err.(*Error); ok {
		e.Operation, e.Records = f.op.name, records
		e.Note = "; not sent: the server asked all requests to wait longer than is allowed (RetryPolicy.MaxRetryAfter)"
	}
	return err
}

// wait decides whether and when a failed request is tried again. The note of an error
// that is not says why.
func (f *flow) wait(e *Error, tries int) (time.Duration, bool) {
	c := f.client
	switch {
	case !e.Retryable():
		return 0, false
	case e.RetryAfter > c.retry.MaxRetryAfter:
		e.Note = "; not tried again: the server asks to wait longer than is allowed (RetryPolicy.MaxRetryAfter)"
		c.pace.refuse(e)
		return 0, false
	case tries >= c.retry.MaxAttempts:
		return 0, false
	case e.RetryAfter == 0 && !c.quota.take():
		e.Note = "; not tried again: too many requests fail (RetryPolicy.Quota)"
		return 0, false
	}
	wait := c.retry.delay(tries, e.RetryAfter)
	if deadline, ok := f.ctx.Deadline(); ok && time.Until(deadline) < wait {
		e.Note = "; not tried again: the next try would come after the context's deadline"
		return 0, false
	}
	return wait, true
}

// tried is a copy of e, which others may hold too, with the number of tries.
func (e *Error) tried(n int) *Error {
	c := *e
	c.Attempts = n
	return &c
}

func (f *flow) log(msg string, e *Error) {
	f.client.logger.LogAttrs(context.WithoutCancel(f.ctx), slog.LevelWarn, msg, slog.Any("error", e))
}
