package inventory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	govmomixml "github.com/vmware/govmomi/vim25/xml"
)

// configError is an error that the configuration is to blame for.
type configError struct{ error }

func (e configError) Unwrap() error { return e.error }

// IsConfig reports whether an error of [Open] says that the configuration names something that the
// vCenter does not have.
func IsConfig(err error) bool {
	_, ok := errors.AsType[configError](err)
	return ok
}

func configErrorf(format string, args ...any) error { return configError{fmt.Errorf(format, args...)} }

// explain says what an error of a call means and what to do. The password is in no error.
func (c Config) explain(what string, err error) error {
	host := c.URL.Host
	failure, network := errors.AsType[net.Error](err)
	dns, unknownHost := errors.AsType[*net.DNSError](err)
	status := statusOf(err)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case isUntrusted(err):
		return c.untrusted(err)
	case unknownHost && dns.IsNotFound:
		return fmt.Errorf("%s: the host %s is not known: check %s", what, c.URL.Hostname(), EnvURL)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s: %s answers, but not with TLS: check the port in %s", what, host, EnvURL)
	case fault.Is(err, &types.InvalidLogin{}):
		return fmt.Errorf("%s: %s refuses the user %q or the password: check %s and %s", what, host, c.Username, EnvUsername, EnvPassword)
	case fault.Is(err, &types.NotAuthenticated{}):
		return fmt.Errorf("%s: %s says that the session has ended, also after another login: %s", what, host, c.text(err))
	case fault.Is(err, &types.NoPermission{}):
		return fmt.Errorf("%s: the user %q lacks a permission: %s; it needs the role Read-only, as a global permission, with propagation", what, c.Username, c.text(err))
	case isBroken(err):
		return fmt.Errorf("%s: the connection to %s broke: %s", what, host, c.text(err))
	case isNoVCenter(err):
		return fmt.Errorf("%s: %s answers, but is no vCenter or ESXi host: %s; check %s", what, host, c.text(err), EnvURL)
	case status >= 300 && status < 400:
		return fmt.Errorf("%s: %s wants to redirect to another address (status %d), which is not followed: check %s", what, host, status, EnvURL)
	case status == 404 || status == 405:
		return fmt.Errorf("%s: %s answers, but has no vSphere API at %s (status %d): check %s", what, host, c.URL.Path, status, EnvURL)
	case status >= 500:
		return fmt.Errorf("%s: %s answers with status %d: it may be starting, or overloaded", what, host, status)
	case status > 0:
		return fmt.Errorf("%s: %s answers with status %d, which the vSphere API does not: a proxy may stand before it", what, host, status)
	case network && failure.Timeout():
		return fmt.Errorf("%s: %s did not answer in time: %s; it may be overloaded, or something between may drop the connection: check %s, and the network", what, host, c.text(err), EnvURL)
	case network:
		return fmt.Errorf("%s: %s cannot be reached: %s; check %s, and the network", what, host, c.text(err), EnvURL)
	}
	return fmt.Errorf("%s: %s: %s", what, host, c.text(err))
}

// text is an error's text without the password, which no error is known to contain, and bounded.
func (c Config) text(err error) string {
	text := err.Error()
	if c.Password != "" {
		text = strings.ReplaceAll(text, string(c.Password), Secret("").String())
	}
	return truncate(text, 500)
}

func (c Config) untrusted(err error) error {
	presented := ""
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok && e.Cert != nil {
		presented = " It presented the one with the SHA-256 thumbprint " + soap.ThumbprintSHA256(e.Cert) + "."
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("the certificate of %s is not trusted: %s.%s "+
		"Get the certificate of the authority that issued it (of a vCenter: https://%s/certs/download.zip), name its file in %s, "+
		"and use the name in the certificate in %s; or compare that thumbprint with the one that the administrator sees, write the line that "+
		"\"govc about.cert -k -thumbprint\" prints to a file, and name this file in %s",
		c.URL.Host, c.text(err), presented, c.URL.Host, EnvCACerts, EnvURL, EnvKnownHosts)
}

func isUntrusted(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, thumbprint := errors.AsType[*thumbprintError](err)
	return verification || thumbprint || soap.IsCertificateUntrusted(err)
}

// errNoVCenter is a response that could be decoded and says nothing.
var errNoVCenter = errors.New("the response is not one of the vSphere API")

func isNoVCenter(err error) bool {
	_, syntax := errors.AsType[*govmomixml.SyntaxError](err)
	_, stdSyntax := errors.AsType[*xml.SyntaxError](err)
	return syntax || stdSyntax || errors.Is(err, errNoVCenter) || strings.HasPrefix(err.Error(), "expected element type")
}

// isBroken reports whether a connection broke off: the response, or the document in it, has no end.
func isBroken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "unexpected EOF")
}

// statusOf is the HTTP status that an error of govmomi is about, or 0. Its types are not exported:
// the text of one of them is the status line, and for the other, that of the API of tags, there is a
// function that compares.
func statusOf(err error) int {
	for status := 300; status < 600; status++ {
		if rest.IsStatusError(err, status) {
			return status
		}
	}
	u, ok := errors.AsType[*url.Error](err)
	if !ok {
		return 0
	}
	status := 0
	if n, err := fmt.Sscanf(u.Err.Error(), "%3d ", &status); err != nil || n != 1 || status < 100 {
		return 0
	}
	return status
}

// isTemporary reports whether a call may succeed when it is made again.
func isTemporary(err error) bool {
	if isUntrusted(err) {
		return false
	}
	_, network := errors.AsType[net.Error](err)
	switch statusOf(err) {
	case 0:
		return network || isBroken(err)
	case 429, 500, 502, 503, 504:
		return true
	}
	return false
}
