package apitest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Fault says what goes wrong with one request. The zero Fault changes nothing. Fields can
// be combined, and take effect in this order:
//
//   - The request is read completely.
//   - Delay passes, unless the client gives up first.
//   - Revoke revokes all tokens, so that a request to the API gets a 401. Keys of the GraphQL
//     API are no tokens.
//   - The request is processed. With Status, Hang or Reset it is only if Apply is set.
//   - Status, Header and Body replace or change the regular response; or, with Hang or
//     Reset, none is sent.
type Fault struct {
	// Delay is how long to wait before the request is processed.
	Delay time.Duration

	// Revoke revokes every token issued so far.
	Revoke bool

	// Apply processes the request even though Status, Hang or Reset keeps the client from
	// the regular response: the records are in the estate, and the client cannot know.
	Apply bool

	// Status replaces the regular response by one with this status and Body. It is between
	// 200 and 999, or 0 for the regular response.
	Status int

	// Header is set on the response, also on the regular one.
	Header http.Header

	// Body is the body of the response. Without Status, it replaces the regular body unless
	// it is empty.
	Body string

	// Truncate closes the connection after half of the response's body.
	Truncate bool

	// Endless repeats the response's body until the client stops reading.
	Endless bool

	// Hang sends no response for as long as the client waits.
	Hang bool

	// Reset resets the connection instead of sending a response.
	Reset bool
}

// processes reports whether the request is processed.
func (f *Fault) processes() bool {
	return f.Apply || f.Status == 0 && !f.Hang && !f.Reset
}

// apply returns the faulty response. resp is the regular one, zero if the request was not
// processed.
func (f *Fault) apply(resp response) response {
	if f.Reset {
		return response{reset: true, reason: "a fault reset the connection"}
	}
	if f.Status != 0 {
		resp = response{status: f.Status, header: make(http.Header), body: []byte(f.Body)}
		if f.Status < 200 || f.Status > 999 {
			return errorResponse(http.StatusInternalServerError,
				fmt.Sprintf("apitest: Fault.Status is %d, not between 200 and 999", f.Status))
		}
		resp.header.Set("Content-Type", contentType(resp.body))
		resp.reason = f.reason()
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

// A Hook returns the fault of a request, nil for none. It is called after the request was
// read and before it is processed, on the goroutine that serves it, so it may block, and
// may call any method of the emulator. It must be safe for concurrent use, and must not
// modify the request.
type Hook func(*Request) *Fault

// A faultSource decides the faults of one endpoint: the script first, then the hooks.
type faultSource struct {
	mu     sync.Mutex // guards script and hooks; not held while a hook runs
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

// Script adds faults to the API's queue. Each request to the API takes one from it, also a
// request that is refused anyway; a zero Fault changes nothing. While the queue is empty,
// the hooks of Intercept decide.
func (e *Emulator) Script(faults ...Fault) { e.apiFaults.enqueue(faults) }

// ScriptToken is Script for the identity endpoint.
func (e *Emulator) ScriptToken(faults ...Fault) { e.tokenFaults.enqueue(faults) }

// ScriptGraphQL is Script for the GraphQL API.
func (e *Emulator) ScriptGraphQL(faults ...Fault) { e.graphqlFaults.enqueue(faults) }

// Intercept replaces the hooks that are called for requests to the API, in order, until one
// returns a fault. Without arguments it removes them.
func (e *Emulator) Intercept(hooks ...Hook) { e.apiFaults.setHooks(hooks) }

// InterceptToken is Intercept for the identity endpoint.
func (e *Emulator) InterceptToken(hooks ...Hook) { e.tokenFaults.setHooks(hooks) }

// InterceptGraphQL is Intercept for the GraphQL API. Request.OperationName tells the
// operations apart.
func (e *Emulator) InterceptGraphQL(hooks ...Hook) { e.graphqlFaults.setHooks(hooks) }

// Scripted returns how many scripted faults are still queued, for all endpoints together.
func (e *Emulator) Scripted() int {
	return e.apiFaults.remaining() + e.tokenFaults.remaining() + e.graphqlFaults.remaining()
}

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
