package transport

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// outageAfter is how many tries of a client fail in a row before that is an outage.
	outageAfter = 3
	// unreachablePatience is how long a client that has had no success waits for a host
	// that cannot be reached: a name is more likely wrong than everything down.
	unreachablePatience = time.Minute
	// longestClosure bounds what one Retry-After can ask for, so that an absurd one does
	// not close a client for good.
	longestClosure = 24 * time.Hour
)

// gate is what all requests of a client have in common. It is closed for as long as a
// Retry-After says, and knows an outage: three tries in a row have failed, all begun after
// the last success. During an outage one request at a time, a probe, is let through,
// further and further apart; the waiting bodies take turns. The first success ends it.
type gate struct {
	policy Policy
	// probeTimeout is when a probe that has not come back gives its place to the next.
	probeTimeout time.Duration

	mu        sync.Mutex    // guards what follows; held for no longer than a look
	changed   chan struct{} // closed and replaced when waiting requests must look again
	waiting   []*Job        // in the order of their turns
	closed    time.Time     // nobody passes before
	since     time.Time     // when the outage began; zero: there is none
	probe     *pass         // under way, or nil
	probes    int           // of this outage
	nextProbe time.Time
	failed    int      // tries in a row
	successes int      // of the client
	latest    *Failure // the reason of the outage or closure, for bodies that had no try
}

// pass lets one request through. It is given back with leave.
type pass struct {
	successes int // of the client when the request began
	probe     bool
	until     time.Time // a probe's place is free again then
}

func newGate(p Policy, probeTimeout time.Duration) *gate {
	return &gate{policy: p, probeTimeout: probeTimeout, changed: make(chan struct{})}
}

// enter waits until a request of the job may be made. A job that has had no try gets one,
// if it is its turn, even at the end of its patience. Without a pass, the end says why the
// wait was given up.
func (g *gate) enter(ctx context.Context, j *Job, tried bool) (*pass, ending) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, j)
	defer func() {
		i := slices.Index(g.waiting, j)
		g.waiting = slices.Delete(g.waiting, i, i+1)
		g.wakeLocked() // it may be the next one's turn
	}()
	for {
		select {
		case <-ctx.Done():
			return nil, ending{end: Canceled, cause: g.latest}
		case <-j.Stop:
			return nil, ending{end: Stopped, cause: g.latest}
		default:
		}
		now := time.Now()
		earliest, look := g.opensLocked(now, j)
		open := look.IsZero()
		if open && (g.since.IsZero() || !tried) {
			return g.passLocked(now), ending{}
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Before(earliest) {
			return nil, ending{end: DeadlineNear, cause: g.latest}
		}
		giveUp, spent := g.patienceLocked(now, j)
		switch {
		case !spent.IsZero():
			return nil, ending{PatienceSpent, g.latest, spent}
		case open:
			return g.passLocked(now), ending{}
		case giveUp.Before(look):
			look = giveUp
		}
		g.waitLocked(ctx, j, look.Sub(now))
	}
}

// ending is why a job got no pass.
type ending struct {
	end   End
	cause *Failure
	spent time.Time // with PatienceSpent: see [Result.Spent]
}

// opensLocked says when the job may pass at the earliest, and when it should look again if
// nothing changes before. A zero look means that it may pass now.
func (g *gate) opensLocked(now time.Time, j *Job) (earliest, look time.Time) {
	if p := g.probe; p != nil && !now.Before(p.until) {
		g.leaveLocked(now, p, g.latest) // its transport ignores its context
	}
	const farOff = 24 * time.Hour // whatever happens before wakes the job
	switch {
	case now.Before(g.closed):
		return g.closed, g.closed
	case g.since.IsZero():
		return now, time.Time{}
	case g.probe != nil:
		return now, g.probe.until
	case g.waiting[0] != j:
		return g.nextProbe, now.Add(farOff)
	case now.Before(g.nextProbe):
		return g.nextProbe, g.nextProbe
	}
	return now, time.Time{}
}

// patienceLocked says when the patience of the job ends. If it has ended, or nothing can
// happen any more before it does, spent is set: all jobs that began by then are as far.
func (g *gate) patienceLocked(now time.Time, j *Job) (giveUp, spent time.Time) {
	patience := g.policy.Patience
	if g.successes == 0 && !j.Steady {
		switch g.latest.Kind {
		case Misdirected:
			patience = 0
		case Unreachable:
			patience = min(patience, unreachablePatience)
		}
	}
	until := later(now, g.closed)
	if g.since.IsZero() { // a Retry-After alone
		if giveUp = now.Add(patience); until.After(giveUp) {
			return giveUp, now
		}
		return giveUp, time.Time{}
	}
	if giveUp = later(g.since, j.Since).Add(patience); until.Before(giveUp) {
		return giveUp, time.Time{}
	}
	return giveUp, until.Add(-patience)
}

// patienceSpent reports whether a job that has just failed need not wait.
func (g *gate) patienceSpent(j *Job) (spent time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, spent = g.patienceLocked(time.Now(), j)
	return spent
}

func (g *gate) passLocked(now time.Time) *pass {
	p := &pass{successes: g.successes}
	if !g.since.IsZero() {
		p.probe, p.until = true, now.Add(g.probeTimeout)
		g.probe = p
		g.delayProbeLocked(now) // also if this one never comes back
	}
	return p
}

// delayProbeLocked puts off the next probe, each time for longer.
func (g *gate) delayProbeLocked(now time.Time) {
	g.nextProbe = now.Add(g.policy.probeDelay(max(1, g.probes)))
}

// waitLocked frees the gate for d, or until something has changed.
func (g *gate) waitLocked(ctx context.Context, j *Job, d time.Duration) {
	changed := g.changed
	g.mu.Unlock()
	defer g.mu.Lock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-ctx.Done():
	case <-j.Stop:
	}
}

func (g *gate) wakeLocked() {
	if len(g.waiting) == 0 {
		return
	}
	close(g.changed)
	g.changed = make(chan struct{})
}

// leave gives a pass back, with what became of the request: nil is a success. A request
// that was interrupted says nothing.
func (g *gate) leave(p *pass, f *Failure) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leaveLocked(time.Now(), p, f)
}

func (g *gate) leaveLocked(now time.Time, p *pass, f *Failure) {
	probed := p.probe && g.probe == p
	if probed {
		g.probe = nil
	}
	if f != nil && f.RetryAfter > 0 {
		g.closed = later(g.closed, now.Add(min(f.RetryAfter, longestClosure)))
		g.latest = f
	}
	switch {
	case f == nil || f.Kind == Standing:
		g.successes++
		g.failed, g.probes, g.since = 0, 0, time.Time{}
	case f.Kind == Interrupted || f.Kind == StaleToken:
	default:
		g.latest = f
		if p.successes == g.successes {
			g.failed++
		}
		began := g.since.IsZero() && g.failed >= outageAfter
		if began {
			g.since = now
		}
		if began || probed {
			g.probes++
			g.delayProbeLocked(now)
		}
	}
	g.wakeLocked()
}

// outage reports whether there is one.
func (g *gate) outage() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.since.IsZero()
}

// untilProbe is how long the next probe of an outage is away.
func (g *gate) untilProbe() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.since.IsZero() {
		return 0
	}
	return time.Until(later(g.nextProbe, g.closed))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// passAtOnce is a pass for a request that waits for nothing.
func (g *gate) passAtOnce() *pass {
	g.mu.Lock()
	defer g.mu.Unlock()
	return &pass{successes: g.successes}
}
