package api

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// RetryPolicy says what is done when a request fails with an error that is
// [Error.Retryable]. In each field zero means the default and a negative value none.
type RetryPolicy struct {
	// MaxAttempts bounds the tries of one request, the first included. Default 10, which
	// takes about a minute on average; negative: no retry.
	MaxAttempts int
	// BaseDelay is the bound of the random wait before the second try; the bound doubles
	// with each further one (full jitter). Default 500 ms.
	BaseDelay time.Duration
	// MaxDelay caps that bound. Default 30 s.
	MaxDelay time.Duration
	// MaxRetryAfter is the longest Retry-After that is waited for. When the server asks
	// for more, requests fail at once until that time has come, 5 min at most, without
	// being sent. (A request whose next try would come after its context's deadline fails
	// at once, too.) Default 2 min; negative: none is waited for.
	MaxRetryAfter time.Duration
	// Quota bounds the retries of the whole client, so that an outage is not multiplied:
	// each retry takes one, each success gives one back, and when none is left requests
	// are sent once. A retry that waits for a Retry-After is free. Default 100; negative:
	// no bound.
	Quota int
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	or := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
		*d = max(*d, 0)
	}
	switch {
	case p.MaxAttempts == 0:
		p.MaxAttempts = 10
	case p.MaxAttempts < 0:
		p.MaxAttempts = 1
	}
	or(&p.BaseDelay, 500*time.Millisecond)
	or(&p.MaxDelay, 30*time.Second)
	or(&p.MaxRetryAfter, 2*time.Minute)
	switch {
	case p.Quota == 0:
		p.Quota = 100
	case p.Quota < 0:
		p.Quota = math.MaxInt
	}
	return p
}

// delay is the wait after the given number of tries, at least what the server asked for.
func (p RetryPolicy) delay(tries int, retryAfter time.Duration) time.Duration {
	bound := p.MaxDelay
	if shift := tries - 1; shift < 32 && p.BaseDelay<<shift < bound && p.BaseDelay<<shift >= p.BaseDelay {
		bound = p.BaseDelay << shift
	}
	if bound <= 0 {
		return retryAfter
	}
	return retryAfter + min(rand.N(bound), math.MaxInt64-retryAfter)
}

// quota counts the retries that are left.
type quota struct {
	mu   sync.Mutex
	most int
	left int
}

func newQuota(n int) *quota { return &quota{most: n, left: n} }

func (q *quota) take() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left == 0 {
		return false
	}
	q.left--
	return true
}

func (q *quota) give() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left < q.most {
		q.left++
	}
}
