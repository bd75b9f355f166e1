package backend

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
const env = "KLARITY_FAULTS_BACKEND"

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
type controller struct {
	mu        sync.Mutex
	nextID    int
	instances map[int]*instance
}

// serve answers until the standard input ends, as it does when the near side is gone,
// however it went.
func serve() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c := &controller{instances: make(map[int]*instance)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /runs", c.start)
	mux.HandleFunc("GET /runs/{id}", c.withInstance(func(inst *instance, w http.ResponseWriter, _ *http.Request) { reply(w, inst.snapshot()) }))
	mux.HandleFunc("GET /runs/{id}/wait", c.withInstance(func(inst *instance, w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("requests"))
		inst.waitFor(n)
		reply(w, struct{}{})
	}))
	mux.HandleFunc("DELETE /runs/{id}", c.withInstance(func(inst *instance, w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(r.PathValue("id"))
		c.mu.Lock()
		delete(c.instances, id)
		c.mu.Unlock()
		reply(w, inst.stop())
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

func (c *controller) start(w http.ResponseWriter, r *http.Request) {
	var plan Plan
	if err := json.NewDecoder(r.Body).Decode(&plan); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	id := c.nextID
	c.nextID++
	c.mu.Unlock()
	inst, address, err := newInstance(id, plan)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	c.mu.Lock()
	c.instances[id] = inst
	c.mu.Unlock()
	reply(w, address)
}

func (c *controller) withInstance(do func(*instance, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(r.PathValue("id"))
		c.mu.Lock()
		inst := c.instances[id]
		c.mu.Unlock()
		if inst == nil {
			http.NotFound(w, r)
			return
		}
		do(inst, w, r)
	}
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the near side is gone, and so are we soon
}
