package job

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
)

// refused is a transport whose connections are all refused.
type refused struct{ tries int }

func (r *refused) RoundTrip(*http.Request) (*http.Response, error) {
	r.tries++
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// A host that cannot be reached is asked for a minute, and three times if no outage is waited out.
func TestHowLongTheFirstTokenIsAskedFor(t *testing.T) {
	for name, tt := range map[string]struct {
		patience, want time.Duration
		tries          int
	}{
		"the default":   {defaultPatience, unreachable, 8},
		"no patience":   {0, 1500 * time.Millisecond, 3},
		"half a minute": {30 * time.Second, 30 * time.Second, 7},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &refused{}
				c, err := api.New(api.Credentials{ClientID: "id", ClientSecret: "secret"}, api.WithHTTPClient(&http.Client{Transport: transport}))
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				err = firstToken(t.Context(), c, tt.patience, func(string) {})
				if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "given up after") {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took != tt.want || transport.tries != tt.tries {
					t.Errorf("got %d tries in %v, want %d in %v", transport.tries, took, tt.tries, tt.want)
				}
			})
		})
	}
}
