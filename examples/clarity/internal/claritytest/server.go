// Package claritytest is Clarity's data API in process, with made-up devices of a made-up Org: for
// tests, and to try the example without an account.
//
// It has the documented endpoints that package clarity calls, in the documented forms or in the
// other ones that the guide leaves open ([Alternative]). It checks the key (401) and the Org
// (403), packs responses with gzip for whoever accepts that, and fails as it is told to.
package claritytest

import (
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

// Org is the Org whose devices the server has.
const Org = "harbourAB12"

// Form is how responses look where the guide leaves that open.
type Form string

// The forms.
const (
	// Documented is what the guide's examples and known responses look like: datasources and
	// subscriptions in an envelope, nodes and their status as arrays, a row for each metric.
	Documented Form = "documented"
	// Alternative has the envelopes where Documented has none and none where it has them, and an
	// object for each metric, with the quality under qc and the times of a period.
	Alternative Form = "alternative"
)

// Server is a server of Clarity's data API on a loopback port.
type Server struct {
	URL string
	Key string

	form     Form
	http     *http.Server
	done     chan struct{}
	started  time.Time
	devices  devices
	handlers map[string]http.HandlerFunc // by call

	mu       sync.Mutex // guards the fields below
	clock    time.Duration
	faults   map[string]*fault // by call
	requests []Request
	tokens   map[string]time.Time // of continuations: up to when the rows were sent
}

// Request is a request that the server has answered.
type Request struct {
	Call   string // method and path
	Org    string
	Status int
	Header http.Header
}

// NewServer starts a server and closes it when the test ends.
func NewServer(t apitest.TB, form Form) *Server {
	t.Helper()
	s, err := Start(form)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a server on a free loopback port, with a new key. The caller must Close it.
func Start(form Form) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // Close ends it, no context
	if err != nil {
		return nil, fmt.Errorf("starting the fake Clarity server: %w", err)
	}
	s := &Server{
		URL:     "http://" + listener.Addr().String(),
		Key:     rand.Text(),
		form:    form,
		done:    make(chan struct{}),
		started: time.Now().UTC().Truncate(time.Millisecond),
		devices: makeDevices(),
		faults:  map[string]*fault{},
		tokens:  map[string]time.Time{},
	}
	s.handlers = s.calls()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener) // returns when Close closes the listener
	}()
	return s, nil
}

// Close stops the server and ends its connections.
func (s *Server) Close() {
	_ = s.http.Close()
	<-s.done
}

// Requests are all requests so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Advance moves the server's clock on: there are newer measurements then.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock += d
}

// now is the time of the server's clock.
func (s *Server) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started.Add(s.clock)
}
