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

// gate is the state that all requests of a client share. A Retry-After closes it for as long
// as it says. It detects an outage: three tries in a row have failed, all begun after the
// last success. During an outage it lets one request at a time through, as a probe, with
// growing pauses between them; the waiting bodies take turns. The first success ends it.
type gate struct {
	policy Policy

	mu        sync.Mutex // guards the fields below; never held while waiting
	waiting   []*waiter  // in the order in which they become probes
	fresh     []*waiter  // those of them whose job is fresh
	closed    time.Time  // nobody passes before
	since     time.Time  // when the outage began; zero: there is none
	probe     *pass      // under way, or nil
	probes    int        // of this outage
	lastProbe time.Time  // when it began
	nextProbe time.Time
	failed    int      // tries in a row
	successes int      // of the client
	latest    *Failure // the reason of the outage or closure, for bodies that had no try
}

// waiter is a job that waits for its pass.
type waiter struct {
	job  *Job
	wake chan struct{} // receives when it is to look again
}

func newGate(p Policy) *gate { return &gate{policy: p} }

// acquire waits until a request of the job may be made. A job that has had no try gets one,
// if it is its turn, even at the end of its patience. Without a pass, the end says why the
// wait was given up.
func (g *gate) acquire(ctx context.Context, j *Job, tried bool) (*pass, ending) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := &waiter{job: j}
	if !g.since.IsZero() || time.Now().Before(g.closed) {
		w.wake = make(chan struct{}, 1)
		g.waiting = append(g.waiting, w)
		if j.Fresh {
			g.fresh = append(g.fresh, w)
		}
		defer func() {
			g.waiting, g.fresh = remove(g.waiting, w), remove(g.fresh, w)
			g.wakeLocked(false) // it may be the next one's turn
		}()
	}
	for {
		select {
		case <-ctx.Done():
			return nil, ending{end: Canceled, cause: g.reasonLocked()}
		case <-j.Stop:
			return nil, ending{end: Stopped, cause: g.reasonLocked()}
		default:
		}
		now := time.Now()
		earliest, look := g.nextPassLocked(now, w)
		open := look.IsZero()
		if open && (g.since.IsZero() || !tried) {
			return g.passLocked(now), ending{}
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Before(earliest) {
			return nil, ending{end: DeadlineNear, cause: g.latest}
		}
		giveUp, end, spent := g.patienceLocked(now, j)
		switch {
		case end != Done:
			return nil, ending{end, g.latest, spent}
		case open:
			return g.passLocked(now), ending{}
		case giveUp.Before(look):
			look = giveUp
		}
		g.waitLocked(ctx, w, look.Sub(now))
	}
}

// reasonLocked is why the gate is closed, or nil if it is open.
func (g *gate) reasonLocked() *Failure {
	if g.since.IsZero() && !time.Now().Before(g.closed) {
		return nil
	}
	return g.latest
}

// ending is why a job got no pass.
type ending struct {
	end   End
	cause *Failure
	spent time.Time // with PatienceSpent: see [Result.Spent]
}

// nextPassLocked says when the job may pass at the earliest, and when it should look again if
// nothing changes before. A zero look means that it may pass now.
func (g *gate) nextPassLocked(now time.Time, w *waiter) (earliest, look time.Time) {
	const farOff = 24 * time.Hour // whatever happens before wakes it
	if p := g.probe; p != nil && !p.until.IsZero() && !now.Before(p.until) {
		g.releaseLocked(now, p, &Failure{Kind: g.latest.Kind, Err: g.latest.Err}) // its transport ignores its context
	}
	if now.Before(g.closed) {
		return g.closed, g.closed
	}
	if g.since.IsZero() {
		return now, time.Time{}
	}
	switch {
	case g.probe == nil:
	case g.probe.until.IsZero():
		return now, now.Add(farOff)
	default:
		return now, g.probe.until
	}
	early := g.lastProbe.Add(probeGap)
	switch {
	case g.waiting[0] == w:
		earliest = g.nextProbe
		if w.job.Fresh && early.Before(earliest) {
			earliest = early
		}
	case w.job.Fresh && g.fresh[0] == w && now.Before(g.nextProbe):
		earliest = early
	default:
		return g.nextProbe, now.Add(farOff)
	}
	if now.Before(earliest) {
		return earliest, earliest
	}
	return now, time.Time{}
}

// patienceLocked says when the patience of the job ends, and why if it has ended, or nothing
// can happen any more before it does. All jobs that began by the time spent are as far.
func (g *gate) patienceLocked(now time.Time, j *Job) (giveUp time.Time, end End, spent time.Time) {
	patience, end := g.policy.Patience, PatienceSpent
	if g.successes == 0 && !j.Persistent {
		switch g.latest.Kind {
		case Misdirected:
			patience, end = 0, WrongAddress
		case Unreachable:
			patience, end = min(patience, unreachablePatience), WrongAddress
		}
	}
	until := later(now, g.closed)
	giveUp, spent = later(g.since, j.Since).Add(patience), until.Add(-patience)
	if g.since.IsZero() { // a Retry-After alone
		giveUp, spent = now.Add(patience), now
	}
	if until.Before(giveUp) || g.since.IsZero() && until.Equal(giveUp) {
		return giveUp, Done, time.Time{}
	}
	return giveUp, end, spent
}

// patienceEnded reports whether a job that has just failed need not wait.
func (g *gate) patienceEnded(j *Job) (end End, spent time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, end, spent = g.patienceLocked(time.Now(), j)
	return end, spent
}

// delayProbeLocked puts off the next probe, each time for longer.
func (g *gate) delayProbeLocked(now time.Time) {
	g.nextProbe = now.Add(g.policy.probeDelay(max(1, g.probes)))
}

// waitLocked unlocks the gate for d, or until something has changed.
func (g *gate) waitLocked(ctx context.Context, w *waiter, d time.Duration) {
	g.mu.Unlock()
	defer g.mu.Lock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.wake:
	case <-ctx.Done():
	case <-w.job.Stop:
	}
}

// wakeLocked makes all waiters check again, or only those that may be next.
func (g *gate) wakeLocked(all bool) {
	wake := func(list []*waiter) {
		if len(list) > 1 && !all {
			list = list[:1]
		}
		for _, w := range list {
			select {
			case w.wake <- struct{}{}:
			default:
			}
		}
	}
	wake(g.waiting)
	wake(g.fresh)
}

func remove(list []*waiter, w *waiter) []*waiter {
	if i := slices.Index(list, w); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// release gives a pass back, with what became of the request: nil is a success. A request
// that was interrupted says nothing.
func (g *gate) release(p *pass, f *Failure) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.releaseLocked(time.Now(), p, f)
}

func (g *gate) releaseLocked(now time.Time, p *pass, f *Failure) {
	probed := p.probe && g.probe == p
	if probed {
		g.probe = nil
	}
	if f != nil && f.RetryAfter > 0 && f.Kind != Final { // or it is about one body
		g.closed = later(g.closed, now.Add(min(f.RetryAfter, longestClosure)))
		g.latest = f
	}
	switch {
	case f == nil || f.Kind == Final:
		g.successes++
		ended := !g.since.IsZero()
		g.failed, g.probes, g.since, g.probe = 0, 0, time.Time{}, nil
		if ended {
			g.wakeLocked(true)
		}
		return
	case f.Kind == Interrupted || f.Kind == StaleToken || f.Kind == Unsendable || f.Kind == Withheld:
	default:
		g.latest = f
		if p.successes == g.successes {
			g.failed++
		}
		began := g.since.IsZero() && g.failed >= outageAfter
		if began {
			g.since, g.lastProbe = now, now
		}
		if began || probed && !p.early {
			g.probes++
			g.delayProbeLocked(now)
		}
	}
	g.wakeLocked(false)
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
