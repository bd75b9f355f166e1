package graphql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/graphql"
)

var _ = graphql.RetryPolicy(api.RetryPolicy{}) // the two convert

// failure is a way in which a request fails.
type failure struct {
	name     string
	respond  func() (*http.Response, error)
	repeated bool // for a query
	sent     bool // a mutation may have taken effect
}

var failures = []failure{
	{"408", status(408), true, true},
	{"429", status(429), true, false},
	{"500", status(500), true, true},
	{"502", status(502), true, true},
	{"503", status(503), true, true},
	{"reset", func() (*http.Response, error) { return nil, errors.New("connection reset by peer") }, true, true},
	{"cut off", func() (*http.Response, error) { return cutOff(200, `{"data`), nil }, true, true},
	{"400", status(400), false, false},
	{"401", status(401), false, false},
	{"403", status(403), false, false},
	{"404", status(404), false, false},
	{"307", status(307), false, false},
	{"501", status(501), false, true},
	{"HTML", func() (*http.Response, error) { return respond(200, "<html>"), nil }, false, true},
	{"GraphQL errors", func() (*http.Response, error) { return respond(200, `{"errors":[{"message":"m"}]}`), nil }, false, false},
	{"GraphQL errors with 500", func() (*http.Response, error) { return respond(500, `{"errors":[{"message":"m"}]}`), nil }, true, true},
	{"GraphQL errors with 400", func() (*http.Response, error) { return respond(400, `{"errors":[{"message":"m"}]}`), nil }, false, false},
}

func status(code int) func() (*http.Response, error) {
	return func() (*http.Response, error) { return respond(code, ""), nil }
}

// failing fails the first n requests.
func failing(n int, fail func() (*http.Response, error)) *script {
	return &script{response: func(r *sent) (*http.Response, error) {
		if r.n < n {
			return fail()
		}
		return respond(200, `{"data":{"a":1}}`), nil
	}}
}

func TestQueryIsRepeatedWhenThatMayHelp(t *testing.T) {
	for _, f := range failures {
		synctest.Test(t, func(t *testing.T) {
			s := failing(2, f.respond)
			err := newClient(t, s).Do(t.Context(), query, nil, nil)
			want := 1
			if f.repeated {
				want = 3
			}
			var e *graphql.Error
			if n := len(s.requests()); n != want || (err == nil) != f.repeated {
				t.Errorf("%s: %d requests, want %d; %v", f.name, n, want, err)
			}
			if !f.repeated && (!errors.As(err, &e) || e.Attempts != 1 || e.Retryable() || errors.Is(err, graphql.ErrOutcomeUnknown)) {
				t.Errorf("%s: got %+v", f.name, err)
			}
		})
	}
}

func TestMutationIsRepeatedOnlyWhenNothingWasSent(t *testing.T) {
	for _, document := range []string{mutation, "subscription { a }", query + mutation, "query {"} {
		for _, f := range failures {
			synctest.Test(t, func(t *testing.T) {
				s := failing(2, f.respond)
				err := newClient(t, s).Do(t.Context(), document, nil, nil)
				var e *graphql.Error
				if n := len(s.requests()); n != 1 || !errors.As(err, &e) || e.Attempts != 1 || e.Retryable() || e.Operation != "mutation" {
					t.Errorf("%s: %d requests, want 1; %v", f.name, n, err)
				}
				if errors.Is(err, graphql.ErrOutcomeUnknown) != f.sent {
					t.Errorf("%s: that it may have taken effect is %v: %v", f.name, !f.sent, err)
				}
			})
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s := failing(5, func() (*http.Response, error) { return nil, refused })
		if err := newClient(t, s).Do(t.Context(), mutation, nil, nil); err != nil || len(s.requests()) != 6 {
			t.Errorf("refused connections: %d requests, want 6; %v", len(s.requests()), err)
		}
	})
}

func TestMutationThatReachesNobodyFailsAsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := failing(1000, func() (*http.Response, error) { return nil, refused })
		err := newClient(t, s).Do(t.Context(), mutation, nil, nil)
		var e *graphql.Error
		if !errors.As(err, &e) || !e.Retryable() || errors.Is(err, graphql.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "nothing has ever succeeded there") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(s.start); took > 2*time.Minute {
			t.Errorf("took %v, want about a minute", took)
		}
	})
}

func TestOutageIsWaitedOutForThePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := failing(1000, status(503))
		c := newClient(t, s)
		err := c.Do(t.Context(), query, nil, nil)
		took := time.Since(s.start)
		var e *graphql.Error
		if !errors.As(err, &e) || e.StatusCode != 503 || !strings.Contains(e.Note, "RetryPolicy.Patience, 2m0s") || took > 2*time.Minute+10*time.Second {
			t.Errorf("got %v after %v", err, took)
		}
		if n := len(s.requests()); n < 5 || n > 20 || e.Attempts != n {
			t.Errorf("%d requests, and %d attempts", n, e.Attempts)
		}
		s.response = responds(200, `{"data":{"a":1}}`).response
		if err := c.Do(t.Context(), mutation, nil, nil); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	})
}

func TestRetryAfterHoldsForAllOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := failing(1, func() (*http.Response, error) { return respond(429, "", "Retry-After", "60"), nil })
		c := newClient(t, s)
		err := c.Do(t.Context(), mutation, nil, nil)
		var e *graphql.Error
		if !errors.As(err, &e) || e.RetryAfter != time.Minute || !errors.Is(err, graphql.ErrRateLimited) {
			t.Errorf("got %v", err)
		}
		if err := c.Do(t.Context(), mutation, nil, nil); err != nil {
			t.Error(err)
		}
		if at := s.requests()[1].at; at != time.Minute {
			t.Errorf("the next mutation was sent after %v, want 1m", at)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := failing(1, func() (*http.Response, error) { return respond(429, "", "Retry-After", "3600"), nil })
		err := newClient(t, s).Do(t.Context(), query, nil, nil)
		if err == nil || !strings.Contains(err.Error(), "a longer wait than is allowed") || time.Since(s.start) != 0 {
			t.Errorf("got %v after %v, want a failure at once", err, time.Since(s.start))
		}
	})
}

func TestRefusedKeyHoldsUpNoOtherOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := responds(403, "")
		c := newClient(t, s)
		for range 10 {
			if err := c.Do(t.Context(), query, nil, nil); !errors.Is(err, graphql.ErrKey) {
				t.Errorf("got %v", err)
			}
		}
		if took := time.Since(s.start); took != 0 || len(s.requests()) != 10 {
			t.Errorf("%d requests took %v, want 10 at once", len(s.requests()), took)
		}
	})
}

func TestRefusedCertificateEndsAQueryAfterThreeTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := func() (*http.Response, error) {
			return nil, &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
		}
		for document, want := range map[string]int{query: 3, mutation: 1} {
			s := failing(1000, refuse)
			err := newClient(t, s).Do(t.Context(), document, nil, nil)
			var e *graphql.Error
			if n := len(s.requests()); n != want || !errors.As(err, &e) || e.Retryable() || errors.Is(err, graphql.ErrOutcomeUnknown) {
				t.Errorf("%d requests, want %d; %v", n, want, err)
			}
		}
	})
}

func TestContextEndsACallAtOnce(t *testing.T) {
	cause := errors.New("the user left")
	hangs := func(r *sent) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for _, tt := range []struct {
		name     string
		response func(*sent) (*http.Response, error)
		document string
		status   int
		unknown  bool
	}{
		{"a query in flight", hangs, query, 0, false},
		{"a mutation in flight", hangs, mutation, 0, true},
		{"a query between two tries", failing(1000, status(503)).response, query, 503, false},
		{"a mutation that reaches nobody", failing(1000, func() (*http.Response, error) { return nil, refused }).response, mutation, 0, false},
		{"a response that never ends", func(r *sent) (*http.Response, error) {
			resp := respond(200, "")
			resp.Body = &endless{r.Context()}
			return resp, nil
		}, mutation, 0, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(10*time.Second, func() { cancel(cause) })
			s := &script{response: tt.response}
			err := newClient(t, s).Do(ctx, tt.document, nil, nil)
			var e *graphql.Error
			if !errors.As(err, &e) || !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || e.StatusCode != tt.status || e.Retryable() {
				t.Errorf("%s: got %v", tt.name, err)
			}
			if errors.Is(err, graphql.ErrOutcomeUnknown) != tt.unknown {
				t.Errorf("%s: that it may have taken effect is %v: %v", tt.name, !tt.unknown, err)
			}
			if !strings.Contains(err.Error(), "the user left") {
				t.Errorf("%s: the text %q does not say why", tt.name, err)
			}
			if took := time.Since(s.start); took != 10*time.Second {
				t.Errorf("%s: took %v", tt.name, took)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s := &script{}
		err := newClient(t, s).Do(ctx, mutation, nil, nil)
		if !errors.Is(err, context.Canceled) || errors.Is(err, graphql.ErrOutcomeUnknown) || len(s.requests()) > 0 {
			t.Errorf("after the end: %v, %d requests", err, len(s.requests()))
		}
	})
}

// A response that was read to its end says more than the end of the context.
func TestResponseAtTheEndOfTheContextCounts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &script{response: func(*sent) (*http.Response, error) {
		cancel()
		return respond(400, `{"message":"no such field"}`), nil
	}}
	err := newClient(t, s).Do(ctx, mutation, nil, nil)
	var e *graphql.Error
	if !errors.As(err, &e) || e.StatusCode != 400 || errors.Is(err, context.Canceled) || errors.Is(err, graphql.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
}

// A tracer that panics when all is over does not make a mutation look undone.
func TestTracerThatPanicsAtTheEndUndoesNothing(t *testing.T) {
	s := responds(200, `{"data":{"addPerson":{"id":"p"}}}`)
	id, err := newClient(t, s, graphql.WithTracerProvider(panicsAtTheEnd{})).AddPerson(t.Context(), "Ada", "ada@example.com")
	if id != "p" || err != nil {
		t.Errorf("got %q, %v", id, err)
	}
}

// panicsAtTheEnd makes spans that cannot be ended.
type panicsAtTheEnd struct{ noop.TracerProvider }

type (
	panickingTracer struct{ noop.Tracer }
	panickingSpan   struct{ noop.Span }
)

func (panicsAtTheEnd) Tracer(string, ...trace.TracerOption) trace.Tracer { return panickingTracer{} }

func (panickingTracer) Start(ctx context.Context, _ string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	return ctx, panickingSpan{}
}

func (panickingSpan) End(...trace.SpanEndOption) { panic("over") }

// endless is the body of a response that goes on until the context ends.
type endless struct{ ctx context.Context }

func (e *endless) Read([]byte) (int, error) { <-e.ctx.Done(); return 0, e.ctx.Err() }
func (e *endless) Close() error             { return nil }

func TestNextTryBeyondTheDeadlineIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := responds(503, "", "Retry-After", "60")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		err := newClient(t, s).Do(ctx, query, nil, nil)
		if err == nil || !strings.Contains(err.Error(), "after the context's deadline") || time.Since(s.start) != 0 {
			t.Errorf("got %v after %v", err, time.Since(s.start))
		}
	})
}

func TestRequestEndsWithItsTimeout(t *testing.T) {
	for name, respond := range map[string]func(*sent) (*http.Response, error){
		"a transport that heeds its context": func(r *sent) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() },
		"one that does not":                  func(*sent) (*http.Response, error) { time.Sleep(time.Hour); return nil, errors.New("late") },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{response: respond}
			err := newClient(t, s, noRetry, graphql.WithRequestTimeout(10*time.Second)).Do(t.Context(), query, nil, nil)
			var e *graphql.Error
			if took := time.Since(s.start); !errors.As(err, &e) || !e.Retryable() || took < 10*time.Second || took > 11*time.Second {
				t.Errorf("%s: got %v after %v", name, err, took)
			}
			time.Sleep(2 * time.Hour) // until nothing is left
		})
	}
}

func TestQueryIsRepeatedAfterATransportThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			if r.n == 0 {
				time.Sleep(time.Hour)
			}
			return respond(200, `{"data":{"a":1}}`), nil
		}}
		if err := newClient(t, s).Do(t.Context(), query, nil, nil); err != nil || len(s.requests()) != 2 {
			t.Errorf("%d requests, %v", len(s.requests()), err)
		}
		time.Sleep(2 * time.Hour) // until nothing is left
	})
}

func TestNewQueryIsSentSoonAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const outage = 10 * time.Minute
		s := &script{}
		s.response = func(*sent) (*http.Response, error) {
			if time.Since(s.start) < outage {
				return respond(503, ""), nil
			}
			return respond(200, `{"data":{"a":1}}`), nil
		}
		c := newClient(t, s, graphql.WithRetry(graphql.RetryPolicy{MaxDelay: time.Hour, Patience: graphql.Forever}))
		ended := make(chan error)
		go func() { ended <- c.Do(t.Context(), query, nil, nil) }()
		time.Sleep(outage)
		if err := c.Do(t.Context(), query, nil, nil); err != nil || time.Since(s.start) > outage+2*time.Second {
			t.Errorf("got %v after %v, want a success soon after %v", err, time.Since(s.start), outage)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestUsersCodeThatPanicsOrExitsIsAnError(t *testing.T) {
	for name, exit := range map[string]func(){"panic": func() { panic(string(testKey)) }, "Goexit": runtime.Goexit} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{response: func(*sent) (*http.Response, error) { exit(); return nil, nil }}
			err := newClient(t, s).Do(t.Context(), mutation, nil, nil)
			var e *graphql.Error
			if !errors.As(err, &e) || e.Attempts != 1 || e.Retryable() || !errors.Is(err, graphql.ErrOutcomeUnknown) {
				t.Errorf("%s: got %v", name, err)
			}
			var logs strings.Builder
			c := newClient(t, responds(200, `{"data":{"a":1}}`), graphql.WithLogger(slog.New(&exits{exit, &logs})))
			if err := c.Do(t.Context(), query, nil, nil); err != nil || logs.Len() == 0 {
				t.Errorf("%s of a log handler: got %v", name, err)
			}
		})
	}
}

// exits is a log handler that does not return.
type exits struct {
	exit func()
	logs *strings.Builder
}

func (h *exits) Enabled(context.Context, slog.Level) bool { return true }
func (h *exits) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h *exits) WithGroup(string) slog.Handler            { return h }
func (h *exits) Handle(_ context.Context, r slog.Record) error {
	h.logs.WriteString(r.Message)
	h.exit()
	return nil
}
