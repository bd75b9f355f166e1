package sink

import (
	"io"
	"net/http"
	"strings"
)

// Transport is a [Server] in process, without connections. It allows measuring a client without
// the cost of net/http and the kernel.
type Transport struct{ server Server }

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	status, body := http.StatusAccepted, `{"message":"Accepted 1000 estate records"}`
	if req.URL.Path == TokenPath {
		status, body = http.StatusOK, tokenResponse
	}
	if req.Body != nil {
		err := t.server.readBody(req.URL.Path, req.Body, false, nil)
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    req,
	}, nil
}
