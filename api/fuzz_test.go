package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/klarity-go/klarity/api"
)

// fuzzToken is a token with all that a header can carry and that JSON and URLs quote.
const fuzzToken = `t0k3n-"quoted"-&-<\>%-long`

// fuzzed is a response of what a fuzzer made: any status of three digits, lines of headers,
// and a body. Where these have one of the marks, the response repeats what it stands for; in
// JSON, as JSON quotes it.
func fuzzed(status int, header, body string, marks map[string]string) *http.Response {
	if status < 100 || status > 999 {
		status = 100 + int(uint(status)%900)
	}
	inJSON := json.Valid([]byte(body))
	for mark, text := range marks {
		header = strings.ReplaceAll(header, mark, text)
		if inJSON {
			quoted, _ := json.Marshal(text)
			text = string(quoted[1 : len(quoted)-1])
		}
		body = strings.ReplaceAll(body, mark, text)
	}
	resp := respond(status, body)
	for field := range strings.Lines(header) {
		name, value, _ := strings.Cut(strings.TrimSuffix(field, "\n"), ":")
		resp.Header.Add(name, strings.TrimPrefix(value, " "))
	}
	return resp
}

// hidden verifies that a text has neither the secret nor the token in it, nor enough of
// one to tell.
func hidden(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{"s3cr3t-", "t0k3n-"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows %q: %q", what, secret, text)
		}
	}
}

// line verifies that a text is fit for one line of a log, and hides what must be hidden.
func line(t *testing.T, what, text string) {
	t.Helper()
	hidden(t, what, text)
	if len(text) > 1200 {
		t.Errorf("%s has %d bytes", what, len(text))
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("%s is not a line that can be printed: %q", what, text)
	}
}

// Whatever the API responds with, each record gets one outcome, which is Accepted after a 202
// and only then, and an error that tells the status in a line.
func FuzzResponse(f *testing.F) {
	for _, seed := range []struct {
		status       int
		header, body string
	}{
		{202, "", `{"message":"Accepted 3 estate records"}`},
		{202, "Content-Type: text/;;;\n", "\x00"},
		{400, "", `{"error":"records[1].id: too long"}`},
		{400, "", `{"error":"\ud800\u202e\u001b[31m\n` + strings.Repeat("é", 300) + `"}`},
		{401, "X-Request-Id: {token}\n", `{"error":{"message":"Bearer {token}"}}`},
		{403, "", "Bearer {token}\r\nBearer {token}"},
		{307, "Location: %zz\n", ""},
		{308, "Location: https://a.example/{secret}\n", "{secret}"},
		{400, "X-Request-Id: {secret}\n", `{"error":"{secret}"}`},
		{413, "Retry-After: 1\n", ""},
		{429, "Retry-After: 7\nRetry-After: 8\n", `[{"error":"slow down"}]`},
		{502, "Content-Type: text/html\nX-Amz-Cf-Id: \xff\n", "<html><title>{token}</title>"},
		{504, "", strings.Repeat("{token}é", 1000)},
		{999, "\n: \nno colon\nX-Correlation-Id:\t\n", "\xff\xfe{token}\xff"},
	} {
		f.Add(seed.status, seed.header, seed.body, false)
		f.Add(seed.status, seed.header, seed.body, true)
	}
	f.Fuzz(func(t *testing.T, status int, header, body string, again bool) {
		synctest.Test(t, func(t *testing.T) {
			response := func() *http.Response {
				return fuzzed(status, header, body, map[string]string{"{token}": fuzzToken, "{secret}": testSecret})
			}
			status := response().StatusCode
			token, _ := json.Marshal(map[string]string{"access_token": fuzzToken})
			s := &script{
				token:    func(*http.Request) (*http.Response, error) { return respond(200, string(token)), nil },
				response: func(*sent) (*http.Response, error) { return response(), nil },
			}
			policy := api.RetryPolicy{MaxAttempts: -1}
			if again {
				policy = api.RetryPolicy{MaxAttempts: 2, BaseDelay: 1, Patience: -1}
			}
			var logs bytes.Buffer
			c := newClient(t, s, api.WithRetry(policy), api.WithLogger(slog.New(slog.NewTextHandler(&logs, nil))))
			var got results
			report, err := c.UpsertAll(t.Context(), records(3), got.option())
			got.check(t, 3, report)
			hidden(t, "the log", logs.String())
			if n := len(s.requests()); n > 5 { // as many as it takes to halve three records to the end
				t.Errorf("%d requests for 3 records", n)
			}
			if status == http.StatusAccepted {
				if err != nil || report.Accepted != 3 {
					t.Errorf("202: got %v, %v", report, err)
				}
				return
			}
			if err == nil || report.Accepted != 0 {
				t.Fatalf("%d: got %v, %v", status, report, err)
			}
			line(t, "the run's error", err.Error())
			for _, res := range got.all {
				var e *api.Error
				if !errors.As(res.Err, &e) || e.StatusCode != status || e.Operation != "upsert" {
					t.Fatalf("record %d: got %v, want an *api.Error with status %d", res.Index, res.Err, status)
				}
				line(t, "a record's error", e.Error())
				hidden(t, "the error's body", string(e.Body))
				if len(e.Message) > 550 || len(e.Body) > 4<<10 || len(e.RequestID) > 160 {
					t.Errorf("the error holds %d bytes of message, %d of body, %d of request ID", len(e.Message), len(e.Body), len(e.RequestID))
				}
			}
		})
	})
}

// Whatever the identity service responds with, there is a token that is sent as it is, or an
// error that tells in a line why there is none; and it is not asked over and over.
func FuzzTokenResponse(f *testing.F) {
	for _, seed := range []struct {
		status       int
		header, body string
	}{
		{200, "", `{"access_token":"abc","token_type":"bearer","expires_in":60}`},
		{200, "Content-Type: text/html\n", `{"access_token":"a b"}`},
		{200, "", `{"access_token":"abc","token_type":"mac"}`},
		{200, "", `{"access_token":"abc","expires_in":"3600"}`},
		{200, "", `{"access_token":"abc","expires_in":-9223372036854775808}`},
		{200, "", `{"access_token":"abc","expires_in":0.001}`},
		{200, "", `{"access_token":"abc","expires_in":"NaN"}`},
		{200, "", `{"access_token":["abc"]}`},
		{200, "", "<html><title>Log in with {secret}</title>"},
		{302, "Location: http://[::1\n", ""},
		{200, "", `{"access_token":"abc","token_type":"{secret}"}`},
		{204, "", ""},
		{400, "", `{"error":"invalid_request","error_description":"{secret}","error_uri":"https://{secret}"}`},
		{429, "Retry-After: 100000\n", ""},
		{503, "Retry-After: 1\nX-Request-Id: {secret}\n", "{secret}\x1b]0;\x07"},
	} {
		f.Add(seed.status, seed.header, seed.body)
	}
	f.Fuzz(func(t *testing.T, status int, header, body string) {
		synctest.Test(t, func(t *testing.T) {
			s := &script{token: func(*http.Request) (*http.Response, error) {
				return fuzzed(status, header, body, map[string]string{"{secret}": testSecret}), nil
			}}
			s.response = func(r *sent) (*http.Response, error) {
				if r.n == 0 {
					return respond(401, ""), nil // so that there is a second token
				}
				return accepted(r), nil
			}
			var logs bytes.Buffer
			c := newClient(t, s, api.WithRetry(api.RetryPolicy{MaxAttempts: 2, BaseDelay: 1}),
				api.WithLogger(slog.New(slog.NewTextHandler(&logs, nil))))
			var got results
			report, err := c.UpsertAll(t.Context(), records(3), got.option())
			got.check(t, 3, report)
			synctest.Wait() // a failure is logged when those who waited know it
			hidden(t, "the log", logs.String())
			if err != nil {
				var e *api.Error
				if !errors.As(err, &e) || e.Operation != "token" || len(s.requests()) > 0 {
					t.Fatalf("got %v after %d requests, want an error about the token before any", err, len(s.requests()))
				}
				if s.tokens > 2 {
					t.Errorf("%d token requests in 2 attempts", s.tokens)
				}
				line(t, "the error", err.Error())
				hidden(t, "the error's body", string(e.Body))
				for e := error(e); e != nil; e = errors.Unwrap(e) {
					hidden(t, "a cause", e.Error())
				}
				return
			}

			token, err := c.Token(t.Context())
			if err != nil || report.Accepted != 3 || s.tokens != 2 {
				t.Fatalf("got %v, %v, after %d token requests; want 2", report, err, s.tokens)
			}
			if token.AccessToken == "" || strings.ContainsFunc(token.AccessToken, func(r rune) bool { return r < '!' || r > '~' }) {
				t.Errorf("took %q, which no header can carry", token.AccessToken)
			}
			for _, r := range s.requests() {
				if a := r.Header["Authorization"]; len(a) != 1 || a[0] != "Bearer "+token.AccessToken {
					t.Errorf("sent %q with the token %q", a, token.AccessToken)
				}
			}
			if life := time.Until(token.Expiry); token.ExpiresIn < 0 || !token.Expiry.IsZero() && (life <= 0 || life > 24*time.Hour) {
				t.Errorf("the token lives for %v (%d s)", life, token.ExpiresIn)
			}
			for range 30 { // three seconds, in which the shortest life is refreshed three times
				time.Sleep(100 * time.Millisecond)
				if _, err := c.Token(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
			if s.tokens > 2+3 {
				t.Errorf("%d token requests in three seconds", s.tokens-2)
			}
		})
	})
}

// Whatever stands in Retry-After and Date, the wait is what RFC 9110 makes of it.
func FuzzRetryAfter(f *testing.F) {
	const date = "Fri, 13 Nov 2026 12:00:00 GMT"
	for _, value := range []string{
		"", "0", "120", " 7\t", "007", "9223372036", "9223372037", "-1", "1.5", "1e3", "0x10", "٣", "soon", "5, 10",
		date, "Fri, 13 Nov 2026 12:02:00 GMT", "Friday, 13-Nov-26 11:59:59 GMT", "Fri Nov 13 12:00:01 2026",
	} {
		f.Add(value, "")
		f.Add(value, date)
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		synctest.Test(t, func(t *testing.T) {
			s := &script{response: func(*sent) (*http.Response, error) {
				return respond(503, "", "Retry-After", value, "Date", date), nil
			}}
			c := newClient(t, s, api.WithRetry(api.RetryPolicy{MaxAttempts: -1}))
			_, err := c.UpsertAll(t.Context(), records(1))
			var e *api.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if want := asked(value, date, time.Now()); e.RetryAfter != want || e.RetryAfter < 0 {
				t.Errorf("%q at %q: got %v, want %v", value, date, e.RetryAfter, want)
			}
		})
	})
}

var delaySeconds = regexp.MustCompile(`^[0-9]+$`)

// asked is how long a Retry-After asks to wait, reckoned with numbers of any size.
func asked(value, date string, now time.Time) time.Duration {
	second := big.NewInt(int64(time.Second))
	since1970 := func(t time.Time) *big.Int {
		n := new(big.Int).Mul(big.NewInt(t.Unix()), second)
		return n.Add(n, big.NewInt(int64(t.Nanosecond())))
	}
	wait := new(big.Int)
	if value = strings.TrimSpace(value); delaySeconds.MatchString(value) {
		wait.SetString(value, 10)
		wait.Mul(wait, second)
	} else if at, err := http.ParseTime(value); err == nil {
		if d, err := http.ParseTime(date); err == nil {
			now = d
		}
		wait.Sub(since1970(at), since1970(now))
	}
	switch {
	case wait.Sign() < 0:
		return 0
	case !wait.IsInt64():
		return math.MaxInt64
	}
	return time.Duration(wait.Int64())
}
