package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/klarity-go/klarity/internal/transport"
)

// asFailure says what an error means for the next try.
func asFailure(ctx context.Context, err error) *transport.Failure {
	e, ok := err.(*Error)
	switch {
	case ctx.Err() != nil && (!ok || e.StatusCode == 0):
		return &transport.Failure{Kind: transport.Interrupted, Err: err}
	case !ok: // the end of a context that is not the caller's
		e = &Error{Operation: operationToken, Err: err}
	}
	return &transport.Failure{Kind: e.kind(), RetryAfter: e.RetryAfter, Err: e}
}

// kind is what the error says about the next try.
func (e *Error) kind() transport.Kind {
	kind := transport.StatusKind(e.StatusCode)
	var config *configError
	switch {
	case errors.Is(e.Err, errUserCode), e.Operation != operationToken && errors.As(e.Err, &config):
		return transport.Unsendable
	case e.StatusCode == 0:
		kind = transport.ErrorKind(e.Err)
	}
	if e.Operation != operationToken {
		return kind
	}
	switch {
	case e.refused(), !e.Retryable() && kind == transport.Broken:
		return transport.Denied
	case e.noToken:
		return transport.Misdirected
	case kind == transport.Broken:
		return transport.Busy // no body has been sent that could be the reason
	}
	return kind
}

// failure is the error of records that were not delivered, after so many requests that carried
// them. Without one it says why there was none: what has closed the way for all may be another
// request's failure.
func (c *Client) failure(op *operation, records, requests int, r transport.Result) *Error {
	unsent := requests == 0 && r.Tries == 0
	if unsent {
		records = 0
	}
	if r.Failure == nil {
		return &Error{Operation: op.name, Records: records}
	}
	seen, ok := r.Failure.Err.(*Error)
	if !ok {
		return &Error{Operation: op.name, Records: records, Attempts: r.Tries, Err: r.Failure.Err}
	}
	e := *seen // others may have it, too
	e.Attempts = r.Tries
	if e.Operation != operationToken {
		e.Operation, e.Records = op.name, records
	}
	tried := "not tried again"
	if unsent {
		tried = "not sent"
	}
	switch r.End {
	case transport.PatienceSpent:
		e.Note = fmt.Sprintf("%s: the outage lasts for longer than is allowed (RetryPolicy.Patience, %v)", tried, c.retry.Patience)
		if e.RetryAfter > c.retry.Patience {
			e.Note = fmt.Sprintf("%s: the server asks for a longer wait than is allowed (RetryPolicy.Patience, %v)", tried, c.retry.Patience)
		}
	case transport.WrongAddress:
		e.Note = tried + ": nothing has ever succeeded there"
	case transport.DeadlineNear:
		e.Note = tried + ": the next try would come after the context's deadline"
	}
	return &e
}
