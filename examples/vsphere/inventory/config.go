package inventory

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25/soap"
)

// The environment variables, named and understood as govc does.
const (
	EnvURL        = "GOVC_URL"
	EnvUsername   = "GOVC_USERNAME"
	EnvPassword   = "GOVC_PASSWORD"
	EnvCACerts    = "GOVC_TLS_CA_CERTS"
	EnvKnownHosts = "GOVC_TLS_KNOWN_HOSTS"
	EnvDatacenter = "GOVC_DATACENTER"
	EnvInsecure   = "GOVC_INSECURE"
)

// Defaults of a [Config].
const (
	DefaultPageSize    = 250
	DefaultRetryWait   = 2 * time.Second
	DefaultCallTimeout = 5 * time.Minute
)

// Config says what to read, and how.
type Config struct {
	// URL is the address of the API, without a user: https, or http on loopback.
	URL *url.URL
	// Username and Password log in.
	Username string
	Password Secret
	// CACerts are files with the certificates of authorities that are trusted in place of the
	// system's, in PEM, with the system's list separator between several.
	CACerts string
	// KnownHosts are files with lines of a host and the thumbprint of its certificate, which is
	// trusted then whoever has issued it.
	KnownHosts string

	// Datacenter restricts all records to one datacenter: its name, or its path such as
	// /folder/name. Empty means all.
	Datacenter string
	// TagAttributes are the names of the custom attributes that become tags, too.
	TagAttributes []string
	// Prices add costs to virtual machines and templates, on the days from From to To, in UTC, both
	// included, but for those before the machine was created; without them, on those of [Month].
	// Nil means no costs.
	Prices   *Prices
	From, To time.Time

	// PageSize is how many objects a page has at most. 0 means DefaultPageSize.
	PageSize int
	// RetryWait is the pause before what has failed is tried again; it doubles each time. 0 means
	// DefaultRetryWait.
	RetryWait time.Duration
	// CallTimeout bounds each call, its response included: a vCenter that does not answer any more
	// must not hold a job for ever. 0 means DefaultCallTimeout.
	CallTimeout time.Duration
}

// Secret is a text that no formatting shows.
type Secret string

// String implements [fmt.Stringer].
func (Secret) String() string { return "(not shown)" }

// GoString implements [fmt.GoStringer].
func (Secret) GoString() string { return "(not shown)" }

// MarshalText implements [encoding.TextMarshaler].
func (Secret) MarshalText() ([]byte, error) { return []byte("(not shown)"), nil }

// ConfigFromEnv returns the configuration that the environment names. Its errors show neither the
// password nor GOVC_URL, which may contain one.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	address := getenv(EnvURL)
	if address == "" {
		return Config{}, fmt.Errorf("%s is not set: it is the address of a vCenter, such as https://vcenter.example.com", EnvURL)
	}
	if insecure := strings.ToLower(getenv(EnvInsecure)); insecure == "1" || insecure == "t" || insecure == "true" {
		return Config{}, fmt.Errorf("%s is not supported: a certificate is always checked; name the file of its authority in %s, or a file with its thumbprint in %s, and unset %s",
			EnvInsecure, EnvCACerts, EnvKnownHosts, EnvInsecure)
	}
	u, err := soap.ParseURL(address)
	if err != nil || u.Hostname() == "" {
		return Config{}, fmt.Errorf("%s is not an address such as https://vcenter.example.com (it is not shown, because it may contain a password; a special character in a password is written as %%XX there, or the password goes into %s)",
			EnvURL, EnvPassword)
	}
	if err := checkScheme(u); err != nil {
		return Config{}, err
	}
	cfg := Config{Username: u.User.Username(), CACerts: getenv(EnvCACerts), KnownHosts: getenv(EnvKnownHosts), Datacenter: getenv(EnvDatacenter)}
	password, _ := u.User.Password()
	u.User = nil
	u.RawQuery, u.Fragment = "", ""
	cfg.URL = u
	if name := getenv(EnvUsername); name != "" {
		if cfg.Username, err = session.Secret(name); err != nil {
			return Config{}, fmt.Errorf("%s names a file that cannot be read", EnvUsername)
		}
	}
	if value := getenv(EnvPassword); value != "" {
		if password, err = session.Secret(value); err != nil {
			return Config{}, fmt.Errorf("%s names a file that cannot be read", EnvPassword)
		}
	}
	cfg.Password = Secret(password)
	switch {
	case cfg.Username == "":
		return Config{}, fmt.Errorf("%s is not set: it is the user to log in with, such as reader@vsphere.local", EnvUsername)
	case password == "":
		return Config{}, fmt.Errorf("%s is not set: it is the password of %s, or a file that holds it", EnvPassword, cfg.Username)
	}
	return cfg, cfg.checkFiles()
}

func checkScheme(u *url.URL) error {
	ip := net.ParseIP(u.Hostname())
	switch local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback(); {
	case u.Scheme == "https", u.Scheme == "http" && local:
		return nil
	case u.Scheme == "http":
		return fmt.Errorf("%s begins with http://, which would send the password in plain text: use https://", EnvURL)
	}
	return fmt.Errorf("%s must begin with https://", EnvURL)
}

// checkFiles reads the files that decide which certificates are trusted. One that is not there is
// an error: govmomi passes over it.
func (c Config) checkFiles() error {
	probe := soap.NewClient(&url.URL{Scheme: "https", Host: "probe"}, false)
	for _, f := range []struct {
		variable, names string
		load            func(string) error
	}{{EnvCACerts, c.CACerts, probe.SetRootCAs}, {EnvKnownHosts, c.KnownHosts, probe.LoadThumbprints}} {
		for _, name := range filepath.SplitList(f.names) {
			_, err := os.Stat(name)
			if err == nil {
				err = f.load(name)
			}
			var path *os.PathError
			if errors.As(err, &path) {
				err = path.Err
			}
			if err != nil {
				return fmt.Errorf("%s names %s: %w", f.variable, name, err)
			}
		}
	}
	return nil
}
