package graphql_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
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

	"github.com/klarity-go/klarity/api/graphql"
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
	for _, v := range []any{v, struct{ V any }{v}} {
		for _, verb := range verbs {
			b.WriteString(fmt.Errorf(verb+"\n", v).Error())
		}
		if j, err := json.Marshal(v); err == nil {
			b.Write(j)
		}
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	}
	return b.String()
}

// secretForms are the beginning of the secret as text, and in the forms that package fmt and
// encoding/json give bytes.
var secretForms = func() []string {
	secret := testSecret[:6]
	forms := []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]")}
	for shift := range 3 { // bytes may stand before it
		text := base64.StdEncoding.EncodeToString([]byte("xx"[:shift] + secret))
		forms = append(forms, text[(shift*8+5)/6:(shift+len(secret))*8/6])
	}
	return forms
}()

func secretsIn(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range secretForms {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s shows %q: ...%.80s", what, secret, text[max(0, i-40):])
		}
	}
}

// audit looks for the secret in values, and notes of which types they were.
type audit struct{ types map[string]bool }

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
			name := fmt.Sprintf("%T", v)
			a.types[name] = true
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
	c := trace.NewSpanStartConfig(o...)
	t.d.write(name, c.SpanKind(), c.Attributes())
	return ctx, diarySpan{d: t.d}
}

func (s diarySpan) SetStatus(c codes.Code, text string)       { s.d.write(c, text) }
func (s diarySpan) SetAttributes(a ...attribute.KeyValue)     { s.d.write(a) }
func (s diarySpan) AddEvent(n string, _ ...trace.EventOption) { s.d.write(n) }
func (s diarySpan) RecordError(e error, _ ...trace.EventOption) {
	s.d.write(e)
}

// exportedTypes are the names of the types that the package exports. Those that it only gives
// another name to are what the API responds with.
func exportedTypes(t *testing.T) (names []string) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() && !spec.Assign.IsValid() {
				names = append(names, "graphql."+spec.Name.Name)
			}
			return true
		})
	}
	return names
}

// What a server may be instead of a status.
const (
	silent   = 0  // it does not respond
	hung     = -1 // it does not respond before the caller leaves
	panics   = -2 // the transport panics with the request in hand
	partial  = -3 // 200 with data and errors that repeat the request
	numerous = -4 // 200 with data that does not fit
)

// repeat responds with all that a request holds, the key above all, or puts it into the error.
func repeat(status int, r *http.Request, leave func()) (*http.Response, error) {
	text := fmt.Sprintf("%s %v", testKey.String()+string(testKey), r.Header)
	quoted, _ := json.Marshal(text)
	switch status {
	case silent:
		return nil, &url.Error{Op: "POST", URL: "https://host/?" + string(testKey), Err: errors.New(text)}
	case hung:
		leave()
		<-r.Context().Done()
		return nil, fmt.Errorf("%w: %s", r.Context().Err(), text)
	case panics:
		panic(r)
	case partial:
		return respond(200, fmt.Sprintf(`{"data":{"name":"x"},"errors":[%[1]s,{"message":%[1]s,"path":[%[1]s,0],"errorType":%[1]s,
			"extensions":{%[1]s:[%[1]s,{"a":%[1]s}]},"locations":[]}]}`, quoted), "X-Request-Id", string(testKey)), nil
	case numerous:
		return respond(200, fmt.Sprintf(`{"data":{"numbers":{%s:1}}}`, quoted)), nil
	}
	body, _ := json.Marshal(map[string]any{"message": text, "error": text, "errors": []any{map[string]any{"message": text}}})
	return respond(status, string(body), "X-Request-Id", string(testKey), "Content-Type", text, "Location", "https://host/?"+string(testKey)), nil
}

func TestNoSecretIsShown(t *testing.T) {
	a := audit{map[string]bool{"graphql.Key": true, "graphql.Creds": true}}
	key := testKey
	for _, v := range []any{key, &key} {
		text := shown(v, mostVerbs...) // go vet refuses the others here
		secretsIn(t, fmt.Sprintf("%T", v), text)
		if !strings.Contains(text, testID+"/REDACTED") {
			t.Errorf("%T does not show the ID: %s", v, text)
		}
	}
	creds := graphql.Creds(testSecret)
	for _, v := range []any{creds, &creds, graphql.NewAccount{Creds: creds}} {
		text := shown(v, mostVerbs...)
		secretsIn(t, fmt.Sprintf("%T", v), text)
		if !strings.Contains(text, "REDACTED") {
			t.Errorf("%T does not show that it has credentials: %s", v, text)
		}
	}
	a.types["graphql.NewAccount"] = true
	secretsIn(t, "a secret without an ID", shown(graphql.Key("s3cr3t-without-a-slash"), mostVerbs...))
	a.look(t, "option", graphql.RetryPolicy{}, graphql.WithTransport(&script{}), graphql.RegionEU, graphql.BillingPeriodCurrent,
		graphql.WithPageSize(1), graphql.RoleAdmin, graphql.NewEvent{}, graphql.NewApplication{}, graphql.ApplicationUpdate{},
		graphql.AccountUpdate{}, graphql.NewEnvironment{}, graphql.NewDiscoveryRule{})
	for _, err := range []error{graphql.ErrKey, graphql.ErrRateLimited, graphql.ErrResponse, graphql.ErrOutcomeUnknown} {
		a.lookInto(t, "sentinel", err)
	}
	for _, opt := range []graphql.Option{
		graphql.WithURL("https://" + testSecret + "@host/"), graphql.WithURL("http://host/" + testSecret),
		graphql.WithRegion(testSecret), graphql.WithBillingPeriod(testSecret),
	} {
		_, err := graphql.New(testKey, opt)
		a.lookInto(t, "configuration", err)
	}
	for _, key := range []graphql.Key{testSecret + "\n", "/" + testSecret, testKey + " é", "s3cr3t-without-a-slash"} {
		_, err := graphql.New(key)
		a.lookInto(t, "key", err)
	}

	for _, status := range []int{200, 202, 301, 307, 400, 401, 403, 404, 429, 500, 503, silent, hung, panics, partial, numerous} {
		t.Run(fmt.Sprintf("status %d", status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { auditCalls(t, &a, status) })
		})
	}
	for _, name := range exportedTypes(t) {
		if !a.types[name] {
			t.Errorf("no %s was looked at", name)
		}
	}
}

// auditCalls looks at all that calls have to show.
func auditCalls(t *testing.T, a *audit, status int) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var logs bytes.Buffer
	var spans diary
	s := &script{}
	s.response = func(r *sent) (*http.Response, error) {
		return repeat(status, r.Request, func() { cancel(errors.New("enough")) })
	}
	c := newClient(t, s, graphql.WithTracerProvider(&spans), graphql.WithRetry(graphql.RetryPolicy{MaxAttempts: 2}),
		graphql.WithLogger(slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	for _, document := range []string{query, mutation} {
		var out struct {
			Name    string
			Numbers map[int]int
		}
		err := c.Do(ctx, document, map[string]any{"name": "x"}, &out)
		if err == nil {
			t.Errorf("%s: no error", document)
		}
		a.lookInto(t, "do", err)
		var e *graphql.Error
		if errors.As(err, &e) {
			secretsIn(t, "body", string(e.Body))
			if e.Errors != nil {
				a.look(t, "errors", e.Errors)
			}
			for _, r := range e.Errors {
				a.look(t, "error", r, graphql.Location{})
				if r.Path != nil {
					a.look(t, "path", r.Path)
				}
			}
		}
	}
	a.look(t, "afterwards", c)
	secretsIn(t, "log", logs.String())
	secretsIn(t, "spans", spans.text.String())
	if logs.Len() == 0 || spans.text.Len() == 0 {
		t.Error("nothing was logged, or no span was told anything")
	}
}

func TestSecretThatIsANumberIsNotShown(t *testing.T) {
	s := responds(200, `{"errors":[{"message":12345678,"path":["a",12345678],"extensions":{"a":12345678,"b":[12345678.5]}}]}`)
	c, err := graphql.New("id/12345678", graphql.WithTransport(s))
	if err != nil {
		t.Fatal(err)
	}
	err = c.Do(t.Context(), query, nil, nil)
	var e *graphql.Error
	if !errors.As(err, &e) || len(e.Errors) != 1 {
		t.Fatalf("got %v", err)
	}
	text := fmt.Sprintf("%v %#v", err, e.Errors)
	for _, secret := range []string{"12345678", "1.2345678e+07"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is shown: %s", secret, text)
		}
	}
}

func TestKeyFollowsNoRedirect(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed: %s %s, %v", r.Method, r.URL, r.Header)
	}))
	defer stranger.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/graphql" || r.Header.Get("x-api-key") != string(testKey) {
				t.Errorf("got %s, %v", r.URL, r.Header)
			}
			http.Redirect(w, r, stranger.URL+"/graphql", status)
		}))
		c, err := graphql.New(testKey, graphql.WithURL(srv.URL+"/graphql"),
			graphql.WithHTTPClient(&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}))
		if err != nil {
			t.Fatal(err)
		}
		err = c.Do(t.Context(), query, nil, nil)
		var e *graphql.Error
		if !errors.As(err, &e) || e.StatusCode != status || !strings.Contains(err.Error(), "redirects are not followed") {
			t.Errorf("%d: got %v", status, err)
		}
		srv.Close()
	}
}

// Credentials hold more than one text, within one another, and one may be a part of another.
func TestErrorsShowNoPartOfCredentials(t *testing.T) {
	for _, tt := range []struct{ creds, says string }{
		{`{"user":"a-long-name","password":"s3cr3t"}`, `{"user":"a-long-name","password":"s3cr3t"}`},
		{`{"a":"12345678","b":"12345678-s3cr3t"}`, "12345678-s3cr3t is refused"},
		{`{"b":"12345678-s3cr3t","a":"12345678"}`, "12345678-s3cr3t is refused"},
		{`{"aws":{"keys":[{"secret":"s3cr3t-quoted"}]}}`, "s3cr3t-quoted is refused"},
		{`{"key":"s3cr3t-8"}`, "s3cr3t-8 is refused"},
		{`["s3cr3t-quoted"]`, "s3cr3t-quoted is refused"},
		{`"s3cr3t-quoted"`, "s3cr3t-quoted is refused"},
		{`s3cr3t`, "s3cr3t is refused"},
	} {
		quoted, _ := json.Marshal(tt.says)
		for range 8 { // the order of a map's keys is random
			c := newClient(t, responds(200, fmt.Sprintf(`{"errors":[{"message":%s}]}`, quoted)))
			_, err := c.AddAccountV2(t.Context(), graphql.NewAccount{Provider: "AWS", ProviderID: "1", Name: "a", OwnerID: "p", Creds: graphql.Creds(tt.creds)})
			var e *graphql.Error
			if !errors.As(err, &e) {
				t.Fatalf("%s: got %v", tt.creds, err)
			}
			secretsIn(t, tt.creds, shown(err, mostVerbs...)+string(e.Body))
		}
	}
}
