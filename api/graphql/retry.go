package graphql

import (
	"math"
	"time"

	"github.com/klarity-go/klarity/internal/transport"
)

// RetryPolicy says what is done when a request fails with an error that is
// [Error.Retryable]. In each field zero means the default and a negative value none. It has
// the fields of the RetryPolicy of package api, to which it converts.
//
// A query that fails alone waits alone: a random time below BaseDelay, doubling up to
// MaxDelay (full jitter), until MaxAttempts tries have failed. A Retry-After makes all
// requests of the client wait. A mutation is sent again only when the connection was refused
// before anything was sent.
//
// When three tries of a client in a row have failed, the API counts as out of reach: one
// request at a time is sent as a probe, further and further apart up to MaxDelay, and
// everything else waits without spending tries, for at most Patience. The first response that
// is no such failure ends the outage. As long as nothing of the client has succeeded, a
// refused certificate ends a call after three tries, and a host that cannot be reached after
// a minute.
type RetryPolicy struct {
	// MaxAttempts bounds the tries of one query, the first included, while others succeed;
	// what is tried during an outage does not count. Default 10; negative: no request is sent
	// twice.
	MaxAttempts int
	// BaseDelay is the bound of the random wait before the second try; the bound doubles
	// with each further one. Default 500 ms; negative: no wait.
	BaseDelay time.Duration
	// MaxDelay caps that bound, and the time between two probes of an outage, which is never
	// less than 50 ms. Default 30 s.
	MaxDelay time.Duration
	// Patience is the longest outage and the longest Retry-After that is waited for, from the
	// beginning of the outage or of the call, whichever is later. (A call whose next try would
	// come after its context's deadline fails at once.) Default 2 min, which is less than in
	// package api, since a caller waits for the response; [Forever]: as long as the context allows;
	// negative: none.
	Patience time.Duration
}

// Forever as [RetryPolicy.Patience] waits out an outage for as long as the context allows.
const Forever time.Duration = math.MaxInt64

const defaultPatience = 2 * time.Minute

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.Patience == 0 {
		p.Patience = defaultPatience
	}
	return RetryPolicy(transport.Policy(p).WithDefaults())
}
