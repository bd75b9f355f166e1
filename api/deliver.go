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
				e.Note = fmt.Sprintf("at least one of %s of the batch is at fault, and the budget of requests to find out which is spent (BisectBudget)", plural(p.to-p.from, "record"))
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
		e, answered := err.(*Error)
		switch {
		case err == nil:
			f.settle(b, p.from, p.to, verdict{Accepted, nil, p.attempts})
			f.raise(len(body.bytes))
			if p.first {
				parts[len(parts)-1].culprit = true
			}
		case !answered:
			f.settle(b, p.from, p.to, verdict{Canceled, err, p.attempts})
		case errors.Is(e, ErrBadRequest) && p.to-p.from > 1:
			if p.refused == nil { // once for a batch
				f.log("klarity: request refused, looking for the record at fault", e)
			}
			p.refused, p.culprit, p.first = e, true, false
			parts = append(parts, p)
		case errors.Is(e, ErrTooLarge) && p.to-p.from > 1 && extra+len(parts)+2 <= f.cfg.bisectBudget:
			f.log("klarity: request too large, sending it in two", e)
			f.lower(len(body.bytes))
			middle := b.half(p.from, p.to)
			parts = append(parts,
				part{from: middle, to: p.to, attempts: p.attempts},
				part{from: p.from, to: middle, attempts: p.attempts})
		case errors.Is(e, ErrBadRequest), errors.Is(e, ErrTooLarge):
			f.settle(b, p.from, p.to, verdict{Rejected, e, p.attempts})
		default:
			f.settle(b, p.from, p.to, verdict{Failed, e, p.attempts})
		}
	}
}

// leastBytes is what a 413 does not lower the size of batches below. One that refuses less
// than a single large record is about something else.
const leastBytes = 64 << 10

// lower makes later batches smaller than one that was too large, and raise lets them grow
// again, slowly, as long as such a size is accepted.
func (f *flow) lower(size int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.maxBytes = min(f.maxBytes, max(size/2, leastBytes))
}

func (f *flow) raise(size int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if size > f.maxBytes/2 {
		f.maxBytes = min(f.maxBytes+f.maxBytes/64, f.cfg.batchBytes)
	}
}

// post sends a body until there is an answer that stands, and counts the requests that
// have carried it. Its error is an [*Error], or else the end of the flow's context.
func (f *flow) post(body *lease, records int) (sent int, err error) {
	c := f.client
	replayed := false
	for tries := 1; ; {
		if err := f.before(); err != nil {
			return sent, err
		}
		if err := c.pace.enter(f.ctx); err != nil {
			return sent, f.barred(err, records)
		}
		err := f.try(body, records, &sent)
		e, failed := err.(*Error)
		if !failed {
			return sent, err
		}
		e = e.tried(tries)
		if e.StatusCode == http.StatusUnauthorized && e.Operation != operationToken {
			if !replayed {
				replayed = true // the refused token is gone; at once again with another
				continue
			}
			e.Note = "a fresh token was not taken either"
		}
		replayed = false // a token that is refused later is another one
		wait, again := f.wait(e, tries)
		c.pace.pause(wait)
		if !again {
			return sent, e
		}
		f.log("klarity: request failed, trying again", e)
		f.mu.Lock()
		f.report.Retries++
		f.mu.Unlock()
		tries++
	}
}

// before says why a request need not be tried at all.
func (f *flow) before() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stopped()
}

// barred is the error of a request that the pace did not let through.
func (f *flow) barred(err error, records int) error {
	if e, ok := err.(*Error); ok {
		e.Operation, e.Records, e.Attempts = f.op.name, records, 0
		e.Note = "not sent: the server asked for a longer wait than is allowed (RetryPolicy.MaxRetryAfter)"
	}
	return err
}

// try sends one request. The pace has let it in.
func (f *flow) try(body *lease, records int, sent *int) error {
	c, accepted := f.client, false
	defer func() { c.pace.leave(accepted) }()
	token, err := c.tokens.get(f.ctx)
	if err != nil {
		return err // no request has carried the records
	}
	*sent++
	f.mu.Lock()
	f.report.Requests++
	f.report.Bytes += int64(len(body.bytes))
	f.mu.Unlock()
	defer func() { // a transport may panic with the request in hand, and the token in that
		if p := recover(); p != nil {
			panic(&thrown{p, fit(fmt.Sprintf("sending panicked: %v", p), c.hiding(token), maxMessage)})
		}
	}()
	_, err = c.call(f.ctx, token, f.op, body, records)
	switch e, _ := err.(*Error); {
	case err == nil:
		accepted = true
		c.quota.give()
	case e != nil && e.StatusCode == http.StatusTooManyRequests:
		c.pace.throttled()
	}
	return err
}

// wait decides how long all requests pause after a failed one, and whether that one is
// tried again. The note of an error that is not says why.
func (f *flow) wait(e *Error, tries int) (wait time.Duration, again bool) {
	c := f.client
	if e.RetryAfter > c.retry.MaxRetryAfter {
		if e.Retryable() {
			e.Note = "not tried again: the server asks for a longer wait than is allowed (RetryPolicy.MaxRetryAfter)"
			c.pace.refuse(e)
		}
		return 0, false
	}
	switch {
	case !e.Retryable(), tries >= c.retry.MaxAttempts:
		return e.RetryAfter, false
	case e.RetryAfter == 0 && !c.quota.take():
		e.Note = "not tried again: too many requests fail (RetryPolicy.Quota)"
		return 0, false
	}
	wait = c.retry.delay(tries, e.RetryAfter)
	if deadline, ok := f.ctx.Deadline(); ok && time.Until(deadline) < wait {
		e.Note = "not tried again: the next try would come after the context's deadline"
		return e.RetryAfter, false
	}
	return wait, true
}

// hopeless reports whether the next request would fare no better, so that a run may as
// well end.
func (c *Client) hopeless(e *Error) bool {
	return errors.Is(e, ErrCredentials) || errors.Is(e, ErrUnauthorized) ||
		e.Retryable() && e.RetryAfter > c.retry.MaxRetryAfter
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
