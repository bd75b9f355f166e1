package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/api"
)

// shown renders a value in every way that a program may put it into a log.
func shown(v any) string {
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&b, verb+"\n", v)
		fmt.Fprintf(&b, verb+"\n", []any{v})
		fmt.Fprintf(&b, verb+"\n", struct{ V any }{v})
	}
	if j, err := json.Marshal(v); err == nil {
		b.Write(j)
	}
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	return b.String()
}

func secretsIn(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{testSecret, `s3cr3t-\"quoted`, "s3cr3t", "token-1", "token-2", fmt.Sprintf("%x", testSecret)} {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s shows %q: ...%.80s", what, secret, text[max(0, i-40):])
		}
	}
}

func TestNoSecretIsShown(t *testing.T) {
	creds := api.Credentials{ClientID: testID, ClientSecret: testSecret}
	secretsIn(t, "Credentials", shown(creds))
	secretsIn(t, "*Credentials", shown(&creds))
	if s := shown(creds); !strings.Contains(s, testID) {
		t.Errorf("Credentials do not show the ID: %s", s)
	}

	// Servers that repeat all they were sent, in every status.
	echo := func(r *http.Request) string {
		body, _ := io.ReadAll(r.Body)
		return fmt.Sprintf("%v %s %s", r.Header, body, testSecret)
	}
	for _, status := range []int{202, 301, 307, 400, 401, 403, 413, 429, 500, 503} {
		for _, token := range []int{200, 302, 400, 401, 500} {
			synctest.Test(t, func(t *testing.T) {
				var logs bytes.Buffer
				s := &script{}
				s.answer = func(r *sent) (*http.Response, error) {
					return respond(status, r.Header.Get("Authorization")+" "+string(r.body), "X-Request-Id", r.Header.Get("Authorization"), "Location", "https://evil.example"), nil
				}
				n := 0
				s.token = func(r *http.Request) (*http.Response, error) {
					n++
					if token == 200 {
						return respond(200, fmt.Sprintf(`{"access_token":"token-%d"}`, n)), nil
					}
					text := echo(r)
					quoted, _ := json.Marshal(map[string]string{"error": text, "error_description": text})
					return respond(token, string(quoted), "X-Request-Id", testSecret, "Content-Type", testSecret), nil
				}
				c := newClient(t, s, api.WithLogger(slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))),
					api.WithRetry(api.RetryPolicy{MaxAttempts: 2}))
				var got results
				report, err := c.UpsertAll(t.Context(), records(2), got.option())
				what := fmt.Sprintf("status %d, token %d: ", status, token)
				secretsIn(t, what+"log", logs.String())
				secretsIn(t, what+"client", shown(c))
				secretsIn(t, what+"dereferenced client", shown(*c))
				secretsIn(t, what+"report", shown(report))
				for e := err; e != nil; e = errors.Unwrap(e) {
					secretsIn(t, what+"error", shown(e))
				}
				for _, r := range got.all {
					secretsIn(t, what+"result", shown(r))
					for e := r.Err; e != nil; e = errors.Unwrap(e) {
						secretsIn(t, what+"error", shown(e))
					}
				}
				var re *oauth2.RetrieveError
				if errors.As(err, &re) {
					secretsIn(t, what+"retrieve error", shown(re)+shown(*re)+shown(re.Response)+string(re.Body))
				}
				var e *api.Error
				if errors.As(err, &e) {
					secretsIn(t, what+"body", string(e.Body)+shown(*e))
				}
			})
		}
	}
}

func TestTokenFollowsNoRedirect(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed: %s %s, %v", r.Method, r.URL, r.Header)
	}))
	defer stranger.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, first := range []bool{true, false} { // the token request, or the API's
			var srv *httptest.Server
			srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				isToken := strings.HasSuffix(r.URL.Path, "token")
				switch {
				case strings.HasSuffix(r.URL.Path, "/elsewhere"):
					t.Errorf("a redirect on the same host was followed")
				case isToken && !first:
					io.WriteString(w, `{"access_token":"a"}`)
				case status == 302:
					http.Redirect(w, r, srv.URL+"/elsewhere", status)
				default:
					http.Redirect(w, r, stranger.URL+"/v1/estateRecords", status)
				}
			}))
			c, err := api.New(api.Credentials{ClientID: testID, ClientSecret: testSecret}, api.WithBaseURL(srv.URL), api.WithTokenURL(srv.URL+"/token"),
				api.WithHTTPClient(&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.UpsertAll(t.Context(), records(1))
			var e *api.Error
			if !errors.As(err, &e) || e.StatusCode != status {
				t.Errorf("%d: got %v", status, err)
			}
			srv.Close()
		}
	}
}

func TestNothingIsPrintedAndNoGlobalTouched(t *testing.T) {
	t.Setenv("DEBUG", "1") // the runtime below would print requests, tokens included
	t.Setenv("SWAGGER_DEBUG", "1")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = w, w
	var logged bytes.Buffer
	log.SetOutput(&logged)
	def := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	defer func() {
		os.Stdout, os.Stderr = stdout, stderr
		log.SetOutput(stderr)
		slog.SetDefault(def)
	}()
	transport := http.DefaultTransport

	s := &script{}
	s.answer = func(r *sent) (*http.Response, error) {
		if r.n%2 == 0 {
			return respond(503, "<html>"), nil
		}
		return accepted(r), nil
	}
	c := newClient(t, s, api.WithRetry(api.RetryPolicy{BaseDelay: 1}))
	c.UpsertAll(t.Context(), records(10))
	w.Close()
	printed, _ := io.ReadAll(r)
	if len(printed) > 0 || logged.Len() > 0 {
		t.Errorf("printed %q, logged %q", printed, logged.String())
	}
	if http.DefaultTransport != transport || http.DefaultClient.Transport != nil || http.DefaultClient.CheckRedirect != nil {
		t.Error("a global of net/http was changed")
	}
}

func TestConfigurationThatCannotWork(t *testing.T) {
	ok := api.Credentials{ClientID: "id", ClientSecret: testSecret}
	for _, tt := range []struct {
		name  string
		creds api.Credentials
		opt   api.Option
		want  string
	}{
		{"no ID", api.Credentials{ClientSecret: "x"}, nil, "set Credentials.ClientID, or KLARITY_CLIENT_ID"},
		{"no secret", api.Credentials{ClientID: "x"}, nil, "set Credentials.ClientSecret, or KLARITY_CLIENT_SECRET"},
		{"a line break at the end", api.Credentials{ClientID: "x", ClientSecret: "y\n"}, nil, "white space around it"},
		{"http to a host", ok, api.WithBaseURL("http://klarity.example"), "http to a host that is not this machine"},
		{"http to the identity service", ok, api.WithTokenURL("http://id.example/token"), "http to a host that is not this machine"},
		{"http to what only looks like loopback", ok, api.WithBaseURL("http://127.0.0.1.evil.example"), "http to a host that is not this machine"},
		{"no scheme", ok, api.WithBaseURL("klarity.example"), "malformed"},
		{"another scheme", ok, api.WithBaseURL("ftp://klarity.example"), `scheme "ftp"`},
		{"no host", ok, api.WithBaseURL("https:///x"), "malformed"},
		{"no URL", ok, api.WithBaseURL("https://%zz"), "malformed"},
		{"a password", ok, api.WithBaseURL("https://u:s3cr3t@klarity.example"), "user name or password"},
		{"a fragment", ok, api.WithTokenURL("https://klarity.example/#x"), "fragment"},
		{"the version in the path", ok, api.WithBaseURL("https://klarity.example/v1/"), "ends before /v1"},
		{"a query", ok, api.WithBaseURL("https://klarity.example/?a=b"), "no query"},
		{"a header in the user agent", ok, api.WithUserAgent("a\r\nX: y"), "control character"},
	} {
		_, err := api.New(tt.creds, tt.opt)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want ...%s...", tt.name, err, tt.want)
		}
		secretsIn(t, tt.name, fmt.Sprint(err))
	}
	for _, url := range []string{"http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1/prefix", "https://klarity.example:8443/a/b/"} {
		if _, err := api.New(ok, api.WithBaseURL(url), nil); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestNewFromEnv(t *testing.T) {
	for k, v := range map[string]string{"KLARITY_CLIENT_ID": testID, "KLARITY_CLIENT_SECRET": testSecret, "KLARITY_API_URL": "https://eu.example/prefix/",
		"KLARITY_TOKEN_URL": "https://id.example/t/token", "KLARITY_AUDIENCE": "aud"} {
		t.Setenv(k, v)
	}
	s := &script{t: t}
	s.token = func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.String() != "https://id.example/t/token" || !strings.Contains(string(body), `"audience":"aud"`) || !strings.Contains(string(body), testID) {
			t.Errorf("got %s %s", r.URL, body)
		}
		return respond(200, `{"access_token":"a"}`), nil
	}
	c, err := api.NewFromEnv(api.WithTransport(s), api.WithUserAgent("sync/1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpsertAll(t.Context(), records(1)); err != nil {
		t.Fatal(err)
	}
	r := s.requests()[0]
	if r.URL.String() != "https://eu.example/prefix/v1/estateRecords" || !strings.HasPrefix(r.Header.Get("User-Agent"), "sync/1 klarity-go/") {
		t.Errorf("got %s, %v", r.URL, r.Header)
	}
	c, err = api.NewFromEnv(api.WithTransport(s), api.WithBaseURL("https://other.example"))
	if err != nil {
		t.Fatal(err)
	}
	c.UpsertAll(t.Context(), records(1))
	if host := s.requests()[1].URL.Host; host != "other.example" {
		t.Errorf("an option did not win over the environment: %s", host)
	}
}
