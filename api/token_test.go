package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/api"
)

func TestTokenRequestIsWhatTheIdentityServiceDocuments(t *testing.T) {
	s := &script{}
	s.token = func(r *http.Request) (*http.Response, error) {
		var got map[string]string
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		want := map[string]string{"client_id": testID, "client_secret": testSecret, "audience": api.DefaultAudience, "grant_type": "client_credentials"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		if r.Method != "POST" || r.URL.String() != api.DefaultTokenURL || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("got %s %s, %v", r.Method, r.URL, r.Header)
		}
		return respond(200, `{"access_token":"abc","expires_in":60}`), nil
	}
	token, err := newClient(t, s).Token(t.Context())
	if err != nil || token.AccessToken != "abc" || token.Type() != "Bearer" {
		t.Errorf("got %v, %v", token, err)
	}
}

// slowTokens counts token requests and takes a second for each.
func slowTokens(response string) (*script, *atomic.Int64) {
	var n atomic.Int64
	return &script{token: func(r *http.Request) (*http.Response, error) {
		i := n.Add(1)
		select {
		case <-time.After(time.Second):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		return respond(200, fmt.Sprintf(response, i)), nil
	}}, &n
}

func TestTokenIsFetchedOnceHoweverManyAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, n := slowTokens(`{"access_token":"t%d","expires_in":3600}`)
		c := newClient(t, s)
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if token, err := c.Token(t.Context()); err != nil || token.AccessToken != "t1" {
					t.Errorf("got %v, %v", token, err)
				}
			})
		}
		wg.Wait()
		if n.Load() != 1 {
			t.Errorf("%d token requests, want 1", n.Load())
		}
	})
}

func TestOneCallersEndDoesNotFailAnothersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, n := slowTokens(`{"access_token":"t%d","expires_in":3600}`)
		c := newClient(t, s)
		first, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			start := time.Now()
			if _, err := c.Token(first); !errors.Is(err, context.Canceled) || time.Since(start) != 500*time.Millisecond {
				t.Errorf("got %v after %v", err, time.Since(start))
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if token, err := c.Token(t.Context()); err != nil || token.AccessToken != "t1" {
				t.Errorf("got %v, %v", token, err)
			}
		})
		time.Sleep(500 * time.Millisecond)
		cancel()
		wg.Wait()
		if n.Load() != 1 {
			t.Errorf("%d token requests, want 1", n.Load())
		}
	})
}

func TestTokenRequestEndsWhenNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan time.Duration, 1)
		start := time.Now()
		s := &script{token: func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			ended <- time.Since(start)
			return nil, r.Context().Err()
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := newClient(t, s).Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if d := <-ended; d != time.Second {
			t.Errorf("the request ended after %v, want 1s", d)
		}
	})
}

func TestTokenIsRefreshedAheadWhileTheOldOneServes(t *testing.T) {
	for _, life := range []time.Duration{10 * time.Second, time.Minute, time.Hour, 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			s, n := slowTokens(`{"access_token":"t%d","expires_in":` + fmt.Sprint(life.Seconds()) + `}`)
			c := newClient(t, s)
			get := func() string {
				start := time.Now()
				token, err := c.Token(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if n.Load() > 1 && time.Since(start) != 0 {
					t.Errorf("life %v: a caller waited %v", life, time.Since(start))
				}
				return token.AccessToken
			}
			get()
			lead := min(life/5, 5*time.Minute)
			time.Sleep(life - lead - time.Millisecond)
			get()
			if n.Load() != 1 {
				t.Errorf("life %v: fetched again before the lead", life)
			}
			time.Sleep(2 * time.Millisecond)
			if got := get(); got != "t1" {
				t.Errorf("life %v: got %s while the refresh is under way", life, got)
			}
			time.Sleep(2 * time.Second)
			if got := get(); got != "t2" || n.Load() != 2 {
				t.Errorf("life %v: got %s after %d requests", life, got, n.Load())
			}
		})
	}
}

func TestFailedRefreshKeepsTheOldTokenAndDoesNotHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n int
		s := &script{token: func(*http.Request) (*http.Response, error) {
			if n++; n > 1 {
				return respond(503, "down"), nil
			}
			return respond(200, `{"access_token":"t1","expires_in":1000}`), nil
		}}
		c := newClient(t, s)
		for range 985 {
			if token, err := c.Token(t.Context()); err != nil || token.AccessToken != "t1" {
				t.Fatalf("got %v, %v", token, err)
			}
			time.Sleep(time.Second)
		}
		if n < 10 || n > 21 {
			t.Errorf("%d token requests in the last 200 s of a token, want one in 10 s", n)
		}
	})
}

func TestLifetimeThatIsMissingOrAbsurd(t *testing.T) {
	for _, tt := range []struct {
		expiresIn string
		renewed   time.Duration // at the latest
	}{
		{``, 5 * time.Minute}, {`,"expires_in":0`, 5 * time.Minute}, {`,"expires_in":-3`, 5 * time.Minute},
		{`,"expires_in":null`, 5 * time.Minute}, {`,"expires_in":"soon"`, 5 * time.Minute}, {`,"expires_in":{}`, 5 * time.Minute},
		{`,"expires_in":0.3`, 5 * time.Minute}, {`,"expires_in":"120"`, 2 * time.Minute}, {`,"expires_in":120.5`, 2 * time.Minute},
		{`,"expires_in":1e300`, 24 * time.Hour}, {`,"expires_in":1e999`, 24 * time.Hour}, {`,"expires_in":99999999999999999999`, 24 * time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, n := slowTokens(`{"access_token":"t%d"` + tt.expiresIn + `}`)
			c := newClient(t, s)
			get := func() string {
				token, err := c.Token(t.Context())
				if err != nil {
					t.Fatalf("%s: %v", tt.expiresIn, err)
				}
				return token.AccessToken
			}
			get()
			time.Sleep(tt.renewed / 2)
			if get() != "t1" {
				t.Errorf("%s: renewed too early", tt.expiresIn)
			}
			time.Sleep(tt.renewed / 2)
			if get(); n.Load() != 2 {
				t.Errorf("%s: not renewed after %v", tt.expiresIn, tt.renewed)
			}
			synctest.Wait()
			time.Sleep(2 * time.Second)
		})
	}
}

func TestRefusedCredentialsAreRememberedForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		s := &script{token: func(*http.Request) (*http.Response, error) {
			n.Add(1)
			return respond(401, `{"error":"access_denied","error_description":"Unauthorized: `+`s3cr3t-\"quoted\"-&-long is wrong"}`), nil
		}}
		c := newClient(t, s)
		var last error
		for range 100 {
			_, last = c.Token(t.Context())
		}
		if n.Load() != 1 {
			t.Errorf("%d token requests for 100 calls in a moment, want 1", n.Load())
		}
		time.Sleep(11 * time.Second)
		c.Token(t.Context())
		if n.Load() != 2 {
			t.Errorf("%d token requests after the moment, want 2", n.Load())
		}
		var re *oauth2.RetrieveError
		if !errors.As(last, &re) || re.ErrorCode != "access_denied" || re.Response.StatusCode != 401 || !errors.Is(last, api.ErrCredentials) {
			t.Errorf("got %#v", last)
		}
		want := `token request: 401 Unauthorized: access_denied: Unauthorized: REDACTED is wrong; check the integration's ID and secret (KLARITY_CLIENT_ID, KLARITY_CLIENT_SECRET; a regenerated secret ends the old one) and the audience (KLARITY_AUDIENCE)`
		if last.Error() != want {
			t.Errorf("got  %v\nwant %v", last, want)
		}
		// Reading stops at once: a million records would fare no better.
		report, err := c.Upsert(t.Context(), endless, api.InFlight(1))
		if !errors.Is(err, api.ErrCredentials) || report.Inputs > 20_000 || report.Failed != report.Inputs {
			t.Errorf("got %v, %v", report, err)
		}
	})
}

func TestResponsesThatAreNoToken(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		want   string
	}{
		{200, `<html>login</html>`, "is not a token: it is no JSON object"},
		{200, `{}`, "it has no access_token"},
		{200, `{"access_token":""}`, "it has no access_token"},
		{200, "{\"access_token\":\"a\\r\\nX: y\"}", "characters that no header can carry"},
		{200, `{"access_token":"a","token_type":"mac"}`, `its token_type is "mac", want Bearer`},
		{200, `{"access_token":"a`, "it is no JSON object"},
		{200, `{"access_token":"` + strings.Repeat("a", 1<<20) + `"}`, "it is no JSON object"},
		{404, `not here`, "check the token URL (KLARITY_TOKEN_URL)"},
		{302, ``, "token request: 302 Found"},
		{500, `{"error":{"message":"oops"}}`, "token request: 500 Internal Server Error: oops"},
	} {
		s := &script{token: func(*http.Request) (*http.Response, error) { return respond(tt.status, tt.body), nil }}
		_, err := newClient(t, s).Token(t.Context())
		var e *api.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || e.Operation != "token" {
			t.Errorf("%d %.40q: got %v, want ...%s...", tt.status, tt.body, err, tt.want)
		}
	}
}

type tokenSource func() (*oauth2.Token, error)

func (f tokenSource) Token() (*oauth2.Token, error) { return f() }

func TestOwnTokenSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		source := tokenSource(func() (*oauth2.Token, error) {
			calls++
			return &oauth2.Token{AccessToken: fmt.Sprint("own-", calls), Expiry: time.Now().Add(time.Hour)}, nil
		})
		s := &script{}
		s.response = func(r *sent) (*http.Response, error) {
			if r.Header.Get("Authorization") == "Bearer own-1" {
				return respond(401, ""), nil
			}
			return accepted(r), nil
		}
		s.t = t
		c, err := api.New(api.Credentials{}, api.WithTransport(s), api.WithTokenSource(source))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.UpsertAll(t.Context(), records(1)); err != nil || calls != 2 || s.tokens != 0 {
			t.Errorf("got %v, %d calls of the source, %d of the identity service", err, calls, s.tokens)
		}
	})
	synctest.Test(t, func(t *testing.T) { // one that claims to live for ever
		calls := 0
		c, err := api.New(api.Credentials{}, api.WithTransport(&script{t: t}), api.WithTokenSource(tokenSource(func() (*oauth2.Token, error) {
			calls++
			return &oauth2.Token{AccessToken: "x", Expiry: time.Now().AddDate(100, 0, 0)}, nil
		})))
		if err != nil {
			t.Fatal(err)
		}
		c.Token(t.Context())
		time.Sleep(24 * time.Hour)
		if c.Token(t.Context()); calls != 2 {
			t.Errorf("%d calls of the source after a day, want 2", calls)
		}
	})
	for name, source := range map[string]tokenSource{
		"nil":     func() (*oauth2.Token, error) { return nil, nil },
		"error":   func() (*oauth2.Token, error) { return nil, io.ErrUnexpectedEOF },
		"panic":   func() (*oauth2.Token, error) { panic("oops") },
		"expired": func() (*oauth2.Token, error) { return &oauth2.Token{}, nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			c, err := api.New(api.Credentials{}, api.WithTransport(&script{t: t}), api.WithTokenSource(source), api.WithRetry(api.RetryPolicy{MaxAttempts: -1}))
			if err != nil {
				t.Fatal(err)
			}
			if report, err := c.UpsertAll(t.Context(), records(3)); err == nil || report.Failed != 3 {
				t.Errorf("%s: got %v, %v", name, report, err)
			}
		})
	}
}

func TestTokenTypeThatRepeatsTheSecretIsNotShown(t *testing.T) {
	secret, _ := json.Marshal(testSecret)
	s := &script{token: func(*http.Request) (*http.Response, error) {
		return respond(200, `{"access_token":"a","token_type":`+string(secret)+`}`), nil
	}}
	_, err := newClient(t, s).Token(t.Context())
	line(t, "the error", err.Error())
}

func TestStatusLineThatRepeatsTheSecretIsNotShown(t *testing.T) {
	s := &script{token: func(*http.Request) (*http.Response, error) {
		r := respond(401, `{}`)
		r.Status = "401 " + testSecret
		return r, nil
	}}
	_, err := newClient(t, s).Token(t.Context())
	if !errors.Is(err, api.ErrCredentials) {
		t.Errorf("got %v", err)
	}
	for ; err != nil; err = errors.Unwrap(err) {
		hidden(t, "the error", err.Error())
	}
}
