package api_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
)

// garbage yields bytes without end.
type garbage struct{ read int }

func (g *garbage) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	g.read += len(p)
	return len(p), nil
}

func (*garbage) Close() error { return nil }

func TestWhateverTheResponseTheErrorHasTheStatus(t *testing.T) {
	header := func(kv ...string) []string { return kv }
	for _, tt := range []struct {
		name   string
		status int
		header []string
		body   string
		want   string // what stands behind "upsert of 1 record: "
	}{
		{"the contract's error", 400, nil, `{"error":"records[0].id: too long"}`, "400 Bad Request: records[0].id: too long"},
		{"no content type", 400, header("Content-Type", ""), `{"error":"x"}`, "400 Bad Request: x"},
		{"a broken content type", 400, header("Content-Type", "text/;;;"), `{"error":"x"}`, "400 Bad Request: x"},
		{"problem+json", 400, header("Content-Type", "application/problem+json"), `{"title":"Bad","detail":"no id"}`, "400 Bad Request: Bad: no id"},
		{"a gateway's shape", 403, nil, `{"Message":"Missing Authentication Token"}`, "403 Forbidden: Missing Authentication Token"},
		{"an HTML page", 502, header("Content-Type", "text/html"), "<html><head><title>502 Bad\nGateway</title></head>", `502 Bad Gateway: a page of HTML with the title "502 Bad\nGateway"`},
		{"truncated JSON", 500, nil, `{"error":"oh n`, `500 Internal Server Error: {"error":"oh n`},
		{"plain text", 503, header("Content-Type", "text/plain"), "upstream connect error", "503 Service Unavailable: upstream connect error"},
		{"nothing", 500, nil, "", "500 Internal Server Error"},
		{"JSON of another kind", 400, nil, `[1,2]`, "400 Bad Request: [1,2]"},
		{"an error that is no text", 400, nil, `{"error":42}`, `400 Bad Request: {"error":42}`},
		{"control characters", 400, nil, "{\"error\":\"a\\u001b[31mred\\nline\\u202e\"}", "400 Bad Request: a[31mred line"},
		{"a redirect", 307, header("Location", "https://elsewhere.example"), "", "307 Temporary Redirect; redirects are not followed: check the base URL (KLARITY_API_URL)"},
		{"a success that is no 202", 200, nil, `{"message":"ok"}`, "200 OK: ok"},
		{"no content", 204, nil, "", "204 No Content"},
		{"no known status", 599, nil, "?", "599: ?"},
		{"a request ID", 404, header("X-Amzn-Requestid", "abc-1"), "", "404 Not Found (request id abc-1)"},
		{"a token in the response", 400, nil, `{"error":"bad header Bearer token-1 here"}`, "400 Bad Request: bad header Bearer REDACTED here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{response: func(*sent) (*http.Response, error) { return respond(tt.status, tt.body, tt.header...), nil }}
			c := newClient(t, s, api.WithRetry(api.RetryPolicy{MaxAttempts: -1}))
			_, err := c.UpsertAll(t.Context(), records(1))
			var e *api.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %T %v, want an *api.Error", err, err)
			}
			if want := "upsert of 1 record: " + tt.want; e.Error() != want {
				t.Errorf("got  %v\nwant %v", e, want)
			}
			if e.StatusCode != tt.status {
				t.Errorf("got status %d", e.StatusCode)
			}
		})
	}
}

func TestResponsesAreReadToABound(t *testing.T) {
	for _, status := range []int{202, 400, 502} {
		synctest.Test(t, func(t *testing.T) {
			g := &garbage{}
			s := &script{response: func(*sent) (*http.Response, error) {
				r := respond(status, "")
				r.Body = g
				return r, nil
			}}
			c := newClient(t, s, api.WithRetry(api.RetryPolicy{MaxAttempts: -1}))
			_, err := c.UpsertAll(t.Context(), records(1))
			if g.read > 1<<20 {
				t.Errorf("%d: read %d bytes of a response", status, g.read)
			}
			var e *api.Error
			if errors.As(err, &e) && (len(e.Body) > 4<<10 || len(e.Message) > 550 || len(err.Error()) > 1000) {
				t.Errorf("%d: the error holds %d bytes of body, %d of message", status, len(e.Body), len(e.Message))
			}
		})
	}
}

func TestResponseThatNeverEndsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			pr, pw := io.Pipe()
			go func() {
				<-r.Context().Done()
				pw.CloseWithError(r.Context().Err())
			}()
			resp := respond(503, "")
			resp.Body = pr
			return resp, nil
		}}
		start := time.Now()
		c := newClient(t, s, api.WithRetry(api.RetryPolicy{MaxAttempts: -1}), api.WithRequestTimeout(5*time.Second))
		_, err := c.UpsertAll(t.Context(), records(1))
		var e *api.Error
		if time.Since(start) != 5*time.Second || !errors.As(err, &e) || e.StatusCode != 503 {
			t.Errorf("took %v: %v", time.Since(start), err)
		}
	})
}

func TestRequestTimeoutIsRetriedAndNotTakenForTheCallersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		s.response = func(r *sent) (*http.Response, error) {
			if r.n < 2 {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return accepted(r), nil
		}
		report, err := newClient(t, s, api.WithRequestTimeout(3*time.Second)).UpsertAll(t.Context(), records(1))
		if err != nil || report.Requests != 3 {
			t.Errorf("got %+v, %v", report, err)
		}
	})
}

func TestErrorWithoutAResponse(t *testing.T) {
	s := &script{response: func(*sent) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }}
	c := newClient(t, s, api.WithRetry(api.RetryPolicy{MaxAttempts: 2, BaseDelay: 1}))
	_, err := c.UpsertAll(t.Context(), records(1))
	var e *api.Error
	if !errors.As(err, &e) || e.StatusCode != 0 || !e.Retryable() || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("got %v", err)
	}
	if want := "upsert of 1 record: unexpected EOF (tried 2 times)"; e.Error() != want {
		t.Errorf("got %v\nwant %v", e, want)
	}
}

func TestSentinels(t *testing.T) {
	for _, tt := range []struct {
		status    int
		is        error
		retryable bool
	}{
		{400, api.ErrBadRequest, false}, {401, api.ErrUnauthorized, false}, {403, nil, false}, {404, nil, false},
		{408, nil, true}, {409, nil, false}, {413, api.ErrTooLarge, false}, {429, api.ErrRateLimited, true},
		{500, nil, true}, {501, nil, false}, {502, nil, true}, {503, nil, true}, {504, nil, true}, {505, nil, false},
	} {
		err := &api.Error{Operation: "upsert", StatusCode: tt.status}
		for _, sentinel := range []error{api.ErrBadRequest, api.ErrUnauthorized, api.ErrTooLarge, api.ErrRateLimited, api.ErrCredentials, api.ErrInvalid} {
			if got := errors.Is(err, sentinel); got != (sentinel == tt.is) {
				t.Errorf("%d: errors.Is(%v) is %v", tt.status, sentinel, got)
			}
		}
		if err.Retryable() != tt.retryable {
			t.Errorf("%d: Retryable is %v", tt.status, err.Retryable())
		}
	}
	if e := (&api.Error{Operation: "token", StatusCode: 401}); errors.Is(e, api.ErrUnauthorized) || !errors.Is(e, api.ErrCredentials) {
		t.Error("a 401 of the identity service is about the credentials, not the token")
	}
}

func TestTransportWithoutManners(t *testing.T) {
	for name, rt := range map[string]http.RoundTripper{
		"nil response": roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "token") {
				return respond(200, `{"access_token":"a"}`), nil
			}
			return nil, nil
		}),
		"nil header": roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "token") {
				return respond(200, `{"access_token":"a"}`), nil
			}
			return &http.Response{StatusCode: 418, Body: http.NoBody}, nil
		}),
	} {
		c, err := api.New(api.Credentials{ClientID: "a", ClientSecret: "b"}, api.WithTransport(rt), api.WithRetry(api.RetryPolicy{MaxAttempts: -1}))
		if err != nil {
			t.Fatal(err)
		}
		if report, err := c.UpsertAll(t.Context(), records(1)); err == nil || report.Failed != 1 {
			t.Errorf("%s: got %v, %v", name, report, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// net/http looks at where a redirect goes before it asks whether to follow it.
func TestErrorOfARedirectToNoURLHasItsStatus(t *testing.T) {
	for _, location := range []string{"%zz", "http://[::1", "\x7f"} {
		redirect := func() (*http.Response, error) { return respond(307, "", "Location", location), nil }
		for operation, s := range map[string]*script{
			"token":  {token: func(*http.Request) (*http.Response, error) { return redirect() }},
			"upsert": {response: func(*sent) (*http.Response, error) { return redirect() }},
		} {
			report, err := newClient(t, s, api.WithRetry(api.RetryPolicy{BaseDelay: 1})).UpsertAll(t.Context(), records(1))
			var e *api.Error
			if !errors.As(err, &e) || e.StatusCode != 307 || e.Operation != operation || report.Retries > 2 {
				t.Errorf("%s to %q: got %v after %d retries", operation, location, err, report.Retries)
			}
		}
	}
}

// net/http quotes what it cannot read, and what a proxy responds with.
func TestErrorOfATransportIsALine(t *testing.T) {
	for name, response := range map[string]string{
		"no HTTP":                strings.Repeat("x", 1<<20) + "\r\n\r\n",
		"a header without colon": "HTTP/1.1 202 Accepted\r\n" + strings.Repeat("x", 1<<20) + "\r\n\r\n",
		"a proxy's refusal":      "HTTP/1.1 502 \x1b[31mred\xff " + strings.Repeat("x", 1<<20) + "\r\n\r\n",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					io.Copy(io.Discard, req.Body) // what is left unread would reset the connection
				}
				io.WriteString(conn, response)
				conn.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, conn)
				conn.Close()
			}
		}()
		base, opts := "http://"+l.Addr().String(), []api.Option{noRetry}
		if strings.Contains(name, "proxy") {
			opts = append(opts, api.WithTransport(&http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: l.Addr().String()})}))
			base = "https://klarity.invalid"
		}
		for _, opt := range []api.Option{noRetry, ownToken} {
			_, err := over(t, base, append(opts, opt)...).UpsertAll(t.Context(), records(1))
			if err == nil || !strings.Contains(err.Error(), "xxxx") {
				t.Errorf("%s: got %.2000v", name, err)
				continue
			}
			line(t, name, fmt.Sprintf("%.2000s", err))
		}
	}
}
