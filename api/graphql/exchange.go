package graphql

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/klarity-go/klarity/internal/transport"
)

// exchange makes one request, in a span, and reads its response.
func (c *Client) exchange(ctx context.Context, m message, timeout time.Duration) (r *response) {
	if c.tracer != nil {
		var span trace.Span
		ctx, span = c.startSpan(ctx, m.op)
		defer func() {
			defer func() { _ = recover() }() // a tracer that panics does not undo the response
			endSpan(span, r.status, r.failure)
		}()
	}
	r = c.post(ctx, m, timeout)
	if r.failure != nil {
		r.failure.Operation, r.failure.Name = m.op.kind(), m.op.name
	}
	return r
}

func (c *Client) post(ctx context.Context, m message, timeout time.Duration) *response {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(m.body))
	if err != nil {
		return &response{failure: &Error{Err: errors.New("the GraphQL URL cannot be used")}, kind: transport.Unsendable}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("X-Api-Key", c.key())
	if c.period != "" {
		req.Header.Set("X-Billing-Period", string(c.period))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &response{
			failure: &Error{Attempts: 1, Err: transport.SanitizeError(err, m.redact, maxMessage)},
			kind:    transport.ErrorKind(err),
		}
	}
	defer resp.Body.Close()
	content, err := transport.ReadBounded(resp.Body, maxResponse+1)
	return m.read(resp, content, err)
}
