package inventory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"reflect"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
)

// userAgent names the program to vCenter, whose list of sessions shows it.
const userAgent = "klarity-vsphere"

// newSOAPClient returns a client that sends nothing yet. It follows no redirect, which could carry
// the password elsewhere, and dials as http.DefaultTransport does: govmomi's own way to dial ends
// with no context.
func (c Config) newSOAPClient() (*soap.Client, error) {
	client := soap.NewClient(c.URL, false)
	client.UserAgent = userAgent
	client.Timeout = c.CallTimeout
	if c.CACerts != "" {
		if err := client.SetRootCAs(c.CACerts); err != nil {
			return nil, err
		}
	}
	if err := client.LoadThumbprints(c.KnownHosts); err != nil {
		return nil, err
	}
	t := client.DefaultTransport()
	t.DialTLSContext = nil
	t.TLSClientConfig.MinVersion = tls.VersionTLS12
	if known := client.Thumbprint(c.URL.Host); known != "" {
		trustThumbprint(t.TLSClientConfig, c.URL.Host, known)
	}
	client.CheckRedirect = noRedirect
	return client, nil
}

// noRedirect makes a redirect the response.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// newVIMClient asks for what the API has to offer.
func newVIMClient(ctx context.Context, client *soap.Client) (*vim25.Client, error) {
	client.Namespace, client.Version = "urn:"+vim25.Namespace, vim25.Version
	vim, err := vim25.NewClient(ctx, answered{client})
	if err != nil {
		return nil, err
	}
	vim.Client = client
	if !vim.Valid() {
		return nil, errNoVCenter
	}
	return vim, nil
}

// answered makes an error of a response without a result. govmomi takes it for one, and uses a nil
// pointer.
type answered struct{ client *soap.Client }

// RoundTrip implements [soap.RoundTripper].
func (a answered) RoundTrip(ctx context.Context, req, res soap.HasFault) error {
	if err := a.client.RoundTrip(ctx, req, res); err != nil {
		return err
	}
	if result := reflect.ValueOf(res).Elem().FieldByName("Res"); result.IsValid() && result.IsNil() {
		return errNoVCenter
	}
	return nil
}

// trustThumbprint makes a configuration accept the certificate with a thumbprint, and no other.
func trustThumbprint(config *tls.Config, host, known string) {
	config.InsecureSkipVerify = true // VerifyConnection compares the thumbprint
	config.VerifyConnection = func(state tls.ConnectionState) error {
		cert := state.PeerCertificates[0]
		if known == soap.ThumbprintSHA256(cert) || known == soap.ThumbprintSHA1(cert) {
			return nil
		}
		return &thumbprintError{host: host, cert: cert}
	}
}

// thumbprintError is a certificate with another thumbprint than the known one.
type thumbprintError struct {
	host string
	cert *x509.Certificate
}

// Error implements error.
func (e *thumbprintError) Error() string {
	return fmt.Sprintf("the certificate of %s has the thumbprint %s, and %s names another", e.host, soap.ThumbprintSHA256(e.cert), EnvKnownHosts)
}
