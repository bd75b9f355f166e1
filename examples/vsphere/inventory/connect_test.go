package inventory_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/soap"

	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
)

// open opens a source that is expected to fail.
func open(t *testing.T, cfg inventory.Config) error {
	t.Helper()
	s, err := inventory.Open(t.Context(), cfg)
	if err == nil {
		s.Close(t.Context())
	}
	return err
}

func TestWrongPasswordSaysWhichUser(t *testing.T) {
	v := unchanged(t, 10)
	cfg := v.Config()
	cfg.Password = "not-the-right-one"
	wantError(t, open(t, cfg), "not-the-right-one", `refuses the user "reader@vsphere.local"`, "GOVC_USERNAME", "GOVC_PASSWORD")
}

// What answers at the address and is no vCenter.
func TestOtherServers(t *testing.T) {
	html := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<!doctype html><html><body><p>Sign in<br></body></html>"))
		}
	}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		texts   []string
	}{
		{"a web page", html(http.StatusOK), []string{"is no vCenter", "GOVC_URL"}},
		{"an empty document", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body></Body></Envelope>`))
		}, []string{"is no vCenter"}},
		{"a web page with 500", html(http.StatusInternalServerError), []string{"is no vCenter"}},
		{"not found", html(http.StatusNotFound), []string{"has no vSphere API at /sdk", "GOVC_URL"}},
		{"unavailable", html(http.StatusServiceUnavailable), []string{"status 503", "may be starting"}},
		{"a connection that is cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []string{"broke"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := httptest.NewServer(test.handler)
			defer s.Close()
			u, _ := url.Parse(s.URL + "/sdk")
			wantError(t, open(t, inventory.Config{URL: u, Username: "reader", Password: "top-secret-4711"}), "top-secret-4711", test.texts...)
		})
	}
}

// A redirect is not followed, by either API: it could carry the password elsewhere.
func TestNoRedirectIsFollowed(t *testing.T) {
	v := unchanged(t, 10)
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect} {
		for _, call := range []string{"RetrieveServiceContent", "Login", "POST session", "category"} {
			t.Run(fmt.Sprintf("%d, %s", status, call), func(t *testing.T) {
				elsewhere := front(t, v, nil)
				f := front(t, v, func(c *simulated.Call) bool {
					if c.Name != call {
						return false
					}
					http.Redirect(c.Writer, c.Request, "http://"+elsewhere.URL.Host+c.Request.URL.RequestURI(), status)
					return true
				})
				s, err := inventory.Open(t.Context(), f.Config())
				if err == nil { // the tags are a gap
					got := readFrom(t.Context(), t, s)
					s.Close(t.Context())
					wantTexts(t, "gaps", got.gaps, fmt.Sprintf("%d", status))
				} else {
					wantError(t, err, v.Password, "redirect", "is not followed", fmt.Sprintf("status %d", status))
				}
				if calls := elsewhere.Calls(); len(calls) != 0 {
					t.Errorf("the redirect was followed: got the calls %q", calls)
				}
			})
		}
	}
}

func TestUnreachableHost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	u := &url.URL{Scheme: "https", Host: l.Addr().String(), Path: "/sdk"}
	wantError(t, open(t, inventory.Config{URL: u, Username: "reader", Password: "top-secret-4711"}), "top-secret-4711",
		"cannot be reached", l.Addr().String(), "connection refused", "GOVC_URL")
}

// A name that no server knows. The resolver is not asked in tests.
func TestUnknownHostName(t *testing.T) {
	u := &url.URL{Scheme: "https", Host: "vcentre.example.com", Path: "/sdk"}
	err := &url.Error{Op: "Post", URL: u.String(), Err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: u.Host, IsNotFound: true}}}
	wantError(t, inventory.Explain(inventory.Config{URL: u}, "connecting", err), "", "connecting", "the host vcentre.example.com is not known", "GOVC_URL")
}

// Whatever an error says, it does not say the password.
func TestErrorsDoNotShowThePassword(t *testing.T) {
	u := &url.URL{Scheme: "https", Host: "vcenter.example.com", Path: "/sdk"}
	cfg := inventory.Config{URL: u, Username: "reader", Password: "top-secret-4711"}
	for _, err := range []error{
		errors.New("no access for reader:top-secret-4711"),
		&url.Error{Op: "Post", URL: "https://reader:top-secret-4711@vcenter.example.com", Err: io.ErrUnexpectedEOF},
		&url.Error{Op: "Post", URL: u.String(), Err: &net.OpError{Op: "dial", Err: errors.New("top-secret-4711")}},
	} {
		wantError(t, inventory.Explain(cfg, "connecting", err), "top-secret-4711", "connecting", "(not shown)")
	}
}

// A server that takes the connection and does not speak holds nothing when the context has ended.
func TestServerThatDoesNotSpeakTLS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	connected := make(chan net.Conn, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		connected <- conn
		cancel()
	}()
	u := &url.URL{Scheme: "https", Host: l.Addr().String(), Path: "/sdk"}
	if _, err := inventory.Open(ctx, inventory.Config{URL: u, Username: "reader", Password: "x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want %v", err, context.Canceled)
	}
	if conn := <-connected; conn != nil {
		_ = conn.Close()
	}
}

func TestPlainServerIsNoTLS(t *testing.T) {
	v := unchanged(t, 10)
	cfg := v.Config()
	address := *v.URL
	address.Scheme = "https"
	cfg.URL = &address
	wantError(t, open(t, cfg), v.Password, "not with TLS", "GOVC_URL")
}

// certificate writes the certificate of a front to a file.
func certificate(t *testing.T, f *simulated.Front) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Server.Certificate().Raw})
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// knownHost writes a line of a known host to a file.
func knownHost(t *testing.T, f *simulated.Front, thumbprint string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(name, []byte(f.URL.Host+" "+thumbprint+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCertificates(t *testing.T) {
	v := vcenter(t, 10)
	f := simulated.NewFront(v, true, nil)
	f.Server.Config.ErrorLog = nil
	defer f.Close()
	other := simulated.NewFront(v, true, nil)
	defer other.Close()
	thumbprint := soap.ThumbprintSHA256(f.Server.Certificate())

	t.Run("nobody trusts it", func(t *testing.T) {
		wantError(t, open(t, f.Config()), v.Password, "is not trusted", "unknown authority", thumbprint,
			inventory.EnvCACerts, inventory.EnvKnownHosts, "/certs/download.zip", "govc about.cert -k -thumbprint")
		if n := len(f.Calls()); n != 0 {
			t.Errorf("got %d calls over a connection that is not trusted, want none", n)
		}
	})
	t.Run("its authority is trusted", func(t *testing.T) {
		cfg := f.Config()
		cfg.CACerts = certificate(t, f)
		read(t, cfg).complete(t, 10+others)
	})
	for name, thumbprint := range map[string]string{"SHA-256": thumbprint, "SHA-1": soap.ThumbprintSHA1(f.Server.Certificate())} {
		t.Run("its thumbprint is known, "+name, func(t *testing.T) {
			cfg := f.Config()
			cfg.KnownHosts = knownHost(t, f, thumbprint)
			read(t, cfg).complete(t, 10+others)
		})
	}
	t.Run("another thumbprint is known", func(t *testing.T) {
		cfg := f.Config()
		cfg.KnownHosts = knownHost(t, f, strings.Repeat("AB:", 31)+"AB")
		wantError(t, open(t, cfg), v.Password, "is not trusted", "names another", thumbprint)
	})
	t.Run("it is for another name", func(t *testing.T) {
		cfg := f.Config()
		cfg.CACerts = certificate(t, f)
		address := *f.URL
		address.Host = "localhost:" + address.Port()
		cfg.URL = &address
		wantError(t, open(t, cfg), v.Password, "is not trusted", "localhost", "the name in the certificate")
	})
}

// A connection that is never answered ends with the context.
func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := front(t, unchanged(t, 10), func(c *simulated.Call) bool {
		cancel()
		<-c.Request.Context().Done()
		return true
	})
	_, err := inventory.Open(ctx, f.Config())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want %v", err, context.Canceled)
	}
}

// What fails after the login closes the sessions.
func TestDatacenterIsChosenByNameOrPath(t *testing.T) {
	f := front(t, unchanged(t, 20), nil)
	cfg := f.Config()
	for _, name := range []string{"DC0", "/DC0", "DC0/"} {
		cfg.Datacenter = name
		read(t, cfg).complete(t, 20+others)
	}
	f.Close()
	f = front(t, unchanged(t, 20), func(c *simulated.Call) bool {
		c.Change = func(response []byte) []byte {
			return bytes.ReplaceAll(response, []byte(">DC0</val>"), []byte(">DC%2f0</val>"))
		}
		return false
	})
	cfg = f.Config()
	for _, name := range []string{"DC/0", "/DC%2f0"} {
		cfg.Datacenter = name
		if got := read(t, cfg).named(t, "web-1").Metadata["datacenter"]; got != "DC/0" {
			t.Errorf("got the datacenter %v, want DC/0", got)
		}
	}
	cfg.Datacenter = "DC9"
	err := open(t, cfg)
	wantError(t, err, "", `GOVC_DATACENTER is "DC9"`, "/DC%2f0")
	if !inventory.IsConfig(err) {
		t.Error("the error is not one of the configuration")
	}
	if logins, logouts := f.Count("Login"), f.Count("Logout"); logins != logouts {
		t.Errorf("got %d logouts for %d logins", logouts, logins)
	}
}
