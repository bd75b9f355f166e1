package clarity_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/claritytest"
	"github.com/klarity-go/klarity/examples/clarity/internal/models"
)

// patience is short, so that tests of outages end soon; the waits between tries shrink with it.
const patience = 200 * time.Millisecond

// connect returns a client of the server.
func connect(t *testing.T, s *claritytest.Server, change ...func(*clarity.Config)) *clarity.Client {
	t.Helper()
	cfg := clarity.Config{URL: s.URL, Key: clarity.Key(s.Key), Org: claritytest.Org, Patience: patience}
	for _, f := range change {
		f(&cfg)
	}
	c, err := clarity.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fail makes calls of the server fail.
func fail(t *testing.T, s *claritytest.Server, text string) {
	t.Helper()
	faults, err := claritytest.ParseFaults(text)
	if err != nil {
		t.Fatal(err)
	}
	s.Fail(faults)
}

func hourly() models.MeasurementsQuery {
	return models.MeasurementsQuery{AllDatasources: true, OutputFrequency: "hour", MetricSelect: "only pm2_5*", QcAssessment: true}
}

// calls make one call each and return the number of items.
var calls = map[string]func(context.Context, *clarity.Client) (int, error){
	clarity.CallDatasources: func(ctx context.Context, c *clarity.Client) (int, error) {
		l, err := c.Datasources(ctx)
		return len(l.Items), err
	},
	clarity.CallNodes: func(ctx context.Context, c *clarity.Client) (int, error) {
		l, err := c.Nodes(ctx)
		return len(l.Items), err
	},
	clarity.CallSubscriptions: func(ctx context.Context, c *clarity.Client) (int, error) {
		l, err := c.Subscriptions(ctx)
		return len(l.Items), err
	},
	clarity.CallStatus: func(ctx context.Context, c *clarity.Client) (int, error) {
		l, err := c.Status(ctx)
		return len(l.Items), err
	},
	clarity.CallAccessories: func(ctx context.Context, c *clarity.Client) (int, error) {
		l, err := c.AccessoryModules(ctx)
		return len(l.Items), err
	},
	clarity.CallMeasurements: func(ctx context.Context, c *clarity.Client) (int, error) {
		m, err := c.Measurements(ctx, hourly())
		return len(m.Rows), err
	},
}

// Both forms of the responses, of every call, packed with gzip.
func TestCallsInBothForms(t *testing.T) {
	want := map[string]int{
		clarity.CallDatasources: 40, clarity.CallNodes: 39, clarity.CallSubscriptions: 40,
		clarity.CallStatus: 39, clarity.CallAccessories: 4, clarity.CallMeasurements: 210,
	}
	for _, form := range []claritytest.Form{claritytest.Documented, claritytest.Alternative} {
		s := claritytest.NewServer(t, form)
		c := connect(t, s)
		for name, call := range calls {
			if got, err := call(t.Context(), c); err != nil || got != want[name] {
				t.Errorf("%s, %s: got %d items, %v, want %d", form, name, got, err, want[name])
			}
		}
		for _, r := range s.Requests() {
			if r.Status != 200 || r.Org != claritytest.Org || r.Header.Get("X-Api-Key") != s.Key || r.Header.Get("Accept-Encoding") != "gzip" {
				t.Errorf("%s, %s: got status %d, org %q, Accept-Encoding %q", form, r.Call, r.Status, r.Org, r.Header.Get("Accept-Encoding"))
			}
			if ua := r.Header.Get("User-Agent"); !strings.HasPrefix(ua, "klarity-go/") {
				t.Errorf("%s: got the User-Agent %q", r.Call, ua)
			}
		}
	}
}

// 400, 401, 403, 404, a redirect and a page of HTML are final: one request each.
func TestFinalResponsesAreNotRepeated(t *testing.T) {
	for fault, want := range map[string]string{
		"400": "400 Bad Request", "401": "CLARITY_API_KEY", "403": "check the Org ID (CLARITY_ORG)", "404": "CLARITY_API_URL",
		"redirect": "redirects are not followed", "html": `a page of HTML with the title "Sign in"`, "half": "not JSON, or cut off", "501": "501",
	} {
		t.Run(fault, func(t *testing.T) {
			s := claritytest.NewServer(t, claritytest.Documented)
			fail(t, s, "datasources:"+fault)
			_, err := connect(t, s).Datasources(t.Context())
			var e *clarity.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "GET /v2/datasources: ") {
				t.Errorf("got the error %v, want %q in it", err, want)
			}
			if n := len(s.Requests()); n != 1 {
				t.Errorf("got %d requests, want 1", n)
			}
		})
	}
}

// A wrong key and another Org, as the server itself refuses them.
func TestKeyAndOrg(t *testing.T) {
	s := claritytest.NewServer(t, claritytest.Documented)
	for _, c := range []struct {
		change func(*clarity.Config)
		status int
	}{
		{func(cfg *clarity.Config) { cfg.Key = "another-key-of-someone" }, 401},
		{func(cfg *clarity.Config) { cfg.Org = "otherorgZZ99" }, 403},
	} {
		client := connect(t, s, c.change)
		for name, call := range calls {
			var e *clarity.Error
			if _, err := call(t.Context(), client); !errors.As(err, &e) || e.StatusCode != c.status || e.Attempts != 1 {
				t.Errorf("%s: got %v, want status %d after one request", name, err, c.status)
			}
		}
	}
}

// 429, 5xx and cut connections pass.
func TestPassingFailuresAreRepeated(t *testing.T) {
	for _, fault := range []string{"429", "500", "502", "503", "504", "408", "cut"} {
		t.Run(fault, func(t *testing.T) {
			s := claritytest.NewServer(t, claritytest.Documented)
			fail(t, s, "measurements:"+fault+"x2")
			retries := 0
			c := connect(t, s, func(cfg *clarity.Config) {
				cfg.OnRetry = func(err error, _ time.Duration) {
					retries++
					if !strings.Contains(err.Error(), "measurements-query: ") {
						t.Errorf("got %v, want the call in it", err)
					}
				}
			})
			if m, err := c.Measurements(t.Context(), hourly()); err != nil || len(m.Rows) != 210 {
				t.Errorf("got %d rows, %v, want 210", len(m.Rows), err)
			}
			if n := len(s.Requests()); n != 3 || retries != 2 {
				t.Errorf("got %d requests and %d retries, want 3 and 2", n, retries)
			}
		})
	}
}

func TestOutageIsGivenUp(t *testing.T) {
	s := claritytest.NewServer(t, claritytest.Documented)
	fail(t, s, "nodes:503")
	_, err := connect(t, s).Nodes(t.Context())
	if want := "not tried again: the outage is longer than the patience of 200ms"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
}

// A server that takes requests and does not respond is given up after the patience and one request:
// the sender alone would make four, of a minute each, before it looks at the patience.
func TestHungServerIsGivenUp(t *testing.T) {
	s := claritytest.NewServer(t, claritytest.Documented)
	s.Replace(clarity.CallNodes, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c := connect(t, s)
	clarity.SetRequestTimeout(c, time.Second)
	began := time.Now()
	_, err := c.Nodes(t.Context())
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v, want the patience of %v and a second at most", took, patience)
	}
	if want := "context deadline exceeded (tried 2 times); not tried again: the outage is longer than the patience of 200ms"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
}

// The last thing that a server has said is told, and not that the time was over.
func TestLatestFailureIsTold(t *testing.T) {
	s := claritytest.NewServer(t, claritytest.Documented)
	var requests atomic.Int32
	s.Replace(clarity.CallNodes, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) > 1 {
			<-r.Context().Done()
			return
		}
		<-time.After(2 * patience)
		w.WriteHeader(http.StatusBadGateway)
	})
	c := connect(t, s)
	clarity.SetRequestTimeout(c, time.Second)
	_, err := c.Nodes(t.Context())
	if want := "502 Bad Gateway (tried 2 times); not tried again: the outage is longer"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
}

// A key of a few letters, which is none of Clarity's, would be found in the names of devices.
func TestShortKeyDoesNotChangeNames(t *testing.T) {
	s := claritytest.NewServer(t, claritytest.Documented)
	s.ReplaceBody(clarity.CallDatasources, `[{"datasourceId":"D1","orgAnnotations":{"name":"Cabin of the ferry"}}]`)
	l, err := connect(t, s, func(cfg *clarity.Config) { cfg.Key = "bin" }).Datasources(t.Context())
	if err != nil || len(l.Items) != 1 || l.Items[0].OrgAnnotations.Name != "Cabin of the ferry" {
		t.Errorf("got %+v, %v, want the name as it is", l.Items, err)
	}
}

func TestRetryAfterBeyondThePatienceEndsAtOnce(t *testing.T) {
	s := claritytest.NewServer(t, claritytest.Documented)
	s.Replace(clarity.CallNodes, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_, err := connect(t, s).Nodes(t.Context())
	if want := "the server asks for a longer wait than the patience"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("got %d requests, want 1", n)
	}
}

// A redirect is not followed, wherever it leads: the key goes to the configured origin only.
func TestKeyFollowsNoRedirect(t *testing.T) {
	var reached atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := claritytest.NewServer(t, claritytest.Documented)
		for name, call := range calls {
			s.Replace(name, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", other.URL)
				w.WriteHeader(status)
			})
			var e *clarity.Error
			if _, err := call(t.Context(), connect(t, s)); !errors.As(err, &e) || e.StatusCode != status {
				t.Errorf("%s: got %v, want status %d", name, err, status)
			}
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("got %d requests elsewhere, want none", n)
	}
}

func TestRefusedCertificateIsFinal(t *testing.T) {
	var reached atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	c, err := clarity.New(clarity.Config{URL: s.URL, Key: "key-of-the-test-2718", Org: "o", Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	var e *clarity.Error
	if _, err := c.Nodes(t.Context()); !errors.As(err, &e) || e.Attempts != 1 || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want a refused certificate after one try", err)
	}
	if reached.Load() != 0 {
		t.Error("the key was sent to a server whose certificate is refused")
	}
}

// A response is read to a bound, unpacked.
func TestResponseIsReadToABound(t *testing.T) {
	var packed bytes.Buffer // a MiB of spaces
	packer := gzip.NewWriter(&packed)
	_, _ = packer.Write([]byte(strings.Repeat(" ", 1<<20)))
	_ = packer.Close()
	s := claritytest.NewServer(t, claritytest.Documented)
	s.Replace(clarity.CallNodes, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		for range 100 { // gzip in a row is one gzip
			if _, err := w.Write(packed.Bytes()); err != nil {
				return
			}
		}
	})
	var e *clarity.Error
	if _, err := connect(t, s).Nodes(t.Context()); !errors.As(err, &e) || !strings.Contains(err.Error(), "longer than 64 MiB") || e.Attempts != 1 {
		t.Errorf("got %v, want a response that is too long, after one request", err)
	}
}

func TestContextEndsACall(t *testing.T) {
	s := claritytest.NewServer(t, claritytest.Documented)
	ctx, cancel := context.WithCancel(t.Context())
	s.Replace(clarity.CallNodes, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := connect(t, s).Nodes(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
}

// A continuation brings what is newer, and a new continuation.
func TestContinuation(t *testing.T) {
	s := claritytest.NewServer(t, claritytest.Documented)
	c := connect(t, s)
	query := hourly()
	query.ReplyWithContinuationToken = true
	m, err := c.Measurements(t.Context(), query)
	if err != nil || m.Continuation == "" {
		t.Fatalf("got %v, want a continuation", err)
	}
	first := m.Continuation
	if m, err = c.Newer(t.Context(), first); err != nil || len(m.Rows) != 0 || len(m.Places) != 0 || m.Continuation == "" {
		t.Fatalf("got %d rows, %v, want none and a continuation", len(m.Rows), err)
	}
	s.Advance(time.Hour)
	if m, err = c.Newer(t.Context(), m.Continuation); err != nil || len(m.Rows) == 0 {
		t.Errorf("got %d rows, %v, want those of the next hour", len(m.Rows), err)
	}
	s.Advance(25 * time.Hour)
	var e *clarity.Error
	if _, err = c.Newer(t.Context(), first); !errors.As(err, &e) || e.StatusCode != 400 || strings.Contains(err.Error(), string(first)) {
		t.Errorf("got %v, want 400 for an expired continuation", err)
	}
}

func TestConfigurationThatCannotWork(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*clarity.Config)
		want   string
	}{
		"no key":             {func(c *clarity.Config) { c.Key = "" }, "CLARITY_API_KEY"},
		"line break":         {func(c *clarity.Config) { c.Key += "\n" }, "white space"},
		"no header":          {func(c *clarity.Config) { c.Key = "a\x00b" }, "no header can carry"},
		"no org":             {func(c *clarity.Config) { c.Org = "" }, "CLARITY_ORG"},
		"space in org":       {func(c *clarity.Config) { c.Org = " o" }, "white space"},
		"plain http":         {func(c *clarity.Config) { c.URL = "http://example.org" }, "want https"},
		"password":           {func(c *clarity.Config) { c.URL = "https://u:hunter2@example.org" }, "user name or password"},
		"query":              {func(c *clarity.Config) { c.URL = "https://example.org?a=b" }, "has a query"},
		"no URL":             {func(c *clarity.Config) { c.URL = "clarity" }, "malformed"},
		"another scheme":     {func(c *clarity.Config) { c.URL = "ftp://example.org" }, "ftp"},
		"a fragment":         {func(c *clarity.Config) { c.URL = "https://example.org#x" }, "fragment"},
		"unprintable in key": {func(c *clarity.Config) { c.Key = "schlüssel" }, "no header can carry"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := clarity.Config{Key: "key-of-the-test-2718", Org: "o"}
			c.change(&cfg)
			_, err := clarity.New(cfg)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q in it", err, c.want)
			}
			for _, secret := range []string{"key-of-the-test", "hunter2"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows %q: %v", secret, err)
				}
			}
		})
	}
	c, err := clarity.New(clarity.Config{Key: "k", Org: "o"})
	if err != nil || c.URL() != clarity.DefaultURL {
		t.Errorf("got %v, %v, want a client of %s", c, err, clarity.DefaultURL)
	}
}
