package far

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// env makes a program the far side.
const env = "KLARITY_FAULTS_FAR_SIDE"

// Main turns the process into a far side, and does not return, if it was started as one.
// Programs and tests that call Start call it first.
func Main() {
	if os.Getenv(env) == "" {
		return
	}
	zerolog.SetGlobalLevel(zerolog.Disabled) // some toxics log, whatever logger the server has
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "far side:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// control is the endpoint by which the near side has its wishes done.
type control struct {
	mu    sync.Mutex
	next  int
	sides map[int]*side
}

// serve answers until the standard input ends, as it does when the near side is gone,
// however it went.
func serve() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c := &control{sides: make(map[int]*side)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sides", c.begin)
	mux.HandleFunc("GET /sides/{id}", c.with(func(s *side, w http.ResponseWriter, _ *http.Request) { reply(w, s.snapshot()) }))
	mux.HandleFunc("GET /sides/{id}/wait", c.with(func(s *side, w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("requests"))
		s.waitFor(n)
		reply(w, struct{}{})
	}))
	mux.HandleFunc("DELETE /sides/{id}", c.with(func(s *side, w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(r.PathValue("id"))
		c.mu.Lock()
		delete(c.sides, id)
		c.mu.Unlock()
		reply(w, s.end())
	}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		server.Close()
	}()
	if err := server.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func (c *control) begin(w http.ResponseWriter, r *http.Request) {
	var plan Plan
	if err := json.NewDecoder(r.Body).Decode(&plan); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	id := c.next
	c.next++
	c.mu.Unlock()
	s, address, err := newSide(id, plan)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	c.mu.Lock()
	c.sides[id] = s
	c.mu.Unlock()
	reply(w, address)
}

func (c *control) with(do func(*side, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(r.PathValue("id"))
		c.mu.Lock()
		s := c.sides[id]
		c.mu.Unlock()
		if s == nil {
			http.NotFound(w, r)
			return
		}
		do(s, w, r)
	}
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the near side is gone, and so are we soon
}
