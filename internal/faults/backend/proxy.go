package backend

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

// proxy is a running Toxiproxy proxy.
type proxy struct {
	toxi  *toxiproxy.Proxy
	steps sync.WaitGroup
}

var toxiproxyServer = toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())

// startProxy starts a proxy with its toxics, but not its steps.
func startProxy(name, upstream string, plan ProxyPlan) (*proxy, error) {
	p := &proxy{toxi: toxiproxy.NewProxy(toxiproxyServer, name, "127.0.0.1:0", upstream)}
	for i, t := range plan.Toxics {
		t.Name = fmt.Sprint(t.Type, i)
		encoded, err := json.Marshal(t)
		if err != nil {
			return nil, err
		}
		if _, err := p.toxi.Toxics.AddToxicJson(bytes.NewReader(encoded)); err != nil {
			return nil, fmt.Errorf("toxic %s: %w", encoded, err)
		}
	}
	if err := p.toxi.Start(); err != nil {
		return nil, err
	}
	return p, nil
}

// runSteps starts the steps, and calls done after each of them.
func (p *proxy) runSteps(ctx context.Context, steps []Step, done func()) {
	p.steps.Go(func() {
		start := time.Now()
		for _, s := range steps {
			timer := time.NewTimer(time.Until(start.Add(s.After)))
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
			p.applyStep(ctx, s)
			done()
		}
	})
}

func (p *proxy) applyStep(ctx context.Context, s Step) {
	switch s.Action {
	case Down:
		p.toxi.Stop()
	case Up:
		// If another process has taken the port in the meantime, the proxy stays down, which
		// is a fault like any other.
		_ = p.toxi.Start()
	case RemoveToxics:
		p.toxi.Toxics.ResetToxics(ctx)
	}
}

// takeDown takes the proxy down for a while, and calls done when it is up again.
func (p *proxy) takeDown(ctx context.Context, d time.Duration, done func()) {
	p.steps.Go(func() {
		p.toxi.Stop()
		timer := time.NewTimer(d)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
			if p.toxi.Start() == nil {
				done()
				return
			}
			timer.Reset(5 * time.Millisecond)
		}
	})
}

// stopTimeout is how long a proxy may take to stop. Toxiproxy can hang forever: a toxic that
// is being removed waits for a reader that no longer exists, and holds a lock that the proxy
// needs to accept connections or to stop. Such a proxy is abandoned and ends with the process.
const stopTimeout = 2 * time.Second

// close stops the proxy. The context of its steps has to be canceled before.
func (p *proxy) close() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.steps.Wait()
		p.toxi.Stop()
	}()
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// expiryRewriter replaces expires_in in the responses of the emulator's identity service.
type expiryRewriter struct {
	next      http.Handler
	expiresIn json.RawMessage
}

func (e expiryRewriter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.next.ServeHTTP(&expiryWriter{ResponseWriter: w, expiresIn: e.expiresIn}, r)
}

type expiryWriter struct {
	http.ResponseWriter
	expiresIn json.RawMessage
}

func (w *expiryWriter) WriteHeader(status int) {
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(status)
}

func (w *expiryWriter) Write(p []byte) (int, error) {
	var response map[string]any
	if json.Unmarshal(p, &response) == nil && response["access_token"] != nil {
		response["expires_in"] = w.expiresIn
		rewritten, err := json.Marshal(response)
		if err != nil {
			return 0, err
		}
		if _, err := w.ResponseWriter.Write(rewritten); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets the emulator close the connection.
func (w *expiryWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
