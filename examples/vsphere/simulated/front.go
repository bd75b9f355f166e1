package simulated

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"slices"
	"sync"

	"github.com/klarity-go/klarity/examples/vsphere/inventory"
)

// Front stands before a vCenter: it notes the calls of both APIs, and lets a test answer them in
// vCenter's place, or change what it answers.
type Front struct {
	URL    *url.URL
	Server *httptest.Server

	behind *VCenter
	hook   func(*Call) bool

	mu    sync.Mutex // guards calls
	calls []string
}

// Call is one call.
type Call struct {
	Name    string // the method, such as RetrievePropertiesEx, or the end of a path with its action
	Number  int    // 1 for the first of its name
	Body    string
	Writer  http.ResponseWriter
	Request *http.Request
	Change  func([]byte) []byte // if not nil, it is applied to the body of the response
}

// NewFront starts one; secure says whether it speaks TLS. hook, if not nil, is called with each
// call, also from several goroutines at a time, and returns true if it has answered. The caller
// must Close it.
func NewFront(behind *VCenter, secure bool, hook func(*Call) bool) *Front {
	f := &Front{behind: behind, hook: hook}
	f.Server = httptest.NewUnstartedServer(f)
	if secure {
		f.Server.StartTLS()
	} else {
		f.Server.Start()
	}
	f.URL, _ = url.Parse(f.Server.URL + behind.URL.Path)
	return f
}

// Close stops it. The vCenter goes on.
func (f *Front) Close() { f.Server.Close() }

// Config is what an [inventory.Source] needs to read through it, but for the certificate.
func (f *Front) Config() inventory.Config {
	cfg := f.behind.Config()
	cfg.URL = f.URL
	return cfg
}

// Calls are the names of the calls so far.
func (f *Front) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Count is how many calls of a name there were.
func (f *Front) Count(name string) (n int) {
	for _, call := range f.Calls() {
		if call == name {
			n++
		}
	}
	return n
}

var soapMethod = regexp.MustCompile(`Body[^>]*><(\w+)`)

func (f *Front) note(r *http.Request, body []byte) *Call {
	c := &Call{Request: r, Body: string(body), Name: path.Base(r.URL.Path)}
	if method := soapMethod.FindSubmatch(body); method != nil {
		c.Name = string(method[1])
	} else if action := r.URL.Query().Get("~action"); action != "" {
		c.Name += ":" + action
	} else if r.Method != http.MethodGet {
		c.Name = r.Method + " " + c.Name
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, c.Name)
	for _, call := range f.calls {
		if call == c.Name {
			c.Number++
		}
	}
	return c
}

// ServeHTTP implements [http.Handler].
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	c := f.note(r, body)
	c.Writer = w
	if f.hook != nil && f.hook(c) {
		return
	}
	out := r.Clone(r.Context())
	out.RequestURI, out.URL.Scheme, out.URL.Host, out.Host = "", f.behind.URL.Scheme, f.behind.URL.Host, ""
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return
	}
	if c.Change != nil {
		content = c.Change(content)
	}
	for name, values := range response.Header {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(content)
}
