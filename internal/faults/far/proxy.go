package far

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// way is a running proxy.
type way struct {
	proxy *toxiproxy.Proxy
	steps sync.WaitGroup
}

var toxiServer = toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())

// open starts a proxy with its toxics. Its steps wait for begin.
func open(name, upstream string, plan Way) (*way, error) {
	w := &way{proxy: toxiproxy.NewProxy(toxiServer, name, "127.0.0.1:0", upstream)}
	for i, t := range plan.Toxics {
		t.Name = fmt.Sprint(t.Type, i)
		encoded, err := json.Marshal(t)
		if err != nil {
			return nil, err
		}
		if _, err := w.proxy.Toxics.AddToxicJson(bytes.NewReader(encoded)); err != nil {
			return nil, fmt.Errorf("toxic %s: %w", encoded, err)
		}
	}
	if err := w.proxy.Start(); err != nil {
		return nil, err
	}
	return w, nil
}

// begin lets time run.
func (w *way) begin(ctx context.Context, steps []Step, done func()) {
	w.steps.Go(func() {
		start := time.Now()
		for _, s := range steps {
			timer := time.NewTimer(time.Until(start.Add(s.After)))
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
			w.do(ctx, s)
			done()
		}
	})
}

func (w *way) do(ctx context.Context, s Step) {
	switch s.Do {
	case Down:
		w.proxy.Stop()
	case Up:
		// Somebody else may have taken the port meanwhile; then the proxy stays down, which
		// is a fault like another.
		_ = w.proxy.Start()
	case Lift:
		w.proxy.Toxics.ResetToxics(ctx)
	}
}

// breakFor has the proxy down for a while.
func (w *way) breakFor(ctx context.Context, d time.Duration, done func()) {
	w.steps.Go(func() {
		w.proxy.Stop()
		timer := time.NewTimer(d)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
			if w.proxy.Start() == nil {
				done()
				return
			}
			timer.Reset(5 * time.Millisecond)
		}
	})
}

// patience is how long a proxy may take to stop. Toxiproxy can be stuck for ever: a toxic
// that is being removed waits for a reader that has gone, and holds a lock that the proxy
// needs to accept or to stop. Such a proxy is left behind; it ends with the process.
const patience = 2 * time.Second

// close ends a way whose context has ended.
func (w *way) close() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.steps.Wait()
		w.proxy.Stop()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// liar stands before the emulator's identity service and puts another lifetime into its
// answers.
type liar struct {
	next http.Handler
	lie  json.RawMessage
}

func (l liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.next.ServeHTTP(&twister{ResponseWriter: w, lie: l.lie}, r)
}

type twister struct {
	http.ResponseWriter
	lie json.RawMessage
}

func (t *twister) WriteHeader(status int) {
	t.Header().Del("Content-Length")
	t.ResponseWriter.WriteHeader(status)
}

func (t *twister) Write(p []byte) (int, error) {
	var answer map[string]any
	if json.Unmarshal(p, &answer) == nil && answer["access_token"] != nil {
		answer["expires_in"] = t.lie
		twisted, err := json.Marshal(answer)
		if err != nil {
			return 0, err
		}
		if _, err := t.ResponseWriter.Write(twisted); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return t.ResponseWriter.Write(p)
}

// Unwrap lets the emulator break the connection.
func (t *twister) Unwrap() http.ResponseWriter { return t.ResponseWriter }
