// Package sink is the server that every contender sends to. It reads and discards all bodies and
// accepts them as fast as possible, as only the client is measured.
package sink

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klarity-go/klarity/internal/bench/internal/usage"
)

// Paths of the server other than those of the API.
const (
	TokenPath = "/oauth/token"
	StatsPath = "/tally"
	BulkPath  = "/estate/_bulk"
	// RejectPrefix before one of the API's paths makes the server refuse requests with Poison.
	RejectPrefix = "/picky"
)

// Poison marks a record that the server refuses under RejectPrefix.
const Poison = "a record that the server refuses"

// tokenResponse is the response to all token requests.
const tokenResponse = `{"access_token":"token-of-the-benchmark","token_type":"Bearer","expires_in":86400}`

// Server is the handler. The zero value is ready to use.
type Server struct {
	// OnBody, if not nil, is called with the path and the body of each request other than for
	// tokens and stats, by several goroutines at the same time.
	OnBody func(path string, body []byte)

	requests, bytes atomic.Int64
	buffers         sync.Pool
}

// Stats are the requests to the server and the bytes of their bodies, without those for tokens
// and stats, and the processor time of the server process.
type Stats struct {
	Requests, Bytes int64
	CPU             time.Duration
}

// Sub returns the difference to earlier stats.
func (t Stats) Sub(earlier Stats) Stats {
	return Stats{t.Requests - earlier.Requests, t.Bytes - earlier.Bytes, t.CPU - earlier.CPU}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case TokenPath:
		_, _ = io.Copy(io.Discard, r.Body)
		respond(w, http.StatusOK, tokenResponse)
	case StatsPath:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(Stats{s.requests.Load(), s.bytes.Load(), usage.CPU()})
	case BulkPath:
		s.serveBulk(w, r)
	default:
		s.serveAPI(w, r)
	}
}

// serveAPI serves the three operations of the API.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	path, reject := strings.CutPrefix(r.URL.Path, RejectPrefix)
	switch r.Method + " " + path {
	case "POST /v1/estateRecords", "DELETE /v1/estateRecords", "POST /v1/enrichments/estateRecords":
	default:
		respond(w, http.StatusNotFound, `{"error":"not found"}`)
		return
	}
	refused := false
	err := s.readBody(path, r.Body, reject, func(body []byte) { refused = contains(body, Poison) })
	switch {
	case err != nil:
		respond(w, http.StatusInternalServerError, fmt.Sprintf(`{"error":%q}`, err))
	case refused:
		respond(w, http.StatusBadRequest, `{"error":"a record is refused"}`)
	default:
		respond(w, http.StatusAccepted, `{"message":"Accepted 1000 estate records"}`)
	}
}

func respond(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
