package faults

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klarity-go/klarity/internal/faults/backend"
)

// try is one request to the API as the SDK's side saw it.
type attempt struct {
	started, ended time.Time
	status         int // 0: the SDK gave it up, or it broke
}

// recorder is the transport under the SDK. It names each request, so that what the far
// side saw can be held against what this side knows.
type recorder struct {
	runID int // its ID
	next  http.RoundTripper

	mu            sync.Mutex
	attempts      []attempt
	tokenRequests []time.Time     // when one was asked for
	tokenPrefixes map[string]bool // of tokens: what stands before the first dot, the same in all
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, "/token") {
		r.mu.Lock()
		r.tokenRequests = append(r.tokenRequests, time.Now())
		r.mu.Unlock()
		return r.next.RoundTrip(req)
	}
	r.mu.Lock()
	n := len(r.attempts)
	r.attempts = append(r.attempts, attempt{started: time.Now()})
	if _, token, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok {
		head, _, _ := strings.Cut(token, ".")
		r.tokenPrefixes[head] = true
	}
	r.mu.Unlock()

	named := *req // a RoundTripper must not change the request it is given
	named.Header = req.Header.Clone()
	named.Header.Set(backend.AttemptHeader, fmt.Sprintf("%d-%d", r.runID, n))
	resp, err := r.next.RoundTrip(&named)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts[n].ended = time.Now()
	if err == nil {
		r.attempts[n].status = resp.StatusCode
	}
	return resp, err
}

// named finds a try by what its header said.
func (r *recorder) attempt(name string) attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := strconv.Atoi(name)
	if err != nil || n < 0 || n >= len(r.attempts) {
		return attempt{}
	}
	return r.attempts[n]
}

// requests is how many were begun in a while, those for tokens too.
func (r *recorder) requestsBetween(from, to time.Time) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	began := slices.Clone(r.tokenRequests)
	for _, t := range r.attempts {
		began = append(began, t.started)
	}
	for _, t := range began {
		if t.After(from) && t.Before(to) {
			n++
		}
	}
	return n
}

// recovery is how long it took from a moment until a request that began after it was
// accepted; ok is false if none was.
func (r *recorder) recoveryTime(since time.Time) (d time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.attempts {
		if after := t.ended.Sub(since); t.status == http.StatusAccepted && t.started.After(since) && (!ok || after < d) {
			d, ok = after, true
		}
	}
	return d, ok
}
