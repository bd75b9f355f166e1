package transport

import (
	"math"
	"math/rand/v2"
	"time"
)

// Policy says how long and how often a body is tried. That of a [Sender] is complete: no
// field stands for a default.
type Policy struct {
	MaxAttempts int           // tries of a body while others succeed, at least 1
	BaseDelay   time.Duration // bound of the random wait before the second try; doubles
	MaxDelay    time.Duration // caps that bound, and the time between two probes
	Patience    time.Duration // the longest outage and the longest Retry-After
}

// WithDefaults completes a policy of a user's, in which zero means the default and a negative
// value none.
func (p Policy) WithDefaults() Policy {
	or := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
		*d = max(*d, 0)
	}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 10
	}
	p.MaxAttempts = max(p.MaxAttempts, 1)
	or(&p.BaseDelay, 500*time.Millisecond)
	or(&p.MaxDelay, 30*time.Second)
	or(&p.Patience, 15*time.Minute)
	return p
}

// delay is the random wait after the given number of tries (full jitter).
func (p Policy) delay(tries int) time.Duration {
	if bound := p.bound(tries); bound > 0 {
		return rand.N(bound)
	}
	return 0
}

// probeDelay is the wait before the given probe of an outage, from 1. Its lower half is
// fixed, so that probes are apart; the upper half is random, so that those of many
// programs are not at the same moment. A policy of short waits, or of none, does not mean
// probes without end.
func (p Policy) probeDelay(probe int) time.Duration {
	bound := max(p.bound(probe+1), min(p.MaxDelay, probeGap), leastGap)
	if p.MaxDelay == 0 {
		bound = probeGap
	}
	return bound/2 + rand.N(bound/2+1)
}

const (
	// probeGap is how far apart probes are, at least, unless MaxDelay is shorter.
	probeGap = time.Second
	// leastGap is how far apart they are whatever MaxDelay is.
	leastGap = 100 * time.Millisecond
)

// bound is BaseDelay, doubled for each try after the first and capped by MaxDelay.
func (p Policy) bound(tries int) time.Duration {
	if shift := tries - 1; shift < 32 && p.BaseDelay <= math.MaxInt64>>shift {
		return min(p.BaseDelay<<shift, p.MaxDelay)
	}
	return p.MaxDelay
}
