package transport

import (
	"context"
	"fmt"
	"time"
)

// Sender sends bodies, again if need be, until a response is final. Runs, uploaders and single
// calls of a client share one. It is safe for concurrent use and holds no goroutine.
type Sender struct {
	policy  Policy
	gate    *gate
	slots   chan struct{} // has one element for each request in flight; nil: no limit
	limiter Limiter
	spare   chan struct{} // hands a permit of the limiter on to a probe
}

// NewSender returns a sender of one client.
func NewSender(p Policy, l Limits) *Sender {
	s := &Sender{policy: p, gate: newGate(p), limiter: l.Limiter, spare: make(chan struct{})}
	if l.MaxInFlight > 0 {
		s.slots = make(chan struct{}, l.MaxInFlight)
	}
	return s
}

// probeLimit bounds a probe, also where requests may take longer.
const probeLimit = time.Minute

// Call makes one request, again and again if need be. Its methods are called one at a time.
type Call interface {
	// Prepare gets what the request needs beside its body, such as a token. It is called before
	// the request waits for its turn, and once more after that wait.
	Prepare(context.Context) *Failure
	// Do makes the request. It returns nil when the response is the wanted one. It takes at
	// most limit, if that is not 0.
	Do(ctx context.Context, limit time.Duration) *Failure
}

// Job is a body that is to be sent, and how much is done for it.
type Job struct {
	Call Call
	// Since is when the patience with an outage begins at the earliest.
	Since time.Time
	// Stop ends all waiting when it is closed. A request that is under way goes on.
	Stop <-chan struct{}
	// Persistent is set for a service: it treats every failure as an outage.
	Persistent bool
	// Divide is after how many failures of the kind Broken the body is given back, to be
	// tried in parts; 0: never.
	Divide int
	// Fresh is set for a body that was never tried. In an outage it may be the probe a second
	// after the one before, however far apart probes are by then: its caller may have come
	// after the API is back.
	Fresh bool
	// Yield is set when other bodies of the same batch wait for this one: in an outage it is
	// given back after a try, so that another of them may be the next probe.
	Yield bool
	// Suspect is set for a record that has failed while its neighbors in the batch were
	// accepted. Its failures count for the record, and not for an outage.
	Suspect bool
	// Unrepeatable is set for a body that the server must not act on twice: it is tried again
	// only after a failure of the kind Unreachable, of which nothing was sent.
	Unrepeatable bool
	// OnRetry is called before the wait for a further try, while nothing is held.
	OnRetry func(Retry)
}

// Retry is a try that failed and will be followed by another.
type Retry struct {
	Failure *Failure
	Try     int           // which one failed, from 1
	Wait    time.Duration // until the next one, at least
	Outage  bool          // the next one waits until it is its turn to be a probe
	Divided bool          // the next one is that of a part; see [Job.Divide]
}

// End is why a body is not tried any more.
type End uint8

// Why a body is not tried any more.
const (
	Done          End = iota // accepted, or refused by a response that is final
	Divided                  // see [Job.Divide]
	Yielded                  // see [Job.Yield]
	AttemptsSpent            // Policy.MaxAttempts tries have failed, while others succeeded
	PatienceSpent            // the outage, or the Retry-After, is longer than the patience
	WrongAddress             // nothing has succeeded so far, and the address looks wrong
	DeadlineNear             // the next try would come after the context's deadline
	GivenUp                  // denied
	Unrepeated               // [Job.Unrepeatable], and what was sent may have been acted on
	Stopped                  // [Job.Stop]
	Canceled                 // the context has ended
)

// Result is what became of a body.
type Result struct {
	End End
	// Failure is that of the latest try; nil when the body was accepted. For a body that
	// had no try it is the failure that closed the way for all, or nil.
	Failure *Failure
	// Tries counts the tries of this body.
	Tries int
	// Spent is set with PatienceSpent: another job whose Since is not after it has no patience
	// left either.
	Spent time.Time
}

// Once makes one request. It waits for no outage and no Retry-After, but what becomes of it
// counts.
func (s *Sender) Once(ctx context.Context, c Call) *Failure {
	f, _ := s.try(ctx, s.gate.passUngated(), &Job{Call: c}, true)
	return f
}

// Send tries the body until a response is final, or there is no point in a further try.
func (s *Sender) Send(ctx context.Context, j *Job) Result {
	var r Result
	for broken, counted := 0, 0; ; {
		pass, ending := s.gate.acquire(ctx, j, r.Tries > 0)
		if pass == nil {
			r.End, r.Spent = ending.end, ending.spent
			if r.Failure == nil {
				r.Failure = ending.cause
			}
			return r
		}
		f, done := s.try(ctx, pass, j, false)
		switch {
		case !done:
			continue
		case f != nil && f.Kind == Interrupted: // the failure before says more
			if r.End = Canceled; ctx.Err() == nil {
				r.End = Stopped
			}
			return r
		}
		before := r.Failure
		r.Failure = f
		if f != nil && f.Kind == Withheld {
			if before != nil {
				f.Err = fmt.Errorf("%w; the latest failure: %w", f.Err, before.Err)
			}
			r.End = GivenUp
			return r
		}
		r.Tries++
		j.Fresh = false
		switch {
		case f == nil || f.Kind == Final || f.Kind == Unsendable:
			return r
		case f.Kind == Denied && !j.Persistent:
			r.End = GivenUp
			return r
		case j.Unrepeatable && f.Kind != Unreachable:
			r.End = Unrepeated
			return r
		case f.Kind == Broken:
			broken++
		}
		outage := s.gate.outage()
		if !outage {
			counted++
		}
		divide := j.Divide > 0 && broken >= j.Divide
		if !divide && (s.policy.MaxAttempts == 1 || !outage && counted >= s.policy.MaxAttempts) {
			r.End = AttemptsSpent
			return r
		}
		if r.End = s.pause(ctx, j, &r, outage, divide, counted); r.End != Done {
			return r
		}
		switch {
		case divide:
			r.End = Divided
			return r
		case outage && j.Yield:
			r.End = Yielded
			return r
		}
	}
}

// try makes one request, and one more if a token was stale. It is not done when the gate has
// closed while the body waited for its turn: then it goes back to the gate. A single call (once)
// goes on whatever the gate says, and does without the second request.
func (s *Sender) try(ctx context.Context, p *pass, j *Job, once bool) (f *Failure, done bool) {
	back := &Failure{Kind: Interrupted} // also when the call panics
	defer func() { s.gate.release(p, back) }()
	for {
		if f = j.Call.Prepare(ctx); f == nil {
			if f, done = s.request(ctx, p, j, once); !done {
				return nil, false
			}
		}
		if f == nil || f.Kind != StaleToken || once {
			break
		}
	}
	if j.Suspect && f != nil && f.Kind == Broken && !p.probe {
		return f, true
	}
	back = f
	return f, true
}

// request makes the request, in one of the client's slots and when the limiter permits it.
func (s *Sender) request(ctx context.Context, p *pass, j *Job, once bool) (f *Failure, done bool) {
	if f := s.acquireSlot(ctx, j.Stop); f != nil {
		return f, true
	}
	defer s.releaseSlot()
	if !once && !s.gate.holds(p) {
		return nil, false
	}
	if f := s.waitLimiter(ctx, p, j.Stop); f != nil {
		return f, true
	}
	if !once && !s.gate.holds(p) {
		s.passOn()
		return nil, false
	}
	// What has expired in the wait is replaced. Nobody could use the slot without it.
	if f := j.Call.Prepare(ctx); f != nil {
		return f, true
	}
	holds, probe := s.gate.begin(p)
	if !once && !holds {
		return nil, false
	}
	var limit time.Duration
	if probe {
		limit = probeLimit
		defer s.gate.requestOver(p)
	}
	return j.Call.Do(ctx, limit), true
}

// pause is the wait of the body itself after a failed try. In an outage it waits at the gate
// instead.
func (s *Sender) pause(ctx context.Context, j *Job, r *Result, outage, divide bool, counted int) End {
	var wait time.Duration
	if outage {
		if end, spent := s.gate.patienceEnded(j); end != Done {
			r.Spent = spent
			return end
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < s.gate.untilProbe() {
			return DeadlineNear
		}
	} else {
		f := r.Failure
		if f.RetryAfter > s.policy.Patience {
			r.Spent = time.Now()
			return PatienceSpent
		}
		wait = min(f.RetryAfter, longestClosure) + s.policy.delay(counted)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return DeadlineNear
		}
	}
	if j.OnRetry != nil {
		j.OnRetry(Retry{Failure: r.Failure, Try: r.Tries, Wait: max(wait, s.gate.untilProbe()), Outage: outage, Divided: divide})
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return Done
	case <-ctx.Done():
		return Canceled
	case <-j.Stop:
		return Stopped
	}
}
