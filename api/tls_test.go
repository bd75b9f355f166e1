package api_test

import (
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/api"
)

// services is the API and the identity service when all is well.
var services = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	if strings.HasSuffix(r.URL.Path, "/token") {
		io.WriteString(w, `{"access_token":"token-1","expires_in":3600}`)
		return
	}
	w.WriteHeader(http.StatusAccepted)
})

// quietly starts a server over TLS that does not log the handshakes that fail.
func quietly(srv *httptest.Server) *httptest.Server {
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	return srv
}

// over is a client for the services at base.
func over(t *testing.T, base string, opts ...api.Option) *api.Client {
	t.Helper()
	opts = append([]api.Option{api.WithBaseURL(base), api.WithTokenURL(base + "/token")}, opts...)
	c, err := api.New(api.Credentials{ClientID: testID, ClientSecret: testSecret}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// trusting is a user's transport with a CA of its own.
func trusting(t *testing.T, ca *x509.Certificate) *http.Transport {
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

var (
	noRetry  = api.WithRetry(api.RetryPolicy{MaxAttempts: -1})
	atOnce   = api.WithRetry(api.RetryPolicy{BaseDelay: 1})
	ownToken = api.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token-1"}))
)

func TestDefaultTransportOffersNoTLSBelow12(t *testing.T) {
	var lowest atomic.Uint32 // version in the latest ClientHello
	srv := httptest.NewUnstartedServer(services)
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	srv.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		lowest.Store(uint32(slices.Min(hello.SupportedVersions)))
		return nil, nil
	}
	defer quietly(srv).Close()

	for name, opt := range map[string]api.Option{"token": noRetry, "API": ownToken} {
		lowest.Store(0)
		_, err := over(t, srv.URL, noRetry, opt).UpsertAll(t.Context(), records(1))
		if err == nil || !strings.Contains(err.Error(), "protocol version not supported") {
			t.Errorf("%s: got %v", name, err)
		}
		if v := lowest.Load(); v != tls.VersionTLS12 {
			t.Errorf("%s: the lowest version offered is %#x", name, v)
		}
	}
	// The server responds to one that comes down to it.
	old := trusting(t, srv.Certificate())
	old.TLSClientConfig.MinVersion = tls.VersionTLS10
	if _, err := over(t, srv.URL, api.WithTransport(old)).UpsertAll(t.Context(), records(1)); err != nil {
		t.Errorf("with TLS 1.1: got %v", err)
	}
}

func TestUsersCAIsHonoured(t *testing.T) {
	srv := quietly(httptest.NewUnstartedServer(services))
	defer srv.Close()
	for name, opt := range map[string]api.Option{
		"WithHTTPClient": api.WithHTTPClient(&http.Client{Transport: trusting(t, srv.Certificate())}),
		"WithTransport":  api.WithTransport(trusting(t, srv.Certificate())),
	} {
		if report, err := over(t, srv.URL, opt).UpsertAll(t.Context(), records(2)); err != nil || report.Accepted != 2 {
			t.Errorf("%s: got %v, %v", name, report, err)
		}
	}
}

func TestRefusedCertificateEndsTheRunAfterThreeTries(t *testing.T) {
	var connections atomic.Int64
	srv := httptest.NewUnstartedServer(services)
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	defer quietly(srv).Close()
	// Linux, where the certificate is verified by Go itself and not by the system, has the words.
	elsewhere := trusting(t, srv.Certificate())
	elsewhere.TLSClientConfig.ServerName = "klarity.invalid"
	for _, tt := range []struct {
		name string
		opts []api.Option
		want string
	}{
		{"an unknown authority's, for a token", nil,
			"token request: tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		{"an unknown authority's", []api.Option{ownToken},
			"upsert of 1 record: tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		{"another host's", []api.Option{ownToken, api.WithTransport(elsewhere)},
			"upsert of 1 record: tls: failed to verify certificate: x509: certificate is valid for example.com, *.example.com, not klarity.invalid"},
	} {
		connections.Store(0)
		report, err := over(t, srv.URL, append(tt.opts, atOnce)...).UpsertAll(t.Context(), records(1))
		var e *api.Error
		var certificate *tls.CertificateVerificationError
		if !errors.As(err, &e) || !errors.As(err, &certificate) || e.Retryable() || e.Error() != tt.want+" (tried 3 times); not tried again: nothing has ever succeeded there" && runtime.GOOS == "linux" {
			t.Errorf("%s: got  %v\nwant %s", tt.name, err, tt.want)
		}
		if n := connections.Load(); n != 3 || report.Retries != 2 || report.Failed != 1 {
			t.Errorf("%s: %d connections, %+v", tt.name, n, report)
		}
	}
}

// proxy is one that leads to a single address, whatever host it is asked for.
type proxy struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // method, host and Proxy-Authorization
}

// newProxy starts a proxy whose tunnels end at target. Without a target it responds with 502.
func newProxy(t *testing.T, target string) *proxy {
	p := &proxy{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, fmt.Sprintf("%s %s %s", r.Method, r.Host, r.Header.Get("Proxy-Authorization")))
		p.mu.Unlock()
		if target == "" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		there, err := net.Dial("tcp", target)
		if err != nil {
			t.Error(err)
			return
		}
		defer there.Close()
		here, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer here.Close()
		io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(there, buffered)
			there.Close()
		}()
		io.Copy(here, there)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// proxyUser is "user:pa55word", as Proxy-Authorization has it.
const proxyUser = "Basic dXNlcjpwYTU1d29yZA=="

func TestUsersProxyIsHonoured(t *testing.T) {
	srv := quietly(httptest.NewUnstartedServer(services))
	defer srv.Close()
	p := newProxy(t, srv.Listener.Addr().String())
	transport := trusting(t, srv.Certificate())
	transport.TLSClientConfig.ServerName = "example.com" // as the certificate has it
	transport.Proxy = func(r *http.Request) (*url.URL, error) {
		return &url.URL{Scheme: "http", User: url.UserPassword("user", "pa55word"), Host: p.Listener.Addr().String()}, nil
	}
	c := over(t, "https://klarity.invalid", api.WithTokenURL("https://identity.invalid/token"), api.WithTransport(transport))
	if report, err := c.UpsertAll(t.Context(), records(1)); err != nil || report.Accepted != 1 {
		t.Errorf("got %v, %v", report, err)
	}
	want := []string{"CONNECT identity.invalid:443 " + proxyUser, "CONNECT klarity.invalid:443 " + proxyUser}
	if got := p.requests(); !slices.Equal(got, want) {
		t.Errorf("the proxy was asked for %q, want %q", got, want)
	}
}

// The environment is read once in the life of a process, and loopback is never reached
// through its proxy; so a process of its own asks for a host that does not exist.
func TestEnvironmentsProxyIsHonoured(t *testing.T) {
	const child = "KLARITY_TEST_BEHIND_PROXY"
	if os.Getenv(child) != "" {
		for _, opt := range []api.Option{noRetry, ownToken} {
			_, err := over(t, "https://klarity.invalid", noRetry, opt).UpsertAll(t.Context(), records(1))
			fmt.Println(err)
		}
		return
	}
	p := newProxy(t, "")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestEnvironmentsProxyIsHonoured$")
	cmd.Env = append(os.Environ(), child+"=1", "NO_PROXY=", "no_proxy=", "https_proxy=",
		"HTTPS_PROXY=http://user:pa55word@"+p.Listener.Addr().String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := strings.Repeat("CONNECT klarity.invalid:443 "+proxyUser+"\n", 2)
	if got := strings.Join(p.requests(), "\n") + "\n"; got != want {
		t.Errorf("the proxy was asked for\n%swant\n%s", got, want)
	}
	for _, want := range []string{"token request: Bad Gateway\n", `upsert of type "vm" id "r0" (record 0): Bad Gateway` + "\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("got %s, want ...%s", out, want)
		}
	}
	if strings.Contains(string(out), "pa55word") || strings.Contains(string(out), proxyUser[len("Basic "):]) {
		t.Errorf("the proxy's password is shown: %s", out)
	}
}

// zeros sends gzip that unpacks to zeros for as long as somebody takes it, and counts its
// bytes. Each unpacks to eight only, and it ends after most of them, so that a test that
// fails does not take all memory with it.
func zeros(w http.ResponseWriter, status int, most int64) (sent int64) {
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z, err := gzip.NewWriterLevel(writer(func(p []byte) (int, error) {
		n, err := w.Write(p)
		if sent += int64(n); err == nil && sent >= most {
			err = io.ErrShortWrite
		}
		return n, err
	}), gzip.HuffmanOnly)
	for block := make([]byte, 64<<10); err == nil; {
		_, err = z.Write(block)
	}
	return sent
}

type writer func([]byte) (int, error)

func (f writer) Write(p []byte) (int, error) { return f(p) }

func TestGzipWithoutEndIsUnpackedToABound(t *testing.T) {
	const most = 32 << 20
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for _, tt := range []struct {
			name       string
			token, api int // the status of a response without end, or 0
			want       api.Outcome
			err        string
		}{
			{"accepted", 0, 202, api.Accepted, ""},
			{"refused", 0, 400, api.Rejected, `upsert of type "vm" id "r0" (record 0): 400 Bad Request`},
			{"a token", 200, 0, api.Failed, "is not a token: it is no JSON object with an access_token"},
			{"no token", 401, 0, api.Failed, "token request: 401 Unauthorized; check the integration's ID"},
		} {
			t.Run(proto+" "+tt.name, func(t *testing.T) {
				before := runtime.NumGoroutine()
				sent := make(chan int64, 1)
				srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					status := tt.api
					if strings.HasSuffix(r.URL.Path, "/token") {
						status = tt.token
					}
					if status == 0 {
						services(w, r)
						return
					}
					if r.Proto != proto || r.Header.Get("Accept-Encoding") != "gzip" {
						t.Errorf("the request is %s with %v", r.Proto, r.Header)
					}
					sent <- zeros(w, status, most)
				}))
				opts := []api.Option{noRetry}
				if proto == "HTTP/2.0" {
					srv.EnableHTTP2 = true
					quietly(srv)
					opts = append(opts, api.WithHTTPClient(srv.Client()))
				} else {
					srv.Start()
				}
				var got results
				report, err := over(t, srv.URL, opts...).UpsertAll(t.Context(), records(1), got.option())
				got.check(t, 1, report)
				if got.outcomes()[tt.want] != 1 || !strings.Contains(fmt.Sprint(err), tt.err) {
					t.Errorf("got %v, %v", report, err)
				}
				select {
				case n := <-sent:
					if n > most/4 {
						t.Errorf("the server sent %d bytes", n)
					}
				case <-time.After(10 * time.Second):
					t.Error("the server is still sending")
					srv.CloseClientConnections()
				}
				srv.Close()
				noMoreGoroutines(t, before)
			})
		}
	}
}

// noMoreGoroutines waits until there are no more than before.
func noMoreGoroutines(t *testing.T, before int) {
	t.Helper()
	for start := time.Now(); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Since(start) > 10*time.Second {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines are left of %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func TestRedirectAwayFromTLSOrToAnotherPortIsNotFollowed(t *testing.T) {
	stranger := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed: %s %s, %v", r.Method, r.URL, r.Header)
	})
	plain := httptest.NewServer(stranger)
	defer plain.Close()
	other := quietly(httptest.NewUnstartedServer(stranger))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, target := range []string{plain.URL, other.URL} {
			srv := quietly(httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, target+r.URL.Path, status)
			})))
			for operation, opt := range map[string]api.Option{"token": noRetry, "upsert": ownToken} {
				_, err := over(t, srv.URL, api.WithTransport(trusting(t, srv.Certificate())), atOnce, opt).UpsertAll(t.Context(), records(1))
				var e *api.Error
				if !errors.As(err, &e) || e.StatusCode != status || e.Operation != operation {
					t.Errorf("%s, %d to %s: got %v", operation, status, target, err)
				}
			}
			srv.Close()
		}
	}
}
