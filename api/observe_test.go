package api_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/klarity-go/klarity/api"
)

// spans notes the names of the spans that are started.
type spans struct {
	noop.TracerProvider
	mu    sync.Mutex
	names []string
}

type tracer struct {
	noop.Tracer
	spans *spans
}

func (s *spans) Tracer(string, ...trace.TracerOption) trace.Tracer { return tracer{spans: s} }

func (t tracer) Start(ctx context.Context, name string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	t.spans.mu.Lock()
	defer t.spans.mu.Unlock()
	t.spans.names = append(t.spans.names, name)
	return noop.NewTracerProvider().Tracer("").Start(ctx, name)
}

func TestASpanForEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			if r.n == 0 {
				return respond(503, ""), nil
			}
			return accepted(r), nil
		}}
		tp := &spans{}
		verbs(t, newClient(t, s, api.WithTracerProvider(tp)))
		want := []string{"upsertEstateRecords", "upsertEstateRecords", "deleteEstateRecords", "enrichEstateRecords"}
		if !slices.Equal(tp.names, want) {
			t.Errorf("got spans %v, want %v", tp.names, want)
		}
	})
}

func TestLogHasRetriesAndRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			switch {
			case r.n == 0:
				return respond(503, `{"error":"busy"}`), nil
			case slices.Contains(r.ids, "r3"):
				return respond(400, `{"error":"bad"}`), nil
			}
			return accepted(r), nil
		}}
		lines := func(level slog.Level) []string {
			var b bytes.Buffer
			s.log = nil
			logger := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: level}))
			newClient(t, s, api.WithLogger(logger)).UpsertAll(t.Context(), records(5))
			return strings.Split(strings.TrimSpace(b.String()), "\n")
		}
		warn := lines(slog.LevelWarn)
		if len(warn) < 2 || !strings.Contains(warn[0], `msg="klarity: request failed, trying again" error="upsert of 5 records: 503 Service Unavailable: busy"`) ||
			!strings.Contains(warn[1], "looking for the record at fault") {
			t.Errorf("warnings:\n%s", strings.Join(warn, "\n"))
		}
		debug := lines(slog.LevelDebug)
		requests := 0
		for _, l := range debug {
			if strings.Contains(l, `msg="klarity: request" operation=upsert records=`) {
				requests++
			}
		}
		if requests != len(s.requests()) {
			t.Errorf("%d of %d requests are logged:\n%s", requests, len(s.requests()), strings.Join(debug, "\n"))
		}
	})
}

func TestRetryWarningsSayHowLongTheWaitIsAndWhichTryItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		s := &script{response: func(r *sent) (*http.Response, error) {
			if r.n < 5 {
				return respond(503, "", "Retry-After", "10"), nil
			}
			return accepted(r), nil
		}}
		c := newClient(t, s, api.WithRetry(api.RetryPolicy{BaseDelay: time.Nanosecond, MaxDelay: 7 * time.Second}),
			api.WithLogger(slog.New(slog.NewTextHandler(&b, nil))))
		if _, err := c.UpsertAll(t.Context(), records(1)); err != nil {
			t.Fatal(err)
		}
		warnings := strings.Split(strings.TrimSpace(b.String()), "\n")
		if len(warnings) != 5 {
			t.Fatalf("got %d warnings, want 5:\n%s", len(warnings), &b)
		}
		for i, w := range warnings { // from the third failure on it is an outage
			if want := fmt.Sprintf(" try=%d wait=10s", i+1); !strings.HasSuffix(w, want) {
				t.Errorf("warning %d is %s, want %q at its end", i+1, w, want)
			}
			if outage := strings.Contains(w, "out of reach"); outage != (i >= 2) {
				t.Errorf("warning %d is %s", i+1, w)
			}
		}
	})
}
