package apitest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

// A program can show something of its own beside the emulated services, whose paths it
// cannot take.
func TestWithRoutes(t *testing.T) {
	c := overLoopback(t, apitest.WithRoutes(func(e *apitest.Emulator) *http.ServeMux {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /records/{n}", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "page ", r.PathValue("n"), " of ", e.Len())
		})
		for _, path := range []string{"/v1/", "/oauth/token", "/graphql"} {
			mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		}
		return mux
	}))
	if r := c.call(t, "GET", "/records/7", ""); r.body != "page 7 of 0" {
		t.Errorf("got %d %s, want the page", r.status, r.body)
	}
	if n := len(c.Requests()); n != 0 {
		t.Errorf("got %d requests in the log, want none", n)
	}
	c.login(t)
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/records/7", 404},
		{"GET", "/nowhere", 404},
		{"GET", "/v1/estateRecords", 405},
		{"POST", "/v1/enrichments/estateRecords", 400},
		{"GET", "/oauth/token", 405},
		{"GET", "/graphql", 405},
		{"GET", "/v1/other", http.StatusTeapot},
	} {
		if r := c.call(t, test.method, test.path, ""); r.status != test.want {
			t.Errorf("%s %s: got %d, want %d", test.method, test.path, r.status, test.want)
		}
	}
	if n := len(c.Requests()); n != 7 {
		t.Errorf("got %d requests in the log, want 7, those to the emulator", n)
	}
}
