// Package drain is the server that every contender sends to. It reads what it is sent,
// throws it away and says that all is well, as fast as it can: what is measured is the
// client.
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

// Paths that the server answers besides those of the API.
const (
	TokenPath = "/oauth/token"
	StatsPath = "/tally"
	BulkPath  = "/estate/_bulk"
	// PickyPrefix stands before the API's paths where a request with Poison in it is
	// refused.
	RejectPrefix = "/picky"
)

// Poison marks a record that the server refuses under PickyPrefix.
const Poison = "a record that the server does not take"

// token is the answer to all who ask for one.
const tokenResponse = `{"access_token":"token-of-the-benchmark","token_type":"Bearer","expires_in":86400}`

// Server is the handler. The zero value is ready to use.
type Server struct {
	// Keep, if not nil, gets the path and the body of each request that is not about a
	// token or a tally. It may be called at the same time by several goroutines.
	OnBody func(path string, body []byte)

	requests, bytes atomic.Int64
	buffers         sync.Pool
}

// Tally is what the server has been sent, tokens and tallies aside, and the processor time
// of the server's process.
type Stats struct {
	Requests, Bytes int64
	CPU             time.Duration
}

// Sub is what came after an earlier tally.
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

// write answers the three operations of the API.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	path, reject := strings.CutPrefix(r.URL.Path, RejectPrefix)
	switch r.Method + " " + path {
	case "POST /v1/estateRecords", "DELETE /v1/estateRecords", "POST /v1/enrichments/estateRecords":
	default:
		respond(w, http.StatusNotFound, `{"error":"there is nothing here"}`)
		return
	}
	refused := false
	err := s.readBody(path, r.Body, reject, func(body []byte) { refused = contains(body, Poison) })
	switch {
	case err != nil:
		respond(w, http.StatusInternalServerError, fmt.Sprintf(`{"error":%q}`, err))
	case refused:
		respond(w, http.StatusBadRequest, `{"error":"one of the records cannot be taken"}`)
	default:
		respond(w, http.StatusAccepted, `{"message":"Accepted 1000 estate records"}`)
	}
}

func respond(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
