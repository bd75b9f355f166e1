package backend

import (
	"context"
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

// env is the environment variable that makes this program a backend.
const env = "KLARITY_FAULTS_BACKEND"

// Main runs a backend and does not return if Start has started this process. Programs and
// tests that call Start call it first.
func Main() {
	if os.Getenv(env) == "" {
		return
	}
	zerolog.SetGlobalLevel(zerolog.Disabled) // some toxics log, whatever logger the proxy has
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "backend:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// controller serves the requests of a Client.
type controller struct {
	mu        sync.Mutex
	nextID    int
	instances map[int]*instance
}

// serve serves until the standard input ends, which also happens when the parent process
// crashes.
func serve() error {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
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
	_ = json.NewEncoder(w).Encode(v) // it fails only if the driver has ended
}
