package graphql

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/klarity-go/klarity/internal/transport"
)

// Do sends one operation and decodes the data of its response into out, a pointer as for
// [json.Unmarshal], or nil when the data is of no interest.
//
// The document holds one operation, and any fragments that it uses. Variables is anything that
// encodes to a JSON object, such as a map or a struct, or nil. Put values into variables, never
// into the text of the document: they need no escaping there.
//
// Whether the document is a query is found out by parsing it as far as needed. A query is sent
// again as [RetryPolicy] says. A mutation, and whatever cannot be told apart, is sent again only
// when the connection was refused before anything was sent.
//
// A request that did not succeed is an [*Error]. When the response has errors beside data, the
// data is decoded into out all the same, and the error returned holds the errors. What cannot
// be sent at all, such as variables that are no JSON object, is an error of another type, and
// nothing was sent.
func (c *Client) Do(ctx context.Context, query string, variables, out any) error {
	return c.do(ctx, query, variables, out, secrets{})
}

// secrets are what of one operation is kept out of errors, logs and spans, beside the key.
type secrets struct {
	variables []string // values that the server may repeat, the longest first
	data      bool     // the response's data holds a secret: nothing of a body is shown
}

func (c *Client) do(ctx context.Context, query string, variables, out any, s secrets) error {
	if err := c.ready(); err != nil {
		return err
	}
	if err := checkOut(out); err != nil {
		return err
	}
	body, err := encode(query, variables)
	if err != nil {
		return err
	}
	redact := c.redact
	for _, secret := range slices.Backward(s.variables) { // what is added last is replaced first
		redact = redact.And(transport.NewRedactor(secret))
	}
	r := &request{c: c, message: message{parseDocument(query), body, redact, s.data}}
	result := c.sender.Send(ctx, &transport.Job{
		Call:         r,
		Since:        time.Now(),
		Fresh:        true,
		Unrepeatable: !r.op.query,
		OnRetry:      func(retry transport.Retry) { r.logRetry(ctx, retry) },
	})
	r.logTries(ctx)
	e := r.failure(ctx, result)
	if out != nil && len(r.data) > 0 {
		if err := json.Unmarshal(r.data, out); err != nil {
			if e == nil {
				e = r.decodingError()
			}
			e.Err = fmt.Errorf("the data does not fit into what it is decoded into: %w", transport.SanitizeError(err, r.redact, maxMessage))
		}
	}
	if e == nil {
		return nil
	}
	return e
}

// request is one operation, which the sender tries until a response is final.
type request struct {
	c *Client
	message

	requests int // made so far
	response *response
	data     json.RawMessage // of the latest response
	unknown  bool            // the operation may have taken effect
	tries    []try           // that are not logged yet
}

// message is what is sent, and what of its response may be shown. It does not change.
type message struct {
	op         operation
	body       []byte
	redact     transport.Redactor
	secretData bool
}

// try is what the log has about one request.
type try struct {
	status int
	took   time.Duration
}

// Prepare has nothing to get.
func (r *request) Prepare(context.Context) *transport.Failure { return nil }

// Do makes the request.
func (r *request) Do(ctx context.Context, limit time.Duration) *transport.Failure {
	c, start := r.c, time.Now()
	timeout := c.timeout
	if limit > 0 && (timeout == 0 || timeout > limit) {
		timeout = limit
	}
	r.requests++
	resp, err := transport.Detach(ctx, timeout, r.redact, func() *response { return c.exchange(ctx, r.message, timeout) })
	if err != nil {
		resp = &response{failure: &Error{Err: err}, kind: transport.Unsendable}
		if err == transport.ErrAbandoned {
			resp.kind = transport.Broken
		} else if p, ok := err.(*transport.Panic); ok {
			resp.failure.Err = &panicError{p.Text} // the value may hold the key
		}
	}
	r.tries = append(r.tries, try{resp.status, time.Since(start)})
	r.response, r.data, r.unknown = resp, resp.data, resp.mayHaveRun()
	switch {
	case resp.failure == nil:
		return nil
	case ctx.Err() != nil && !resp.complete:
		return &transport.Failure{Kind: transport.Interrupted, Err: ctx.Err()}
	}
	return &transport.Failure{Kind: resp.kind, RetryAfter: resp.failure.RetryAfter, Err: resp.failure}
}

// panicError is a panic of the transport or the tracer.
type panicError struct{ text string }

func (e *panicError) Error() string { return e.text }

// decodingError is the error of a response that succeeded but cannot be decoded. What a mutation
// has created may not be known then.
func (r *request) decodingError() *Error {
	return &Error{Operation: r.op.kind(), Name: r.op.name, StatusCode: r.response.status,
		RequestID: r.response.requestID, Attempts: r.requests, unknown: !r.op.query}
}

// failure is the error of an operation that did not succeed, or nil.
func (r *request) failure(ctx context.Context, result transport.Result) *Error {
	if result.Failure == nil && result.End == transport.Done {
		return nil
	}
	e := &Error{}
	if result.Failure != nil {
		if seen, ok := result.Failure.Err.(*Error); ok {
			*e = *seen // others may have it, too
		} else {
			e.Err = result.Failure.Err
		}
	}
	e.Operation, e.Name, e.Attempts = r.op.kind(), r.op.name, r.requests
	e.unknown = r.unknown && !r.op.query
	tried := "not sent again"
	if r.requests == 0 {
		tried = "not sent"
	}
	switch result.End {
	case transport.Canceled:
		end := &contextEnd{err: ctx.Err(), cause: context.Cause(ctx), previous: e.Err}
		if e.StatusCode > 0 {
			e.Note = tried + ": " + end.reason()
		}
		e.Err = end
	case transport.PatienceSpent:
		e.Note = fmt.Sprintf("%s: the outage lasts for longer than is allowed (RetryPolicy.Patience, %v)", tried, r.c.retry.Patience)
		if e.RetryAfter > r.c.retry.Patience {
			e.Note = fmt.Sprintf("%s: the server asks for a longer wait than is allowed (RetryPolicy.Patience, %v)", tried, r.c.retry.Patience)
		}
	case transport.WrongAddress:
		e.Note = tried + ": nothing has ever succeeded there"
	case transport.DeadlineNear:
		e.Note = tried + ": the next try would come after the context's deadline"
	case transport.Unrepeated:
		e.Note = tried + ": a mutation cannot be repeated without harm"
	}
	return e
}

func (r *request) logRetry(ctx context.Context, retry transport.Retry) {
	r.logTries(ctx)
	msg := "klarity: request failed, trying again"
	if retry.Outage {
		msg = "klarity: the API is out of reach, probing"
	}
	transport.Log(ctx, r.c.logger, nil, slog.LevelWarn, msg, slog.String("operation", r.op.String()),
		slog.Int("try", retry.Try), slog.Duration("wait", retry.Wait), slog.Any("error", retry.Failure.Err))
}

// logTries logs the requests since the last time. Nothing is held meanwhile: the handler is a
// user's code.
func (r *request) logTries(ctx context.Context) {
	for _, t := range r.tries {
		transport.Log(ctx, r.c.logger, nil, slog.LevelDebug, "klarity: request", slog.String("operation", r.op.String()),
			slog.Int("bytes", len(r.body)), slog.Int("status", t.status), slog.Duration("took", t.took))
	}
	r.tries = r.tries[:0]
}
