package transport

import (
	"fmt"
	"net"
	"net/url"
)

// Endpoint parses a URL that credentials are sent to: https, or http to this machine. Its
// errors do not repeat the URL, which may hold a password; they say how it is set.
func Endpoint(what, how, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, fmt.Errorf("the %s is malformed, want https://host[:port][/path]: set %s", what, how)
	case u.User != nil:
		return nil, fmt.Errorf("the %s holds a user name or password, which do not belong there: set %s", what, how)
	case u.Fragment != "":
		return nil, fmt.Errorf("the %s has a fragment (#): set %s", what, how)
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return u, nil
	case u.Scheme == "http":
		return nil, fmt.Errorf("the %s is http to a host that is not this machine, which would show the secret on the way; want https: set %s", what, how)
	}
	return nil, fmt.Errorf("the %s has the scheme %q, want https: set %s", what, u.Scheme, how)
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
