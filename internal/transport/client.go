package transport

import "net/http"

// UserAgent is the SDK's own name in the header of that name.
const UserAgent = "klarity-go/0.1"

// NewClient is the HTTP client that every request goes through: a copy of base, or a new
// one if that is nil, with rt as its transport, if that is not nil. It follows no redirect.
func NewClient(base *http.Client, rt http.RoundTripper) *http.Client {
	var client http.Client
	if base != nil {
		client = *base
	}
	if rt != nil {
		client.Transport = rt
	}
	if client.Transport == nil {
		client.Transport = newTransport()
	}
	client.Transport = noRedirect{client.Transport}
	return &client
}

// newTransport is http.DefaultTransport with an idle connection for each request that may
// be in flight; the default keeps two and would open new ones for the rest.
func newTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // a program's own, which it must have its reasons for
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 64
	return t
}

// noRedirect takes the Location away from responses, so that no redirect is followed: a
// token goes to the configured origin or nowhere. To have CheckRedirect refuse is not
// enough. Before that is asked, net/http parses the Location, and when it cannot, forgets
// the status.
type noRedirect struct{ next http.RoundTripper }

func (n noRedirect) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := n.next.RoundTrip(req)
	if err == nil && resp != nil {
		resp.Header.Del("Location")
	}
	return resp, err
}
