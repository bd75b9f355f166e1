package apitest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

const oneRecord = `[{"id":"a","type":"b"}]`

func TestFaultsThatRespond(t *testing.T) {
	date := "Wed, 21 Oct 2026 07:28:00 GMT"
	for _, test := range []struct {
		name        string
		fault       apitest.Fault
		status      int
		header      map[string]string
		body        string // a part of it
		length      int    // of the body, if not 0
		wantRecords int    // records in the estate afterwards
	}{
		{"none", apitest.Fault{}, 202, map[string]string{"Content-Type": "application/json"}, "Accepted 1", 0, 1},
		{"500", apitest.Status(500), 500, map[string]string{"Content-Type": "application/json"}, `{"error":"Internal Server Error"}`, 0, 0},
		{"429 with seconds", apitest.RetryAfter(429, "7"), 429, map[string]string{"Retry-After": "7"}, `"error"`, 0, 0},
		{"429 with a date", apitest.RetryAfter(429, date), 429, map[string]string{"Retry-After": date}, `"error"`, 0, 0},
		{"503 with an invalid Retry-After", apitest.RetryAfter(503, "-1e9"), 503, map[string]string{"Retry-After": "-1e9"}, `"error"`, 0, 0},
		{"502 in HTML", apitest.HTML(502), 502, map[string]string{"Content-Type": "text/html; charset=utf-8"}, "<h1>502 Bad Gateway</h1>", 0, 0},
		{"202 with an empty body", apitest.Accepted(""), 202, nil, "", 0, 1},
		{"202 with another body", apitest.Accepted("OK then"), 202, map[string]string{"Content-Type": "text/plain; charset=utf-8"}, "OK then", 7, 1},
		{"202 with a huge body", apitest.Accepted(strings.Repeat("x", 5<<20)), 202, nil, "xxx", 5 << 20, 1},
		{"another body on the regular response", apitest.Fault{Body: "{"}, 202, map[string]string{"Content-Type": "application/json"}, "{", 1, 1},
		{"another header on the regular response", apitest.Fault{Header: http.Header{"x-request-id": {"r1"}}}, 202, map[string]string{"X-Request-Id": "r1"}, "Accepted 1", 0, 1},
		{"applied, with a 500 response", apitest.Fault{Status: 500, Apply: true}, 500, nil, "", 0, 1},
		{"an unknown status", apitest.Fault{Status: 799, Body: "{}"}, 799, map[string]string{"Content-Type": "application/json"}, "{}", 0, 0},
		{"an invalid status", apitest.Fault{Status: 99}, 500, nil, "Fault.Status is 99", 0, 0},
		{"revoked", apitest.Fault{Revoke: true}, 401, nil, "revoked", 0, 0},
		{"problem+json", apitest.Fault{Status: 400, Header: http.Header{"Content-Type": {"application/problem+json"}}, Body: `{"title":"no"}`}, 400,
			map[string]string{"Content-Type": "application/problem+json"}, `{"title":"no"}`, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
				c := start().login(t)
				c.Script(test.fault)
				r := c.upsert(t, oneRecord)
				if r.status != test.status {
					t.Errorf("got status %d, want %d", r.status, test.status)
				}
				if !strings.Contains(r.body, test.body) {
					t.Errorf("got the body %.200q, want %q in it", r.body, test.body)
				}
				if test.length > 0 && len(r.body) != test.length {
					t.Errorf("got a body of %d bytes, want %d", len(r.body), test.length)
				}
				for name, want := range test.header {
					if got := r.header.Get(name); got != want {
						t.Errorf("%s: got %q, want %q", name, got, want)
					}
				}
				if got := c.Len(); got != test.wantRecords {
					t.Errorf("records: got %d, want %d", got, test.wantRecords)
				}
				requests := c.Requests()
				if got := requests[len(requests)-1]; got.Status != test.status || got.Applied != test.wantRecords {
					t.Errorf("recorded: got status %d, %d applied, want %d, %d", got.Status, got.Applied, test.status, test.wantRecords)
				}
				if !strings.Contains(test.name, "revoked") {
					c.mustUpsert(t, oneRecord) // the script is over
				}
			})
		})
	}
}

func TestFaultsThatResetTheConnection(t *testing.T) {
	for _, test := range []struct {
		name        string
		fault       apitest.Fault
		wantRecords int
	}{
		{"reset", apitest.Reset(), 0},
		{"dropped response", apitest.DropResponse(), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
				c := start().login(t)
				c.Script(test.fault)
				_, err := c.do(c.request(t, http.MethodPost, "/v1/estateRecords", `{"records":`+oneRecord+`}`))
				// Which of the two a client sees over TCP depends on when it reads.
				if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
					t.Errorf("got %v, want a connection reset", err)
				}
				if got := c.Len(); got != test.wantRecords {
					t.Errorf("records: got %d, want %d", got, test.wantRecords)
				}
				requests := c.Requests()
				if got := requests[len(requests)-1]; got.Status != 0 || got.Applied != test.wantRecords {
					t.Errorf("recorded: got status %d, %d applied, want none, %d", got.Status, got.Applied, test.wantRecords)
				}
			})
		})
	}
}

func TestTruncatedResponse(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault apitest.Fault
		want  string
	}{
		{"regular response", apitest.Truncate(), `{"message":"Accepte`},
		{"500", apitest.Fault{Status: 500, Body: `{"error":"abc"}`, Truncate: true}, `{"error`},
		{"empty body", apitest.Fault{Status: 202, Truncate: true}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
				c := start().login(t)
				c.Script(test.fault)
				r, err := c.do(c.request(t, http.MethodPost, "/v1/estateRecords", `{"records":`+oneRecord+`}`))
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("got error %v, want %v", err, io.ErrUnexpectedEOF)
				}
				if !strings.HasPrefix(r.body, test.want) || len(r.body) > 30 {
					t.Errorf("got %q, want at most 30 bytes that begin with %q", r.body, test.want)
				}
			})
		})
	}
}

func TestHangEndsWithTheContext(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start().login(t)
		c.Script(apitest.Hang(), apitest.Fault{Hang: true, Apply: true}, apitest.Delay(time.Hour))
		cause := errors.New("enough")
		for range 3 {
			ctx, cancel := context.WithCancelCause(t.Context())
			c.Intercept() // keeps the scripted faults
			req := c.request(t, http.MethodPost, "/v1/estateRecords", `{"records":`+oneRecord+`}`).WithContext(ctx)
			arrived := len(c.Requests())
			done := make(chan error)
			go func() {
				_, err := c.do(req)
				done <- err
			}()
			for len(c.Requests()) == arrived {
				select {
				case err := <-done:
					t.Fatalf("the request ended by itself: %v", err)
				default:
				}
			}
			cancel(cause)
			if err := <-done; !errors.Is(err, cause) && !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the context's error", err)
			}
		}
	})
}

func TestEndlessResponse(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start().login(t)
		c.Script(apitest.Fault{Endless: true, Body: "ab"}, apitest.Fault{Status: 500, Endless: true})
		for _, want := range []string{"abab", "    "} {
			resp, err := c.client.Do(c.request(t, http.MethodPost, "/v1/estateRecords", `{"records":`+oneRecord+`}`))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 1<<20)
			if _, err := io.ReadFull(resp.Body, got); err != nil {
				t.Errorf("read: %v", err)
			}
			resp.Body.Close()
			if !bytes.HasPrefix(got, []byte(want)) || !bytes.HasSuffix(got, []byte(want)) {
				t.Errorf("got %q … %q, want %q over and over", got[:8], got[len(got)-8:], want)
			}
		}
	})
}

func TestEndlessGzipResponse(t *testing.T) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	zip.Write(make([]byte, 1<<20))
	zip.Close()
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start().login(t)
		c.Script(apitest.Fault{
			Status: 202, Endless: true, Body: packed.String(),
			Header: http.Header{"Content-Encoding": {"gzip"}},
		}, apitest.Fault{
			Status: 202, Body: "this is no gzip", Header: http.Header{"Content-Encoding": {"gzip"}},
		})
		resp, err := c.client.Do(c.request(t, http.MethodPost, "/v1/estateRecords", "{}"))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.CopyN(io.Discard, resp.Body, 5<<20)
		resp.Body.Close()
		if n != 5<<20 || err != nil || !resp.Uncompressed {
			t.Errorf("got %d bytes, %v, uncompressed %v, want %d, more than one gzip member, uncompressed", n, err, resp.Uncompressed, 5<<20)
		}
		if _, err := c.do(c.request(t, http.MethodPost, "/v1/estateRecords", "{}")); !errors.Is(err, gzip.ErrHeader) {
			t.Errorf("no gzip: got %v, want %v", err, gzip.ErrHeader)
		}
	})
}

func TestScriptThenHooks(t *testing.T) {
	c := inProcess(t).login(t)
	c.Script(apitest.Fault{}, apitest.Status(500))
	c.Script(apitest.Repeat(2, apitest.Status(503))...)
	var seen []string
	c.Intercept(nil, func(r *apitest.Request) *apitest.Fault {
		seen = append(seen, string(r.Operation)+" "+string(r.Body))
		return nil
	}, func(*apitest.Request) *apitest.Fault {
		f := apitest.Status(418)
		return &f
	})
	if got := c.Scripted(); got != 4 {
		t.Errorf("scripted: got %d, want 4", got)
	}
	for i, want := range []int{202, 500, 503, 503, 418} {
		if got := c.upsert(t, oneRecord).status; got != want {
			t.Errorf("request %d: got %d, want %d", i, got, want)
		}
	}
	if want := `upsertEstateRecords {"records":` + oneRecord + `}`; len(seen) != 1 || seen[0] != want {
		t.Errorf("the hook saw %q, want %q", seen, want)
	}
	c.Intercept()
	c.mustUpsert(t, oneRecord)
}

func TestTokenEndpointHasItsOwnFaults(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start()
		c.Script(apitest.Status(500))
		c.ScriptToken(apitest.HTML(502), apitest.Fault{Body: `{"access_token":"x","expires_in":-1}`})
		c.InterceptToken(apitest.RateLimit(1, time.Hour, true))
		creds := c.Credentials()
		good := tokenRequest(creds.ClientID, creds.ClientSecret, apitest.DefaultAudience)
		for i, want := range []int{502, 200, 200, 429} {
			if r := c.requestToken(t, "application/json", good); r.status != want {
				t.Errorf("request %d: got %d %s, want %d", i, r.status, r.body, want)
			}
		}
		if got := c.Scripted(); got != 1 {
			t.Errorf("scripted: got %d, want 1, the API's", got)
		}
	})
}

func TestHookMayCallTheEmulator(t *testing.T) {
	c := inProcess(t).login(t)
	var once sync.Once
	c.Intercept(func(*apitest.Request) *apitest.Fault {
		once.Do(func() {
			c.RotateSecret()
			c.RevokeTokens()
			c.Script(apitest.Status(503))
			c.Requests()
		})
		return nil
	})
	for i, want := range []int{401, 503, 401} {
		if got := c.upsert(t, oneRecord).status; got != want {
			t.Errorf("request %d: got %d, want %d", i, got, want)
		}
	}
	c.login(t).mustUpsert(t, oneRecord)
}

func TestDelayWaitsUnlessTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := inProcess(t).login(t)
		c.Script(apitest.Delay(time.Minute), apitest.Delay(time.Hour))
		start := time.Now()
		c.mustUpsert(t, oneRecord)
		if got := time.Since(start); got != time.Minute {
			t.Errorf("took %v, want a minute", got)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		_, err := c.do(c.request(t, http.MethodPost, "/v1/estateRecords", `{"records":[{"id":"b","type":"b"}]}`).WithContext(ctx))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want the deadline, after a second", err, time.Since(start))
		}
		if got := c.Len(); got != 1 {
			t.Errorf("got %d records, want 1: the second request must not be applied", got)
		}

		c.Script(apitest.Hang())
		c.client.Timeout = time.Second
		start = time.Now()
		_, err = c.do(c.request(t, http.MethodPost, "/v1/estateRecords", `{}`))
		if err == nil || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want the client's timeout, after a second", err, time.Since(start))
		}
	})
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := inProcess(t).login(t)
		expect := func(status int, retryAfter string) {
			t.Helper()
			if r := c.upsert(t, oneRecord); r.status != status || r.header.Get("Retry-After") != retryAfter {
				t.Errorf("got %d, Retry-After %q, want %d, %q", r.status, r.header.Get("Retry-After"), status, retryAfter)
			}
		}
		c.Intercept(apitest.RateLimit(2, 10*time.Second, true))
		expect(202, "")
		time.Sleep(1500 * time.Millisecond)
		expect(202, "")
		expect(429, "9")
		time.Sleep(8499 * time.Millisecond)
		expect(429, "1")
		time.Sleep(time.Millisecond)
		expect(202, "")
		c.Intercept(apitest.RateLimit(0, time.Second, false))
		expect(429, "")
	})
}
