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

// attempt is one request to the API, as seen by the driver.
type attempt struct {
	started, ended time.Time
	status         int // 0: the SDK abandoned it, or it failed
}

// recorder is the SDK's transport. It numbers and records each request, so that it can be
// matched with what the backend received.
type recorder struct {
	runID int
	next  http.RoundTripper

	mu            sync.Mutex
	attempts      []attempt
	tokenRequests []time.Time     // when they were sent
	tokenPrefixes map[string]bool // what comes before the first dot of a token
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
		prefix, _, _ := strings.Cut(token, ".")
		r.tokenPrefixes[prefix] = true
	}
	r.mu.Unlock()

	numbered := *req // a RoundTripper must not modify its request
	numbered.Header = req.Header.Clone()
	numbered.Header.Set(backend.AttemptHeader, fmt.Sprintf("%d-%d", r.runID, n))
	resp, err := r.next.RoundTrip(&numbered)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts[n].ended = time.Now()
	if err == nil {
		r.attempts[n].status = resp.StatusCode
	}
	return resp, err
}

// attempt returns the attempt with that backend.Request.Attempt.
func (r *recorder) attempt(name string) attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := strconv.Atoi(name)
	if err != nil || n < 0 || n >= len(r.attempts) {
		return attempt{}
	}
	return r.attempts[n]
}

// requestsBetween returns the number of requests sent in a time, including those for tokens.
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

// recoveryTime returns the time from a moment to the first 202 of a request that was sent after
// that moment; ok is false if there was none.
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
