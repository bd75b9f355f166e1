package api

import "net/http"

// newHTTPClient is the client that every request goes through.
func newHTTPClient(cfg config) *http.Client {
	var client http.Client
	if cfg.http != nil {
		client = *cfg.http
	}
	if cfg.transport != nil {
		client.Transport = cfg.transport
	}
	if client.Transport == nil {
		client.Transport = newTransport()
	}
	client.Transport = unmoved{client.Transport}
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

// unmoved takes the Location away from answers, so that no redirect is followed: a token
// goes to the configured origin or nowhere. To have CheckRedirect refuse is not enough.
// Before that is asked, net/http parses the Location, and when it cannot, forgets the status.
type unmoved struct{ next http.RoundTripper }

func (u unmoved) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := u.next.RoundTrip(req)
	if err == nil && resp != nil {
		resp.Header.Del("Location")
	}
	return resp, err
}

// seam stands between the generated layer and the transport.
type seam struct{ next http.RoundTripper }

func (s seam) RoundTrip(req *http.Request) (*http.Response, error) {
	req, err := leased(req)
	if err != nil {
		return nil, err
	}
	resp, err := s.next.RoundTrip(req)
	if err == nil && resp != nil {
		if resp.Header == nil {
			resp.Header = http.Header{}
		}
		// The runtime gives up, without telling the status, on a content type that it
		// cannot parse or has no reader for. The facade reads all answers itself.
		resp.Header.Set("Content-Type", "application/json")
	}
	return resp, err
}
