package clarity_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/claritytest"
)

const secret = "key-of-the-test-2718/ä+%"

// shown renders a value in every way that a program may put it into a log.
func shown(v any) string {
	var b strings.Builder
	for _, v := range []any{v, struct{ V any }{v}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&b, verb+"\n", v)
		}
		if j, err := json.Marshal(v); err == nil {
			b.Write(j)
		}
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	}
	return b.String()
}

func noSecret(t *testing.T, what, text string) {
	t.Helper()
	for _, form := range []string{"key-of-the-test", fmt.Sprintf("%x", "key-of-the"), fmt.Sprintf("%X", "key-of-the")} {
		if i := strings.Index(text, form); i >= 0 {
			t.Errorf("%s shows the key: ...%.80s", what, text[max(0, i-40):])
		}
	}
}

// The key shows in no value and no error, also when a server repeats it: in a message, a header, a
// page, a name of a device.
func TestKeyIsNotShown(t *testing.T) {
	key := clarity.Key(strings.ReplaceAll(secret, "ä", ""))
	noSecret(t, "the key", shown(key)+shown(&key))
	s := claritytest.NewServer(t, claritytest.Documented)
	c := connect(t, s, func(cfg *clarity.Config) {
		cfg.Key = key
		cfg.OnRetry = func(err error, _ time.Duration) { noSecret(t, "a retry", shown(err)) }
		noSecret(t, "the configuration", shown(*cfg)+shown(cfg))
	})
	noSecret(t, "the client", shown(c)+shown(*c))

	repeat := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("X-Request-Id", r.Header.Get("X-Api-Key"))
			w.WriteHeader(status)
			_, _ = w.Write([]byte(strings.ReplaceAll(body, "KEY", r.Header.Get("X-Api-Key"))))
		}
	}
	for _, h := range []http.HandlerFunc{
		repeat(401, "text/plain", "the key KEY is wrong"),
		repeat(403, "application/json", `{"message":"KEY"}`),
		repeat(500, "text/html", "<html><title>KEY</title></html>"),
		repeat(200, "text/html", "<html><title>KEY</title></html>"),
		repeat(200, "text/plain", "KEY"),
		repeat(302, "text/plain", "KEY"),
	} {
		s.Replace(clarity.CallNodes, h)
		_, err := c.Nodes(t.Context())
		if err == nil {
			t.Error("got no error, want one")
		}
		for ; err != nil; err = errors.Unwrap(err) {
			noSecret(t, "an error", shown(err))
		}
	}
	s.Replace(clarity.CallDatasources, repeat(200, "application/json", `[{"datasourceId":"D1","orgAnnotations":{"name":"KEY"}}]`))
	l, err := c.Datasources(t.Context())
	if err != nil || len(l.Items) != 1 {
		t.Fatalf("got %d items, %v, want 1", len(l.Items), err)
	}
	noSecret(t, "a device", l.Items[0].OrgAnnotations.Name)
}

// A continuation is as secret as the measurements.
func TestContinuationIsNotShown(t *testing.T) {
	noSecret(t, "a continuation", shown(clarity.Continuation(secret)))
}

// The environment cannot make the generated layer print requests, which have the key.
func TestNothingIsPrinted(t *testing.T) {
	t.Setenv("DEBUG", "1")
	t.Setenv("SWAGGER_DEBUG", "1")
	printed, err := os.CreateTemp(t.TempDir(), "printed")
	if err != nil {
		t.Fatal(err)
	}
	defer printed.Close()
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = printed, printed
	s := claritytest.NewServer(t, claritytest.Documented)
	_, err = connect(t, s).Datasources(t.Context())
	os.Stdout, os.Stderr = stdout, stderr
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(printed.Name()); err != nil || len(b) > 0 {
		t.Errorf("printed %q, %v, want nothing", b, err)
	}
}
