package loopback

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOnlyLoopbackIsReached(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	get := func(url string) error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	for _, url := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)} {
		if err := get(url); err != nil {
			t.Error(err)
		}
	}
	// Reserved for documentation (RFC 5737, RFC 6761): nothing would answer there.
	for _, url := range []string{"http://192.0.2.1", "https://klarity.invalid", "http://[2001:db8::1]", "http://localhost.invalid"} {
		if err := get(url); err == nil || !strings.Contains(err.Error(), "not a loopback address") {
			t.Errorf("%s: got %v", url, err)
		}
	}
}
