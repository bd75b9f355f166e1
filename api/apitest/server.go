package apitest

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// TB is the part of testing.TB that NewServer needs. Declaring it here keeps package
// testing out of programs that use Start.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// A Server is an Emulator that listens on a port.
type Server struct {
	*Emulator
	URL      string // the API's base URL, such as http://127.0.0.1:40123
	TokenURL string // the identity endpoint's URL

	GraphQLURL string // the GraphQL API's URL

	server          *http.Server
	cancel          context.CancelFunc
	serveDone       chan struct{}  // closed when http.Server.Serve has returned
	openConns       sync.WaitGroup // connections that net/http serves
	runningHandlers sync.WaitGroup // handlers that have not returned
	closeOnce       sync.Once
}

// NewServer starts a Server on a free loopback port and closes it when the test ends.
func NewServer(t TB, opts ...Option) *Server {
	t.Helper()
	s, err := Start("127.0.0.1:0", opts...)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a Server on an address; "" means "127.0.0.1:0". It refuses an address that
// is not loopback, unless AllowRemote is given. The caller must Close the server.
func Start(addr string, opts ...Option) (*Server, error) { return New(opts...).Listen(addr) }

// Listen is Start for an emulator that exists: one that has loaded a saved state, say.
func (e *Emulator) Listen(addr string) (*Server, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if !e.allowRemote && !isLoopback(addr) {
		return nil, fmt.Errorf("apitest: listen on %s: not a loopback address; AllowRemote would allow it", addr)
	}
	listener, err := net.Listen("tcp", addr) //nolint:noctx // Close ends it, no context
	if err != nil {
		return nil, fmt.Errorf("apitest: %w", err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !e.allowRemote && ok && !tcp.IP.IsLoopback() {
		_ = listener.Close() // "localhost" resolves to another address on this machine
		return nil, fmt.Errorf("apitest: listen on %s: %s is not a loopback address", addr, tcp)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{Emulator: e, URL: "http://" + dialAddr(listener.Addr()), cancel: cancel, serveDone: make(chan struct{})}
	s.TokenURL, s.GraphQLURL = s.URL+tokenPath, s.URL+graphqlPath
	s.server = &http.Server{
		Handler:           http.HandlerFunc(s.handle),
		ErrorLog:          e.errorLog(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         s.trackConn,
		ReadHeaderTimeout: time.Minute,
	}
	go func() {
		defer close(s.serveDone)
		_ = s.server.Serve(listener) // returns when Close closes the listener
	}()
	return s, nil
}

// Close stops the server immediately: it closes all connections and ends all requests in
// progress. When it returns, no goroutine of the server runs any more, apart from the last
// instructions of some. Closing again does nothing.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		s.cancel()
		_ = s.server.Close()
		<-s.serveDone
		s.openConns.Wait()
		s.runningHandlers.Wait()
	})
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	s.runningHandlers.Add(1)
	defer s.runningHandlers.Done()
	s.ServeHTTP(w, r)
}

// trackConn counts the connections that net/http serves. A connection that a fault hijacked
// is no longer counted although its handler may still run, so Close waits for connections
// first and then for handlers.
func (s *Server) trackConn(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.openConns.Add(1)
	case http.StateHijacked, http.StateClosed:
		s.openConns.Done()
	}
}

// isLoopback reports whether an address to listen on can be reached from this machine only.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return true // net.Listen returns a better error
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// dialAddr returns an address to connect to, also for a listener on all interfaces.
func dialAddr(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
}

func (e *Emulator) errorLog() *log.Logger {
	if e.logger == nil {
		return log.New(io.Discard, "", 0)
	}
	return slog.NewLogLogger(e.logger.Handler(), slog.LevelWarn)
}
