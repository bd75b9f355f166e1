package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/klarity-go/klarity/internal/transport"
	"github.com/klarity-go/klarity/models"
)

// request is one body for one operation, which the sender tries until a response is final.
// It is the [transport.Call] of runs, uploaders and single calls.
type request struct {
	c       *Client
	op      *operation
	body    *sharedBody
	records int
	s       *stream // whose report counts the requests; nil for a single call

	requests int // made so far
	token    *cachedToken
	replaced bool // the token of this try has replaced one that was refused
	accepted *models.AcceptedResponse
	tries    []try // that are not logged yet
}

// try is what the log has about one request.
type try struct {
	status int
	took   time.Duration
}

// Prepare gets the token.
func (r *request) Prepare(ctx context.Context) *transport.Failure {
	token, err := r.c.tokens.get(ctx)
	if err != nil {
		r.replaced = false
		return asFailure(ctx, err)
	}
	r.token = token
	return nil
}

// Do makes the request. When the API refuses the token, the token is dropped, and the
// failure says that another one may do; of a token that was fetched for that very reason
// it says that no other will.
func (r *request) Do(ctx context.Context, limit time.Duration) *transport.Failure {
	c, start := r.c, time.Now()
	x := &exchange{
		op: r.op, body: r.body, records: r.records, http: c.http,
		timeout:   c.timeout,
		userAgent: c.userAgent,
		redact:    c.redactor(r.token),
	}
	if limit > 0 && (x.timeout == 0 || x.timeout > limit) {
		x.timeout = limit
	}
	r.requests++
	if r.s != nil {
		r.s.countRequest(len(r.body.bytes))
	}
	accepted, err := x.do(ctx, c, r.token.value)
	r.tries = append(r.tries, try{x.status, time.Since(start)})
	if x.status != http.StatusUnauthorized {
		r.replaced = false
		if x.status > 0 && x.status < 500 { // a gateway's response says nothing of the token
			c.tokens.accept(r.token)
		}
		if err != nil {
			return asFailure(ctx, err)
		}
		r.accepted = accepted
		return nil
	}
	if denied := c.tokens.invalidate(r.token, r.replaced, x.failure); denied != nil {
		r.replaced = false
		return asFailure(ctx, denied)
	}
	r.replaced = true
	return &transport.Failure{Kind: transport.StaleToken, Err: x.failure}
}

// logTries logs the requests since the last time. Nothing is held meanwhile: the handler
// is a user's code.
func (r *request) logTries(ctx context.Context, l *logger) {
	for _, t := range r.tries {
		l.log(ctx, slog.LevelDebug, "klarity: request", slog.String("operation", r.op.name),
			slog.Int("records", r.records), slog.Int("bytes", len(r.body.bytes)), slog.Int("status", t.status),
			slog.Duration("took", t.took))
	}
	r.tries = r.tries[:0]
}
