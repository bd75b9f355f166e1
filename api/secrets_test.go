package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// Under most verbs package fmt asks a value how it wants to be shown. Under the others it
// asks none that does not fit, and shows what it finds: %p is for pointers, %w for errors.
var (
	mostVerbs  = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%e"}
	otherVerbs = []string{"%p", "%T", "%w"}
)

// shown renders a value in every way that a program may put it into a log.
func shown(v any, verbs ...string) string {
	var b bytes.Buffer
	for _, verb := range verbs {
		for _, v := range []any{v, struct{ V any }{v}} {
			b.WriteString(fmt.Errorf(verb+"\n", v).Error())
		}
	}
	for _, v := range []any{v, struct{ V any }{v}} {
		if j, err := json.Marshal(v); err == nil {
			b.Write(j)
		}
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	}
	return b.String()
}

// secrets are the beginnings of what must never be shown, as text and in the forms that
// package fmt and encoding/json give bytes.
var secrets = func() (forms []string) {
	for _, secret := range []string{testSecret[:6], "token-1", "token-2"} {
		forms = append(forms, secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]"))
		for shift := range 3 { // bytes may stand before it
			text := base64.StdEncoding.EncodeToString([]byte("xx"[:shift%3] + secret))
			forms = append(forms, text[(shift*8+5)/6:(shift+len(secret))*8/6])
		}
	}
	return forms
}()

func secretsIn(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range secrets {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s shows %q: ...%.80s", what, secret, text[max(0, i-40):])
		}
	}
}

// audit looks for secrets in values, and notes of which types they were.
type audit struct{ types sync.Map }

// look shows values, what those that are pointers point to, and pointers to the others.
func (a *audit) look(t *testing.T, what string, values ...any) {
	t.Helper()
	for _, v := range values {
		var other any
		if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer {
			other = p.Elem().Interface()
		} else {
			p = reflect.New(reflect.TypeOf(v))
			p.Elem().Set(reflect.ValueOf(v))
			other = p.Interface()
		}
		for _, v := range []any{v, other} {
			name, _, _ := strings.Cut(fmt.Sprintf("%T", v), "[") // without type parameters
			a.types.Store(name, true)
			secretsIn(t, what+": "+name, shown(v, slices.Concat(mostVerbs, otherVerbs)...))
		}
	}
}

// lookInto shows an error and all that it wraps.
func (a *audit) lookInto(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	a.look(t, what, err)
	if e, ok := err.(*oauth2.RetrieveError); ok {
		a.look(t, what+": response", e.Response, e.Response.Header)
		if e.Response.Request != nil {
			t.Errorf("%s: behind the response is the request", what)
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		a.lookInto(t, what, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			a.lookInto(t, what, err)
		}
	}
}

// diary keeps all that the spans of its tracer are told.
type diary struct {
	noop.TracerProvider
	mu   sync.Mutex
	text strings.Builder
}

type (
	diaryTracer struct {
		noop.Tracer
		d *diary
	}
	diarySpan struct {
		noop.Span
		d *diary
	}
)

func (d *diary) write(v ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(&d.text, "%+v\n", v)
}

func (d *diary) Tracer(string, ...trace.TracerOption) trace.Tracer { return diaryTracer{d: d} }

func (t diaryTracer) Start(ctx context.Context, name string, o ...trace.SpanStartOption) (context.Context, trace.Span) {
	t.d.write(name, trace.NewSpanStartConfig(o...))
	return ctx, diarySpan{d: t.d}
}

func (s diarySpan) SetName(name string)                   { s.d.write(name) }
func (s diarySpan) SetStatus(c codes.Code, text string)   { s.d.write(c, text) }
func (s diarySpan) SetAttributes(a ...attribute.KeyValue) { s.d.write(a) }
func (s diarySpan) AddLink(l trace.Link)                  { s.d.write(l) }

func (s diarySpan) AddEvent(name string, o ...trace.EventOption) {
	s.d.write(name, trace.NewEventConfig(o...))
}

func (s diarySpan) RecordError(err error, o ...trace.EventOption) {
	s.d.write(err, trace.NewEventConfig(o...))
}

// exportedTypes are the names of the types that package api exports.
func exportedTypes(t *testing.T) (names []string) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				names = append(names, "api."+spec.Name.Name)
			}
			return true
		})
	}
	return names
}

// What a server may be instead of a status.
const (
	silent = 0  // it does not respond
	hung   = -1 // it does not respond before the caller leaves
)

// repeat responds with all that a request holds, key above all, or puts it into the error.
func repeat(status int, r *http.Request, body []byte, key string, leave func()) (*http.Response, error) {
	text := fmt.Sprintf("%s %v %s", key, r.Header, body)
	switch status {
	case silent:
		return nil, &url.Error{Op: "POST", URL: "https://host/?" + key, Err: errors.New(text)}
	case hung:
		leave()
		<-r.Context().Done()
		return nil, fmt.Errorf("%w: %s", r.Context().Err(), text)
	}
	quoted, _ := json.Marshal(map[string]string{"message": text, "error": text, "error_description": text, "error_uri": text})
	return respond(status, string(quoted), "X-Request-Id", key, "Content-Type", key, "Location", "https://host/?"+key), nil
}

func TestNoSecretIsShown(t *testing.T) {
	var a audit
	creds := api.Credentials{ClientID: testID, ClientSecret: testSecret}
	for _, v := range []any{creds, &creds} {
		text := shown(v, mostVerbs...) // go vet refuses the others here
		secretsIn(t, fmt.Sprintf("%T", v), text)
		if !strings.Contains(text, testID) {
			t.Errorf("%T does not show the ID: %s", v, text)
		}
	}
	a.types.Store("api.Credentials", true)
	a.look(t, "option", api.RetryPolicy{}, api.WithTransport(&script{}), api.OnResult(func(api.Result) {}),
		api.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token-1"})))
	for _, err := range []error{api.ErrInvalid, api.ErrBadRequest, api.ErrUnauthorized, api.ErrTooLarge, api.ErrRateLimited, api.ErrCredentials, api.ErrClosed, api.ErrFull} {
		a.lookInto(t, "sentinel", err)
	}
	_, err := api.New(creds, api.WithBaseURL("https://"+testSecret+"@host/"), api.WithTokenURL("http://host/"+testSecret))
	a.lookInto(t, "configuration", err)

	for _, status := range []int{202, 301, 307, 400, 401, 403, 413, 429, 500, 503, silent, hung} {
		for _, token := range []int{200, 302, 400, 401, 500, silent, hung} {
			if token != 200 && status != 202 && status != 401 {
				continue // the other statuses are not met without a token
			}
			t.Run(fmt.Sprintf("status %d, token %d", status, token), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { auditRun(t, &a, status, token) })
			})
		}
	}
	for _, name := range exportedTypes(t) {
		if _, ok := a.types.Load(name); !ok {
			t.Errorf("no %s was looked at", name)
		}
	}
}

// auditRun looks at all that a run, an uploader and a single call have to show, while they
// work and when they are over.
func auditRun(t *testing.T, a *audit, status, token int) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	leave := func() { cancel(errors.New("enough")) }
	var logs bytes.Buffer
	var spans diary
	var c *api.Client
	var u *api.Uploader[*models.EstateRecord]
	s := &script{}
	s.response = func(r *sent) (*http.Response, error) {
		a.look(t, "meanwhile", c, u.Report())
		secretsIn(t, "meanwhile: uploader", shown(u, mostVerbs...))
		secretsIn(t, "meanwhile: context", fmt.Sprint(r.Context()))
		return repeat(status, r.Request, r.body, r.Header.Get("Authorization"), leave)
	}
	s.token = func(r *http.Request) (*http.Response, error) {
		if token == 200 || status == 401 && s.tokens == 1 {
			return respond(200, fmt.Sprintf(`{"access_token":"token-%d"}`, s.tokens)), nil
		}
		body, _ := io.ReadAll(r.Body)
		return repeat(token, r, body, testSecret, leave)
	}
	c = newClient(t, s, api.WithTracerProvider(&spans), api.WithRetry(api.RetryPolicy{MaxAttempts: 2}),
		api.WithLogger(slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	var got results
	u, err := c.NewUpserter(got.option())
	if err != nil {
		t.Fatal(err)
	}

	input := append(records(1), &models.EstateRecord{ID: "no type"})
	report, err := c.UpsertAll(ctx, input, got.option())
	a.look(t, "run", report)
	a.lookInto(t, "run", err)
	change := upsertOf(record(1))
	report, err = c.ApplyAll(ctx, []api.Change{change, {}}, got.option())
	a.look(t, "changes", change, report)
	a.lookInto(t, "changes", err)
	for _, r := range input {
		_, err := u.Add(t.Context(), r)
		a.lookInto(t, "add", err)
	}
	a.lookInto(t, "flush", u.Flush(ctx))
	a.lookInto(t, "close", u.Close(ctx))
	response, err := c.UpsertOnce(ctx, &models.UpsertRequest{Records: records(1)})
	a.lookInto(t, "once", err)
	if response != nil {
		a.look(t, "once", response)
	}
	if token != 200 {
		_, err = c.Token(ctx)
		a.lookInto(t, "token", err)
	}
	for _, r := range got.all {
		a.look(t, "result", r, r.Key, r.Outcome)
		a.lookInto(t, "result", r.Err)
	}
	synctest.Wait() // what is left behind logs, too
	a.look(t, "afterwards", c, u, u.Report())
	secretsIn(t, "log", logs.String())
	secretsIn(t, "spans", spans.text.String())
	if status == 202 && token == 200 && (logs.Len() == 0 || spans.text.Len() == 0) {
		t.Error("nothing was logged, or no span was told anything")
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
				noRetry, api.WithHTTPClient(&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}))
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
	s.response = func(r *sent) (*http.Response, error) {
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

func TestSecretInAResponseIsNotRepeated(t *testing.T) {
	s := &script{response: func(*sent) (*http.Response, error) { return respond(400, testSecret), nil }}
	_, err := newClient(t, s).UpsertAll(t.Context(), records(1))
	line(t, "the error", err.Error())
}

func TestTokenWithInvisibleCharactersInItIsNotShown(t *testing.T) {
	s := &script{response: func(*sent) (*http.Response, error) {
		return respond(400, `{"error":"to\u00adken-1"}`, "X-Request-Id", "tok\u200ben-1"), nil
	}}
	_, err := newClient(t, s).UpsertAll(t.Context(), records(1))
	secretsIn(t, "the error", err.Error())
}
