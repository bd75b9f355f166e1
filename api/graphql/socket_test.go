package graphql_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/graphql"
)

// over is a client of a server on loopback, with connections of its own.
func over(t *testing.T, url string, policy graphql.RetryPolicy) *graphql.Client {
	t.Helper()
	rt := &http.Transport{}
	t.Cleanup(rt.CloseIdleConnections)
	c, err := graphql.New(testKey, graphql.WithURL(url), graphql.WithTransport(rt), graphql.WithRetry(policy))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// net/http sends a request a second time by itself when a connection that it used again
// breaks. It must not do so with one that was sent, either.
func TestMutationWhoseConnectionBreaksArrivesOnce(t *testing.T) {
	for _, reused := range []bool{false, true} {
		var mutations atomic.Int32
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("User-Agent") == "" {
				t.Error("no user agent")
			}
			body, _ := io.ReadAll(r.Body)
			if len(body) < 100 { // the query
				io.WriteString(w, `{"data":{"a":1}}`)
				return
			}
			mutations.Add(1)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		}))
		c := over(t, srv.URL, graphql.RetryPolicy{BaseDelay: -1})
		if reused {
			if err := c.Do(t.Context(), `{ a }`, nil, nil); err != nil {
				t.Error(err)
			}
		}
		err := c.Do(t.Context(), mutation, map[string]any{"name": "somebody with a name that is rather long, and then some"}, nil)
		if !errors.Is(err, graphql.ErrOutcomeUnknown) || mutations.Load() != 1 {
			t.Errorf("reused %v: the mutation arrived %d times, %v", reused, mutations.Load(), err)
		}
		srv.Close()
	}
}

func TestRefusedConnectionSendsNothing(t *testing.T) {
	srv := httptest.NewServer(nil)
	srv.Close()
	err := over(t, srv.URL, graphql.RetryPolicy{BaseDelay: -1, Patience: -1, MaxDelay: time.Millisecond}).Do(t.Context(), mutation, nil, nil)
	var e *graphql.Error
	if !errors.As(err, &e) || e.Attempts < 2 || !e.Retryable() || errors.Is(err, graphql.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
}
