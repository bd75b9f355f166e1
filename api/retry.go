package api

import (
	"math"
	"time"

	"github.com/klarity-go/klarity/internal/transport"
)

// RetryPolicy says what is done when a request fails with an error that is
// [Error.Retryable]. In each field zero means the default and a negative value none.
//
// A request that fails alone waits alone: a random time below BaseDelay, doubling up to
// MaxDelay (full jitter), until MaxAttempts tries have failed. A Retry-After makes all
// requests of the client wait.
//
// # Outages
//
// When three tries of a client in a row have failed, the API counts as out of reach: one
// request at a time is sent as a probe, further and further apart up to MaxDelay, and
// everything else waits without spending tries. The first response that is no such failure
// ends the outage, and all goes on where it was. If it lasts longer than Patience, a run
// ends with what it has taken Failed, and an [Uploader] fails the records that have waited
// for that long and goes on probing with the others.
//
// A batch that was never tried may be the probe a second after the one before, so that
// new records are sent soon after the API is back. A body that fails twice with a
// 5xx other than 503, or without a response, is tried in halves from then on.
//
// An address that looks wrong is no outage for a run as long as nothing of the client has
// succeeded: a refused certificate, a redirect, 403 and 404 end it after three tries, and a
// host that cannot be reached after a minute. Refused credentials, and a fresh token that
// is refused, end a run at once, and are remembered for 10 seconds to 5 minutes. An
// uploader takes all of these for outages.
type RetryPolicy struct {
	// MaxAttempts bounds the tries of one request, the first included, while others
	// succeed; what is tried during an outage does not count. Default 10, which takes about
	// a minute on average; negative: no request is sent twice, not even after an outage.
	MaxAttempts int
	// BaseDelay is the bound of the random wait before the second try; the bound doubles
	// with each further one. Default 500 ms; negative: no wait.
	BaseDelay time.Duration
	// MaxDelay caps that bound, and the time between two probes of an outage, which is never
	// less than 50 ms. Default 30 s.
	MaxDelay time.Duration
	// Patience is the longest outage and the longest Retry-After that is waited for.
	// (A request whose next try would come after its context's deadline fails at once.) For
	// a run it counts from the beginning of the outage, or of the run if that came later;
	// for an [Uploader], for each record from when it was added, if that came later.
	// Default 15 min; [Forever]: as long as the context allows; negative: none. A record that
	// the server cannot process, alone in its batch and with nothing sent beside it, looks
	// like an outage, and fails only when the patience ends.
	Patience time.Duration
}

// Forever as [RetryPolicy.Patience] waits out an outage for as long as the context allows.
const Forever time.Duration = math.MaxInt64

func (p RetryPolicy) withDefaults() RetryPolicy {
	return RetryPolicy(transport.Policy(p).WithDefaults())
}
