package claritytest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// endpoints are the words by which Fail knows the calls.
var endpoints = map[string]string{
	"datasources":   "GET /v2/datasources",
	"subscriptions": "GET /v2/subscriptions",
	"nodes":         "GET /v2/devices/nodes",
	"status":        "GET /v2/devices/nodes/status-summary",
	"accessories":   "GET /v2/devices/accessory-modules",
	"measurements":  "POST /v2/recent-datasource-measurements-query",
}

// fault is what becomes of the requests of a call.
type fault struct {
	handler http.HandlerFunc
	left    int // requests, -1: all
}

// Faults are how calls fail, by call.
type Faults map[string]fault

// ParseFaults reads a text: ENDPOINT:FAULT, several with commas between them. ENDPOINT is
// datasources, subscriptions, nodes, status, accessories or measurements. FAULT is a status from
// 300 on, html (a page in place of the document), cut (the connection ends in the middle), half
// (the document ends in the middle) or redirect. FAULTxN is the first N requests only.
func ParseFaults(text string) (Faults, error) {
	faults := Faults{}
	for one := range strings.SplitSeq(text, ",") {
		endpoint, what, ok := strings.Cut(strings.TrimSpace(one), ":")
		call, known := endpoints[endpoint]
		if !ok || !known {
			return nil, fmt.Errorf("%q: want ENDPOINT:FAULT, with ENDPOINT one of datasources, subscriptions, nodes, status, accessories, measurements", one)
		}
		left := -1
		if name, count, ok := strings.Cut(what, "x"); ok {
			n, err := strconv.Atoi(count)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("%q: the x must be followed by a number of requests", one)
			}
			what, left = name, n
		}
		handler, err := faultHandler(what)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", one, err)
		}
		faults[call] = fault{handler, left}
	}
	return faults, nil
}

// Fail makes further requests fail.
func (s *Server) Fail(faults Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for call, f := range faults {
		s.faults[call] = &f
	}
}

// Replace answers all further requests of a call, such as "GET /v2/datasources", with a handler.
// It sees neither the check of the key nor that of the Org.
func (s *Server) Replace(call string, handler http.HandlerFunc) {
	s.Fail(Faults{call: {handler, -1}})
}

// ReplaceBody is Replace with a document.
func (s *Server) ReplaceBody(call, body string) {
	s.Replace(call, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte(body))
	})
}

// fault is what the next request of the call gets, or nil.
func (s *Server) fault(call string) http.HandlerFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults[call]
	if f == nil || f.left == 0 {
		return nil
	}
	if f.left > 0 {
		f.left--
	}
	return f.handler
}

func faultHandler(what string) (http.HandlerFunc, error) {
	switch what {
	case "html":
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusOK)
			_, _ = w.Write([]byte("<!doctype html><html><head><title>Sign in</title></head><body></body></html>"))
		}, nil
	case "cut":
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusOK)
			_, _ = w.Write([]byte(`[{"nodeId":"A7K`))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, nil
	case "half":
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusOK)
			_, _ = w.Write([]byte(`[{"nodeId":"A7K`))
		}, nil
	case "redirect":
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://"+r.Host+"/elsewhere")
			w.WriteHeader(http.StatusFound)
		}, nil
	}
	status, err := strconv.Atoi(what)
	if err != nil || status < 300 || status > 599 {
		return nil, errors.New("the fault must be a status from 300 on, html, cut, half or redirect")
	}
	return func(w http.ResponseWriter, _ *http.Request) { refuse(w, status, http.StatusText(status)) }, nil
}

// newToken returns a new token of a continuation.
func newToken() string { return rand.Text() + rand.Text() }
