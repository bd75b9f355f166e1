package clarity

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-openapi/runtime"

	"github.com/klarity-go/klarity/examples/clarity/internal/client/operations"
	"github.com/klarity-go/klarity/internal/transport"
)

// document is the body of a response, and the token that asks for what is newer, if there is
// one.
type document struct {
	body  json.RawMessage
	token string
}

// attempt is what a generated operation needs for one request.
type attempt struct {
	operations.ClientService
	auth    runtime.ClientAuthInfoWriter
	option  operations.ClientOption
	timeout time.Duration
}

// submit makes one request through a generated operation.
type submit func(context.Context, attempt) (document, error)

// request is one call, which the sender tries until a response is final. It is a
// [transport.Call].
type request struct {
	c      *Client
	call   string
	submit submit
	redact transport.Redactor

	tries    int
	document document
}

// Prepare has nothing to get.
func (r *request) Prepare(context.Context) *transport.Failure { return nil }

// Do makes the request.
func (r *request) Do(ctx context.Context, limit time.Duration) *transport.Failure {
	timeout := r.c.timeout
	if limit > 0 {
		timeout = min(timeout, limit)
	}
	r.tries++
	x := &exchange{call: r.call, http: r.c.http, redact: r.redact}
	found := make(chan document, 1) // not a variable: an abandoned request may still run
	e, kind := x.do(ctx, timeout, func(ctx context.Context) error {
		d, err := r.submit(ctx, attempt{r.c.operations, r.c.auth, x.install, timeout})
		found <- d
		return err
	})
	switch {
	case e == nil:
		r.document = <-found
		return nil
	case ctx.Err() != nil:
		return &transport.Failure{Kind: transport.Interrupted, Err: ctx.Err()}
	}
	return &transport.Failure{Kind: kind, RetryAfter: e.RetryAfter, Err: e}
}

// do makes a call until a response is final, and returns its document.
func (c *Client) do(ctx context.Context, call string, redact transport.Redactor, s submit) (document, error) {
	r := &request{c: c, call: call, submit: s, redact: redact}
	// The sender counts its patience from the beginning of an outage, which it sees after three
	// tries: too late where each takes the longest time that a request may.
	limited, cancel := context.WithTimeout(ctx, c.patience+c.timeout)
	defer cancel()
	result := c.sender.Send(limited, &transport.Job{
		Call: r, Since: time.Now(), Fresh: true,
		OnRetry: func(retry transport.Retry) {
			if c.onRetry != nil {
				c.onRetry(retry.Failure.Err, retry.Wait)
			}
		},
	})
	if result.Failure == nil && result.End == transport.Done {
		r.document.body = json.RawMessage(c.conceal(string(r.document.body)))
		return r.document, nil
	}
	return document{}, r.failure(ctx, result)
}

// failure is the error of a call that did not succeed.
func (r *request) failure(ctx context.Context, result transport.Result) error {
	end := result.End
	switch _, own := ctx.Deadline(); {
	case end == transport.Canceled && ctx.Err() != nil:
		return &Error{Call: r.call, Attempts: r.tries, Err: context.Cause(ctx)}
	case end == transport.Canceled, end == transport.DeadlineNear && !own: // it is the deadline of do
		end = transport.PatienceSpent
	}
	e := &Error{}
	if result.Failure != nil { // of the latest try that was not interrupted
		if seen, ok := result.Failure.Err.(*Error); ok {
			*e = *seen // others may have it, too
		} else {
			e.Err = result.Failure.Err
		}
	}
	e.Call, e.Attempts = r.call, r.tries
	tried := "not tried again"
	if r.tries == 0 {
		tried = "not tried"
	}
	switch end {
	case transport.PatienceSpent:
		e.Note = fmt.Sprintf("%s: the outage is longer than the patience of %v", tried, r.c.patience)
		if e.RetryAfter > r.c.patience {
			e.Note = fmt.Sprintf("%s: the server asks for a longer wait than the patience of %v", tried, r.c.patience)
		}
	case transport.WrongAddress:
		e.Note = tried + ": nothing has ever succeeded there; check " + EnvAPIURL
	case transport.DeadlineNear:
		e.Note = tried + ": the next try would come after the deadline"
	}
	return e
}
