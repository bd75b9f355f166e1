package apitest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Fault is what goes wrong with one request. Its zero value is nothing: the request is
// processed and answered as it should be. Fields combine, and act in this order:
//
//   - The request is read whole.
//   - Delay passes. The client giving up ends it.
//   - Revoke revokes all tokens, so that a request to the API gets its 401.
//   - The request is processed, unless Status, Hang or Reset is set: then only with Apply.
//   - The answer is Status, Header and Body instead of, or on top of, what processing
//     gave; or it does not come.
type Fault struct {
	// Delay is waited before the request is processed and answered.
	Delay time.Duration

	// Revoke revokes every token that was issued before.
	Revoke bool

	// Apply processes the request although its answer is replaced or lost: the records
	// are in the estate, and the client cannot know.
	Apply bool

	// Status replaces the answer: Body is all it has. Between 200 and 999, or 0 for the
	// true answer.
	Status int

	// Header is set on the answer, the true one too.
	Header http.Header

	// Body is the answer's body. Without Status, it replaces the true one unless empty.
	Body string

	// Truncate ends the answer's body in the middle, by a broken connection.
	Truncate bool

	// Endless repeats the answer's body until the client stops reading.
	Endless bool

	// Hang gives no answer for as long as the client waits.
	Hang bool

	// Reset breaks the connection in place of an answer.
	Reset bool
}

// lets reports whether the request is processed.
func (f *Fault) processes() bool {
	return f.Apply || f.Status == 0 && !f.Hang && !f.Reset
}

// change turns the answer of processing, if there was any, into the faulty one.
func (f *Fault) apply(resp response) response {
	if f.Reset {
		return response{reset: true}
	}
	if f.Status != 0 {
		resp = response{status: f.Status, header: make(http.Header), body: []byte(f.Body)}
		if f.Status < 200 || f.Status > 999 {
			return errorResponse(http.StatusInternalServerError,
				fmt.Sprintf("apitest: Fault.Status is %d, not between 200 and 999", f.Status))
		}
		resp.header.Set("Content-Type", contentType(resp.body))
	} else if f.Body != "" {
		resp.body = []byte(f.Body)
	}
	for name, values := range f.Header {
		resp.header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	resp.truncated, resp.endless = f.Truncate, f.Endless
	return resp
}

func contentType(body []byte) string {
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		return "application/json"
	}
	return http.DetectContentType(body)
}

// A Hook looks at a request and decides its fault; nil is none. It is called after the
// request was read and before it is processed, on the goroutine that serves it, so it
// may block, and may call any method of the emulator. It must be safe for concurrent
// use, and leave the request as it is.
type Hook func(*Request) *Fault

// faults is where the faults of one endpoint come from.
type faultSource struct {
	mu     sync.Mutex
	script []Fault
	hooks  []Hook
}

func (f *faultSource) next(r *Request) Fault {
	f.mu.Lock()
	if len(f.script) > 0 {
		fault := f.script[0]
		f.script = f.script[1:]
		f.mu.Unlock()
		return fault
	}
	hooks := f.hooks
	f.mu.Unlock()

	for _, hook := range hooks {
		if fault := hook(r); fault != nil {
			return *fault
		}
	}
	return Fault{}
}

// Script adds faults to the API's queue. Each request to the API that comes in takes
// one, whatever becomes of it otherwise; a zero Fault lets a request through. When the
// queue is empty, the hooks of Intercept are asked.
func (e *Emulator) Script(faults ...Fault) { e.apiFaults.enqueue(faults) }

// ScriptToken is Script for the identity endpoint.
func (e *Emulator) ScriptToken(faults ...Fault) { e.tokenFaults.enqueue(faults) }

// Intercept replaces the hooks that see each request to the API. The first that returns
// a fault decides. Without arguments it removes them.
func (e *Emulator) Intercept(hooks ...Hook) { e.apiFaults.setHooks(hooks) }

// InterceptToken is Intercept for the identity endpoint.
func (e *Emulator) InterceptToken(hooks ...Hook) { e.tokenFaults.setHooks(hooks) }

// Scripted returns how many scripted faults no request has taken yet, of both endpoints.
func (e *Emulator) Scripted() int { return e.apiFaults.remaining() + e.tokenFaults.remaining() }

func (f *faultSource) enqueue(script []Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = append(f.script, script...)
}

func (f *faultSource) setHooks(hooks []Hook) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hooks = slices.DeleteFunc(slices.Clone(hooks), func(h Hook) bool { return h == nil })
}

func (f *faultSource) remaining() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.script)
}
