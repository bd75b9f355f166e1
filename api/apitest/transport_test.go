package apitest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

func TestRoundTripServesOnlyItsOwnAddresses(t *testing.T) {
	c := inProcess(t)
	for _, url := range []string{
		"https://integrations-api.klarity.nordcloudapp.com/v1/estateRecords",
		"http://klarity.example/v1/estateRecords",
		"https://klarity.example:8443/v1/estateRecords",
		"https://klarity.example/oauth/token",
		"https://identity.example/v1/estateRecords",
		"https://user:hidden@elsewhere.example/",
	} {
		_, err := c.client.Get(url)
		if err == nil || !strings.Contains(err.Error(), apitest.BaseURL) {
			t.Errorf("%s: got %v, want an error that names %s", url, err, apitest.BaseURL)
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: the error has the password: %v", url, err)
		}
	}
	if got := len(c.Requests()); got != 0 {
		t.Errorf("recorded %d requests, want none", got)
	}
}

// A closeRecorder is a body that records that it was closed.
type closeRecorder struct {
	io.Reader
	closed chan struct{}
}

func (b *closeRecorder) Close() error {
	select {
	case <-b.closed:
	default:
		close(b.closed)
	}
	return nil
}

func TestRoundTripClosesTheBody(t *testing.T) {
	for _, test := range []struct {
		name, url string
		fault     apitest.Fault
	}{
		{"response", apitest.BaseURL + "/v1/estateRecords", apitest.Fault{}},
		{"reset", apitest.BaseURL + "/v1/estateRecords", apitest.Reset()},
		{"another host", "https://elsewhere.example/", apitest.Fault{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := apitest.New()
			e.Script(test.fault)
			b := &closeRecorder{strings.NewReader("{}"), make(chan struct{})}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, test.url, b)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := e.RoundTrip(req)
			if err == nil {
				resp.Body.Close()
			}
			select {
			case <-b.closed:
			default:
				t.Error("the request's body is not closed")
			}
		})
	}
}

func TestBlockedRequestBodyEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := apitest.New()
		reader, _ := io.Pipe()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, apitest.BaseURL+"/v1/estateRecords", reader)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = e.RoundTrip(req)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("got %v after %v, want the deadline, after a minute", err, time.Since(start))
		}
	})
}

func TestRequestBodyThatFails(t *testing.T) {
	broken := errors.New("broken")
	e := apitest.New()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, apitest.BaseURL+"/v1/estateRecords",
		io.MultiReader(strings.NewReader("{"), errReader{broken}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.RoundTrip(req); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type errReader struct{ err error }

func (f errReader) Read([]byte) (int, error) { return 0, f.err }

func TestContentLengthMustMatchTheBody(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start().login(t)
		for _, length := range []int64{3, 200} {
			req := c.request(t, http.MethodPost, "/v1/estateRecords", `{"records":`+oneRecord+`}`)
			req.ContentLength = length
			if _, err := c.do(req); err == nil || !strings.Contains(err.Error(), "ContentLength") {
				t.Errorf("ContentLength %d: got %v, want an error that names ContentLength", length, err)
			}
		}
		if c.Len() != 0 {
			t.Error("a request with a wrong length was applied")
		}
	})
}

func TestCanceledContextSendsNothing(t *testing.T) {
	c := inProcess(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.do(c.request(t, http.MethodPost, "/v1/estateRecords", "{}").WithContext(ctx))
	if !errors.Is(err, context.Canceled) || len(c.Requests()) != 0 {
		t.Errorf("got %v and %d requests, want %v and none", err, len(c.Requests()), context.Canceled)
	}
}

func TestResponseBodyEndsWithTheContextAndWithClose(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start()
		c.Script(apitest.Repeat(2, apitest.Fault{Status: 202, Endless: true})...)
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := c.client.Do(c.request(t, http.MethodPost, "/v1/estateRecords", "{}").WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := io.Copy(io.Discard, resp.Body); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: got %v, want %v", err, context.Canceled)
		}
		resp.Body.Close()

		resp, err = c.client.Do(c.request(t, http.MethodPost, "/v1/estateRecords", "{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
			t.Error("closed: got no error")
		}
	})
}

func TestResponseIsTheSameInProcessAndOverLoopback(t *testing.T) {
	type seen struct {
		Status, Proto, ContentType, ContentLengthHeader string
		ContentLength                                   int64
	}
	var got []seen
	for _, c := range []*testClient{inProcess(t), overLoopback(t)} {
		resp, err := c.client.Do(c.request(t, http.MethodPost, "/v1/estateRecords", "{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		got = append(got, seen{
			resp.Status, resp.Proto, resp.Header.Get("Content-Type"),
			resp.Header.Get("Content-Length"), resp.ContentLength,
		})
	}
	if got[0] != got[1] {
		t.Errorf("got  %+v in process\nwant %+v, as over loopback", got[0], got[1])
	}
}

func TestEmulatorIsAHandler(t *testing.T) {
	e := apitest.New()
	s := httptest.NewTLSServer(e)
	defer s.Close()
	resp, err := s.Client().Post(s.URL+"/v1/estateRecords", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 401 {
		t.Errorf("got %d, want 401", resp.StatusCode)
	}

	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/nowhere", nil))
	if recorder.Code != 404 {
		t.Errorf("recorder: got %d, want 404", recorder.Code)
	}
}

func TestResetWithoutAConnectionAborts(t *testing.T) {
	e := apitest.New()
	e.Script(apitest.Reset())
	defer func() {
		if got, _ := recover().(error); !errors.Is(got, http.ErrAbortHandler) {
			t.Errorf("got panic %v, want %v", got, http.ErrAbortHandler)
		}
	}()
	e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/estateRecords", strings.NewReader("{}")))
}
