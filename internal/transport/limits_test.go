package transport

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counter counts the calls that are under way, each of which takes a while.
type counter struct {
	mu        sync.Mutex
	now, most int
	takes     time.Duration
}

func (c *counter) do(context.Context, time.Duration) *Failure {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	time.Sleep(c.takes)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
	return nil
}

func TestAllBodiesOfAClientShareItsSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		s := NewSender(testPolicy, Limits{MaxInFlight: 3})
		c := counter{takes: time.Second}
		jobs := srv.jobs(30)
		for _, j := range jobs {
			j.Call.(*call).do = c.do
		}
		for i, r := range sendAll(t.Context(), s, jobs...) {
			if r.End != Done || r.Failure != nil {
				t.Errorf("body %d: %+v", i, r)
			}
		}
		if c.most != 3 {
			t.Errorf("%d requests were in flight, want 3", c.most)
		}
		if took := time.Since(srv.start); took != 10*time.Second {
			t.Errorf("30 requests of a second each, 3 at a time, took %v", took)
		}
	})
}

func TestBodyThatBacksOffHoldsNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		s := NewSender(Policy{MaxAttempts: 5, BaseDelay: time.Hour, MaxDelay: time.Hour, Patience: 24 * time.Hour}, Limits{MaxInFlight: 1})
		failing := srv.job("failing")
		tries := 0
		failing.Call.(*call).do = func(context.Context, time.Duration) *Failure {
			if tries++; tries > 1 {
				return nil
			}
			return &Failure{Kind: Busy, Err: errors.New("503")}
		}
		backingOff := make(chan Result)
		go func() { backingOff <- s.Send(t.Context(), failing) }()
		synctest.Wait()
		before := time.Now()
		if r := s.Send(t.Context(), srv.job("other")); r.End != Done || !time.Now().Equal(before) {
			t.Errorf("beside a body that backs off, another one got %+v after %v", r, time.Since(before))
		}
		<-backingOff
	})
}

func TestTokenIsWaitedForWithoutASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		s := NewSender(testPolicy, Limits{MaxInFlight: 1})
		slow := srv.job("slow")
		slow.Call.(*call).prepare = func(context.Context) *Failure { time.Sleep(time.Minute); return nil }
		done := make(chan Result)
		go func() { done <- s.Send(t.Context(), slow) }()
		synctest.Wait()
		before := time.Now()
		s.Send(t.Context(), srv.job("other"))
		if waited := time.Since(before); waited != 0 {
			t.Errorf("a body waited %v for one that waits for its token", waited)
		}
		<-done
	})
}

// Whoever waits for a slot has passed the gate before it closed.
func TestWaitForASlotDoesNotOutlastTheGate(t *testing.T) {
	for name, tt := range map[string]struct {
		failure *Failure
		most    int // requests in the first minute
	}{
		"Retry-After": {&Failure{Kind: Busy, RetryAfter: time.Minute, Err: errors.New("429")}, 2},
		"outage":      {&Failure{Kind: Busy, Err: errors.New("503")}, 20},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(func(since time.Duration) *Failure {
				if since < time.Minute {
					time.Sleep(time.Second)
					return tt.failure
				}
				return nil
			})
			for i, r := range sendAll(t.Context(), NewSender(testPolicy, Limits{MaxInFlight: 2}), srv.jobs(200)...) {
				if r.End != Done || r.Failure != nil {
					t.Errorf("%s: body %d: %+v", name, i, r)
				}
			}
			if got := srv.between(-1, time.Minute-time.Second); got > tt.most {
				t.Errorf("%s: %d requests in the first minute, want at most %d", name, got, tt.most)
			}
		})
	}
}

func TestWhatWasPreparedIsRenewedWhenItHasExpiredInTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		var permits int
		s := NewSender(testPolicy, Limits{MaxInFlight: 1, Limiter: limiter(func(context.Context) error {
			permits++
			time.Sleep(time.Hour)
			return nil
		})})
		var prepared time.Time
		prepares := 0
		j := srv.job("")
		c := j.Call.(*call)
		c.prepare = func(context.Context) *Failure { prepares++; prepared = time.Now(); return nil }
		c.do = func(context.Context, time.Duration) *Failure {
			if time.Since(prepared) > time.Minute {
				return failing(StaleToken)
			}
			return nil
		}
		if r := s.Send(t.Context(), j); r.End != Done || r.Tries != 1 {
			t.Errorf("got %+v", r)
		}
		if prepares != 2 || permits != 1 {
			t.Errorf("prepared %d times with %d permits, want 2 and 1", prepares, permits)
		}
		if s.Once(t.Context(), c); prepares != 4 || permits != 2 {
			t.Errorf("a single call: prepared %d times with %d permits, want 4 and 2 with those before", prepares, permits)
		}
	})
}

type limiter func(context.Context) error

func (l limiter) Wait(ctx context.Context) error { return l(ctx) }

func TestWaitForSlotAndLimiterEndsWithTheContextAndWithTheRun(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	forever := limiter(func(context.Context) error { <-over; return nil }) // it ignores its context
	for name, limits := range map[string]Limits{"slot": {MaxInFlight: 1}, "limiter": {Limiter: forever}} {
		t.Run(name, func(t *testing.T) {
			srv := newServer(nil)
			s := NewSender(testPolicy, limits)
			if limits.MaxInFlight > 0 {
				s.slots <- struct{}{}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if r := s.Send(ctx, srv.job("")); r.End != Canceled {
				t.Errorf("with the context ended: %+v, want canceled", r)
			}
			if f := s.Once(ctx, srv.job("").Call); f == nil || f.Kind != Interrupted {
				t.Errorf("a single call with the context ended: %+v, want interrupted", f)
			}
			stopped := srv.job("")
			stop := make(chan struct{})
			stopped.Stop = stop
			done := make(chan Result)
			go func() { done <- s.Send(t.Context(), stopped) }()
			close(stop)
			if r := <-done; r.End != Stopped {
				t.Errorf("with the run over: %+v, want stopped", r)
			}
		})
	}
}

func TestErrorOfTheLimiterIsTheBodysEnd(t *testing.T) {
	refusal := errors.New("would exceed the deadline")
	s := NewSender(testPolicy, Limits{MaxInFlight: 1, Limiter: limiter(func(context.Context) error { return refusal })})
	srv := newServer(nil)
	for _, steady := range []bool{false, true} {
		j := srv.job("")
		j.Persistent = steady
		if r := s.Send(t.Context(), j); r.End != GivenUp || r.Tries != 0 || r.Failure == nil || !errors.Is(r.Failure.Err, refusal) {
			t.Errorf("steady %v: got %+v, want given up without a try", steady, r)
		}
	}
	if len(srv.times("")) > 0 || s.gate.failed > 0 || len(s.slots) > 0 {
		t.Errorf("%d requests were made, %d count as failed, %d slots are taken", len(srv.times("")), s.gate.failed, len(s.slots))
	}
}

func TestLimiterThatPanicsOrLeavesGivesTheSlotBack(t *testing.T) {
	srv := newServer(nil)
	s := NewSender(testPolicy, Limits{MaxInFlight: 1, Limiter: limiter(func(context.Context) error { panic("limiter") })})
	func() {
		defer func() {
			if p := recover(); p != "limiter" {
				t.Errorf("recovered %v, want the limiter's panic in the goroutine of the body", p)
			}
		}()
		s.Send(t.Context(), srv.job(""))
	}()
	s.limiter = limiter(func(context.Context) error { runtime.Goexit(); return nil })
	if r := s.Send(t.Context(), srv.job("")); !errors.Is(r.Failure.Err, errLimiterLeft) {
		t.Errorf("of a limiter that ends its goroutine: %+v", r)
	}
	s.limiter = nil
	if r := s.Send(t.Context(), srv.job("")); r.End != Done || r.Failure != nil {
		t.Errorf("afterwards: %+v, want a free slot", r)
	}
}

// paced is a limiter that permits a request each d.
func paced(d time.Duration) Limiter {
	var mu sync.Mutex
	var next time.Time
	return limiter(func(ctx context.Context) error {
		mu.Lock()
		now := time.Now()
		if next.Before(now) {
			next = now
		}
		wait := next.Sub(now)
		next = next.Add(d)
		mu.Unlock()
		select {
		case <-time.After(wait):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// most is the largest number of requests in any d.
func (s *server) most(d time.Duration) (most int) {
	at := s.times("")
	slices.Sort(at)
	for i, from := range at {
		n := 0
		for _, t := range at[i:] {
			if t-from < d {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func TestLimiterHoldsAlsoWhenTheGateOpens(t *testing.T) {
	for name, down := range map[string]*Failure{
		"outage":      {Kind: Busy, Err: errors.New("503")},
		"Retry-After": {Kind: Busy, RetryAfter: 5 * time.Minute, Err: errors.New("429")},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(func(since time.Duration) *Failure {
				if since > 10*time.Second && since < 5*time.Minute {
					return down
				}
				return nil
			})
			for i, r := range sendAll(t.Context(), NewSender(testPolicy, Limits{Limiter: paced(time.Second)}), srv.jobs(300)...) {
				if r.End != Done || r.Failure != nil {
					t.Fatalf("%s: body %d: %+v", name, i, r)
				}
			}
			// One may wait for its permit while the gate closes, and begin when it opens.
			if got := srv.most(time.Second); got > 2 {
				t.Errorf("%s: %d requests in a second, the limiter permits one", name, got)
			}
		})
	}
}

func TestProbeMayWaitForTheLimiterForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		s := NewSender(testPolicy, Limits{Limiter: limiter(func(context.Context) error {
			time.Sleep(3 * time.Minute)
			return nil
		})})
		s.gate.since = time.Now() // an outage, in which a Retry-After of ten minutes has just ended
		s.gate.latest = &Failure{Kind: Busy, RetryAfter: 10 * time.Minute, Err: errors.New("503")}
		for i, r := range sendAll(t.Context(), s, srv.jobs(80)...) {
			if r.End != Done || r.Failure != nil {
				t.Fatalf("body %d: %+v", i, r)
			}
		}
		if took := time.Since(srv.start); took > 10*time.Minute {
			t.Errorf("took %v, want a probe after the three minutes of the limiter, and then the rest", took)
		}
	})
}

func TestOutageIsNoticedBehindASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(func(since time.Duration) *Failure {
			if since > 0 && since < time.Minute {
				return &Failure{Kind: Busy, Err: errors.New("503")}
			}
			time.Sleep(time.Second)
			return nil
		})
		for i, r := range sendAll(t.Context(), NewSender(testPolicy, Limits{MaxInFlight: 1}), srv.jobs(500)...) {
			if r.End != Done || r.Failure != nil {
				t.Fatalf("body %d: %+v", i, r)
			}
		}
		if got := srv.between(0, time.Minute); got > 20 {
			t.Errorf("%d requests in the minute of the outage, want three and some probes", got)
		}
	})
}

// Those who asked the limiter before the outage began pass their permits on.
func TestProbeNeedNotWaitBehindTheLimitersQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(func(since time.Duration) *Failure {
			if since > time.Second && since < time.Minute {
				return failing(Busy)
			}
			return nil
		})
		for i, r := range sendAll(t.Context(), NewSender(testPolicy, Limits{Limiter: paced(10 * time.Second)}), srv.jobs(200)...) {
			if r.End != Done || r.Failure != nil {
				t.Fatalf("body %d: %+v", i, r)
			}
		}
		at := srv.times("")
		slices.Sort(at)
		for i := 1; i < len(at); i++ {
			if gap := at[i] - at[i-1]; gap > time.Minute || gap < 10*time.Second {
				t.Errorf("request %d came %v after the one before, want 10s, or little more in the outage", i, gap)
			}
		}
	})
}

func TestPermitsDoNotPileUpWhileThereIsNoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		jobs := srv.jobs(300)
		for _, j := range jobs {
			j.Call.(*call).prepare = func(context.Context) *Failure {
				if d := time.Since(srv.start); d > 10*time.Second && d < 8*time.Minute {
					return failing(Busy)
				}
				return nil
			}
		}
		for i, r := range sendAll(t.Context(), NewSender(testPolicy, Limits{Limiter: paced(time.Second)}), jobs...) {
			if r.End != Done || r.Failure != nil {
				t.Fatalf("body %d: %+v", i, r)
			}
		}
		if got := srv.most(time.Second); got > 2 {
			t.Errorf("%d requests in a second, the limiter permits one", got)
		}
	})
}

// A body that was to be the probe has all its time when the outage is over.
func TestRequestAfterTheOutageIsNoProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		var s *Sender
		s = NewSender(testPolicy, Limits{Limiter: limiter(func(context.Context) error {
			s.gate.release(&pass{}, nil) // another request succeeds
			return nil
		})})
		s.gate.since, s.gate.latest = time.Now(), failing(Busy)
		j := srv.job("")
		var got time.Duration = -1
		j.Call.(*call).do = func(_ context.Context, limit time.Duration) *Failure { got = limit; return nil }
		if r := s.Send(t.Context(), j); r.End != Done || got != 0 {
			t.Errorf("got %+v with a limit of %v, want none", r, got)
		}
	})
}

// A probe keeps its place while it waits for its turn with another token.
func TestProbeWithAnotherTokenKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		s := NewSender(testPolicy, Limits{Limiter: paced(2 * time.Minute)})
		s.gate.since, s.gate.latest = time.Now(), failing(Busy)
		probe := srv.job("probe")
		requests := 0
		probe.Call.(*call).do = func(context.Context, time.Duration) *Failure {
			if requests++; requests == 1 {
				return failing(StaleToken)
			}
			return nil
		}
		done := make(chan Result)
		go func() { done <- s.Send(t.Context(), probe) }()
		synctest.Wait() // its first request is over
		if r := s.Send(t.Context(), srv.job("another")); r.End != Done || r.Failure != nil {
			t.Errorf("another body: %+v", r)
		}
		if r := <-done; r.End != Done || r.Failure != nil || requests != 2 {
			t.Errorf("the probe: %+v after %d requests, want 2", r, requests)
		}
		if at := srv.times("another"); at[0] < 4*time.Minute {
			t.Errorf("another request was made after %v, want the one after the probe's second, which is due after 2m", at[0])
		}
	})
}
