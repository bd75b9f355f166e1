package graphql_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api/graphql"
)

func TestLogAndSpansHaveRetriesAndRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logs bytes.Buffer
		var spans diary
		c := newClient(t, failing(1, status(503)), graphql.WithTracerProvider(&spans),
			graphql.WithLogger(slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		if err := c.Do(t.Context(), query, map[string]any{"secret": "creds-of-a-cloud"}, nil); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			`level=DEBUG msg="klarity: request" operation="query accounts"`, "status=503", "status=200",
			`level=WARN msg="klarity: request failed, trying again" operation="query accounts" try=1`, `error="query accounts: 503 Service Unavailable"`,
		} {
			if !strings.Contains(logs.String(), want) {
				t.Errorf("the log has no %s:\n%s", want, logs.String())
			}
		}
		for _, want := range []string{"query accounts", "client", "api.cnop-int.nordcloudapp.com", "503", "200", "Error", "query accounts: 503 Service Unavailable"} {
			if !strings.Contains(spans.text.String(), want) {
				t.Errorf("the spans have no %s:\n%s", want, spans.text.String())
			}
		}
		for what, text := range map[string]string{"log": logs.String(), "spans": spans.text.String()} {
			if strings.Contains(text, "creds-of-a-cloud") || strings.Contains(text, "accountsV2") {
				t.Errorf("the %s shows variables or the document:\n%s", what, text)
			}
		}
	})
}

func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	var mu sync.Mutex
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		n++
		code := []int{200, 503, 403, 200}[n%4]
		mu.Unlock()
		w.WriteHeader(code)
		io.WriteString(w, `{"data":{"a":1}}`)
	}))
	rt := &http.Transport{}
	c, err := graphql.New(testKey, graphql.WithURL(srv.URL), graphql.WithTransport(rt), graphql.WithRetry(graphql.RetryPolicy{BaseDelay: -1}))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			err := c.Do(t.Context(), query, nil, nil)
			if err != nil && !errors.Is(err, graphql.ErrKey) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	rt.CloseIdleConnections()
	srv.Close()
	for start := time.Now(); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Since(start) > 10*time.Second {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines are left of %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func TestCertificateOfAStrangerGetsNoKey(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the key was sent to a server whose certificate nobody vouches for")
	}))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.StartTLS()
	defer srv.Close()
	rt := &http.Transport{}
	defer rt.CloseIdleConnections()
	c, err := graphql.New(testKey, graphql.WithURL(srv.URL), graphql.WithTransport(rt), graphql.WithRetry(graphql.RetryPolicy{BaseDelay: -1}))
	if err != nil {
		t.Fatal(err)
	}
	err = c.Do(t.Context(), mutation, nil, nil)
	var e *graphql.Error
	if !errors.As(err, &e) || e.Retryable() || errors.Is(err, graphql.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
}
