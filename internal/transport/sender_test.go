package transport

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var testPolicy = Policy{MaxAttempts: 10, BaseDelay: 500 * time.Millisecond, MaxDelay: 30 * time.Second, Patience: 15 * time.Minute}

// server is what the calls of a test talk to.
type server struct {
	mu      sync.Mutex
	start   time.Time
	respond func(since time.Duration) *Failure // nil: all succeeds
	log     []arrival
}

type arrival struct {
	at   time.Duration
	name string
}

func newServer(respond func(time.Duration) *Failure) *server {
	return &server{start: time.Now(), respond: respond}
}

func (s *server) times(name string) (at []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.log {
		if name == "" || a.name == name {
			at = append(at, a.at)
		}
	}
	return at
}

func (s *server) between(from, to time.Duration) (n int) {
	for _, at := range s.times("") {
		if at > from && at < to {
			n++
		}
	}
	return n
}

// call is a body of a test.
type call struct {
	s       *server
	name    string
	prepare func(context.Context) *Failure
	do      func(ctx context.Context, limit time.Duration) *Failure // in place of the server's response
}

func (c *call) Prepare(ctx context.Context) *Failure {
	if c.prepare != nil {
		return c.prepare(ctx)
	}
	return nil
}

func (c *call) Do(ctx context.Context, limit time.Duration) *Failure {
	since := time.Since(c.s.start)
	c.s.mu.Lock()
	c.s.log = append(c.s.log, arrival{since, c.name})
	c.s.mu.Unlock()
	if c.do != nil {
		return c.do(ctx, limit)
	}
	if c.s.respond == nil {
		return nil
	}
	return c.s.respond(since)
}

func (s *server) job(name string) *Job {
	return &Job{Call: &call{s: s, name: name}, Since: s.start}
}

func failing(kind Kind) *Failure { return &Failure{Kind: kind, Err: errors.New("no")} }

// down fails with the kind until the given time.
func down(kind Kind, until time.Duration) func(time.Duration) *Failure {
	return func(since time.Duration) *Failure {
		if since < until {
			return failing(kind)
		}
		return nil
	}
}

// sendAll sends some jobs at the same time and returns their results in order.
func sendAll(ctx context.Context, s *Sender, jobs ...*Job) []Result {
	results := make([]Result, len(jobs))
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() { results[i] = s.Send(ctx, j) })
	}
	wg.Wait()
	return results
}

func (s *server) jobs(n int) (jobs []*Job) {
	for i := range n {
		jobs = append(jobs, s.job(fmt.Sprint("job ", i)))
	}
	return jobs
}

func TestOutageIsWaitedOutWithProbesFurtherAndFurtherApart(t *testing.T) {
	for _, kind := range []Kind{Busy, Broken} {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(down(kind, 10*time.Minute))
			for i, r := range sendAll(t.Context(), NewSender(testPolicy, Limits{}), srv.jobs(20)...) {
				if r.End != Done || r.Failure != nil {
					t.Errorf("job %d: got %+v", i, r)
				}
			}
			if took := time.Since(srv.start); took < 10*time.Minute || took > 10*time.Minute+30*time.Second {
				t.Errorf("took %v, want the ten minutes of the outage and half a minute at most", took)
			}
			at := srv.times("")
			begun := slices.IndexFunc(at, func(at time.Duration) bool { return at > 0 }) // the first tries are not probes
			over := slices.IndexFunc(at, func(at time.Duration) bool { return at >= 10*time.Minute })
			probes := at[begun : over+1]
			if len(probes) < 20 || len(probes) > 45 {
				t.Errorf("%d probes in ten minutes, want 20 to 45", len(probes))
			}
			for i := 1; i < len(probes); i++ {
				bound := min(testPolicy.BaseDelay<<(i+1), testPolicy.MaxDelay)
				if gap := probes[i] - probes[i-1]; gap < bound/2 || gap > bound+time.Millisecond {
					t.Errorf("probe %d came %v after the one before, want %v to %v", i+1, gap, bound/2, bound)
				}
			}
		})
	}
}

func TestWaitingBodiesTakeTurnsAndSpendNoTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testPolicy
		p.MaxAttempts = 4
		srv := newServer(down(Busy, 10*time.Minute))
		s := NewSender(p, Limits{})
		results := sendAll(t.Context(), s, srv.jobs(3)...)
		var tries []int
		for i, r := range results {
			if r.End != Done || r.Failure != nil {
				t.Errorf("job %d: got %+v", i, r)
			}
			tries = append(tries, r.Tries)
		}
		if slices.Max(tries)-slices.Min(tries) > 2 {
			t.Errorf("the jobs had %v tries, want about the same for each", tries)
		}
		if slices.Min(tries) < 8 {
			t.Errorf("the jobs had %v tries in an outage of ten minutes, want more than MaxAttempts", tries)
		}
	})
}

func TestOnlyFailuresInARowAreAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSender(testPolicy, Limits{})
		srv := newServer(nil)
		// Two fail, one succeeds, two fail: no outage.
		for _, f := range []*Failure{failing(Busy), failing(Busy), nil, failing(Busy), failing(Busy)} {
			s.Once(t.Context(), &call{s: srv, do: func(context.Context, time.Duration) *Failure { return f }})
		}
		if s.gate.outage() {
			t.Error("two failures after a success are an outage")
		}
		s.Once(t.Context(), &call{s: srv, do: func(context.Context, time.Duration) *Failure { return failing(Busy) }})
		if !s.gate.outage() {
			t.Error("three failures in a row are none")
		}
		// A response that is final shows that the API is there.
		s.Once(t.Context(), &call{s: srv, do: func(context.Context, time.Duration) *Failure { return failing(Final) }})
		if s.gate.outage() {
			t.Error("a response that is final did not end the outage")
		}
	})
}

func TestFailuresBegunBeforeTheLastSuccessDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSender(testPolicy, Limits{})
		srv := newServer(nil)
		release := make(chan struct{})
		var late sync.WaitGroup
		for range 5 {
			late.Go(func() {
				s.Once(t.Context(), &call{s: srv, do: func(context.Context, time.Duration) *Failure { <-release; return failing(Broken) }})
			})
		}
		synctest.Wait()
		s.Once(t.Context(), &call{s: srv})
		close(release)
		late.Wait()
		if s.gate.outage() {
			t.Error("requests that were under way when another succeeded are an outage")
		}
	})
}

func TestFailureThatStandsIsReturnedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(func(time.Duration) *Failure { return failing(Final) })
		r := NewSender(testPolicy, Limits{}).Send(t.Context(), srv.job(""))
		if r.End != Done || r.Failure == nil || r.Tries != 1 || time.Since(srv.start) != 0 {
			t.Errorf("got %+v after %v", r, time.Since(srv.start))
		}
	})
}

func TestRequestThatFailsAloneWaitsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		s := NewSender(testPolicy, Limits{})
		bad := srv.job("bad")
		bad.Call.(*call).do = func(context.Context, time.Duration) *Failure { return failing(Busy) }
		done := make(chan Result)
		go func() { done <- s.Send(t.Context(), bad) }()
		// One request after another, each of 50 ms, meets no pause.
		start := time.Now()
		for range 100 {
			s.Send(t.Context(), &Job{Call: &call{s: srv, name: "good", do: func(context.Context, time.Duration) *Failure {
				time.Sleep(50 * time.Millisecond)
				return nil
			}}, Since: start})
		}
		if took := time.Since(start); took > 5500*time.Millisecond {
			t.Errorf("100 requests of 50 ms took %v beside one that fails", took)
		}
		stop := make(chan struct{})
		go func() { // the others go on
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
					s.Send(t.Context(), srv.job("good"))
				}
			}
		}()
		r := <-done
		close(stop)
		if r.End != AttemptsSpent || r.Tries != testPolicy.MaxAttempts {
			t.Errorf("got %+v, want all %d attempts spent", r, testPolicy.MaxAttempts)
		}
	})
}

func TestRetryAfterClosesTheGateForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		srv := newServer(func(time.Duration) *Failure {
			if first {
				first = false
				return &Failure{Kind: Busy, RetryAfter: 40 * time.Second}
			}
			return nil
		})
		s := NewSender(testPolicy, Limits{})
		s.Once(t.Context(), &call{s: srv})
		sendAll(t.Context(), s, srv.jobs(5)...)
		if n := srv.between(0, 40*time.Second); n != 0 {
			t.Errorf("%d requests while the gate was closed", n)
		}
		if took := time.Since(srv.start); took != 40*time.Second {
			t.Errorf("took %v, want 40 s", took)
		}
	})
}

func TestRetryAfterBeyondThePatienceEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(func(time.Duration) *Failure { return &Failure{Kind: Busy, RetryAfter: 16 * time.Minute} })
		s := NewSender(testPolicy, Limits{})
		for i, tries := range []int{1, 0, 0} { // the later ones are not sent at all
			r := s.Send(t.Context(), srv.job(""))
			if r.End != PatienceSpent || r.Failure == nil || r.Tries != tries {
				t.Errorf("job %d: got %+v", i, r)
			}
		}
		time.Sleep(2 * time.Minute) // the rest of it can be waited for
		s.Send(t.Context(), srv.job(""))
		if at := srv.times(""); len(at) != 2 || at[1] != 16*time.Minute {
			t.Errorf("requests at %v, want one more when the time has come", at)
		}
	})
}

func TestPatienceCountsFromTheOutageOrTheJobWhicheverIsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(func(time.Duration) *Failure { return failing(Busy) })
		s := NewSender(testPolicy, Limits{})
		results := make(chan time.Duration, 2)
		for _, after := range []time.Duration{0, 10 * time.Minute} {
			go func() {
				time.Sleep(after)
				j := srv.job("")
				j.Since = time.Now()
				if r := s.Send(t.Context(), j); r.End != PatienceSpent || r.Failure == nil {
					t.Errorf("got %+v", r)
				}
				results <- time.Since(srv.start)
			}()
		}
		for _, want := range []time.Duration{15 * time.Minute, 25 * time.Minute} {
			if got := <-results; got < want || got > want+10*time.Second {
				t.Errorf("ended after %v, want %v and the three tries", got, want)
			}
		}
	})
}

func TestDeadlineThatComesFirstEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(func(time.Duration) *Failure { return failing(Busy) })
		s := NewSender(testPolicy, Limits{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r := s.Send(ctx, srv.job(""))
		if r.End != DeadlineNear || ctx.Err() != nil || time.Since(srv.start) < 20*time.Second {
			t.Errorf("got %+v after %v, want it to end when the next probe is beyond the deadline", r, time.Since(srv.start))
		}
		if r := s.Send(ctx, srv.job("")); r.End != DeadlineNear || r.Tries != 0 {
			t.Errorf("got %+v, want no try", r)
		}
	})
}

func TestStopAndTheContextEndAllWaiting(t *testing.T) {
	for name, wait := range map[string]func(time.Duration) *Failure{
		"outage":     func(time.Duration) *Failure { return failing(Busy) },
		"RetryAfter": func(time.Duration) *Failure { return &Failure{Kind: Busy, RetryAfter: time.Minute} },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := NewSender(testPolicy, Limits{})
			srv := newServer(wait)
			stop := make(chan struct{})
			time.AfterFunc(20*time.Second, func() { close(stop) })
			var jobs []*Job
			for _, j := range srv.jobs(5) {
				j.Stop = stop
				jobs = append(jobs, j)
			}
			for i, r := range sendAll(t.Context(), s, jobs...) {
				if r.End != Stopped || r.Failure == nil {
					t.Errorf("%s: job %d: got %+v", name, i, r)
				}
			}
			if took := time.Since(srv.start); took != 20*time.Second {
				t.Errorf("%s: took %v, want 20 s", name, took)
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, cancel)
			if r := s.Send(ctx, srv.job("")); r.End != Canceled || time.Since(srv.start) > 25*time.Second {
				t.Errorf("%s: got %+v after %v", name, r, time.Since(srv.start))
			}
		})
	}
}

func TestAddressThatLooksWrongEndsARunAndNoService(t *testing.T) {
	for _, tt := range []struct {
		kind     Kind
		ends     time.Duration // at the latest; 0: it is waited for
		patience End
	}{
		{Misdirected, 10 * time.Second, WrongAddress},
		{Unreachable, 80 * time.Second, WrongAddress},
		{Busy, 0, Done}, {Broken, 0, Done},
	} {
		t.Run(fmt.Sprint("kind ", tt.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(down(tt.kind, 5*time.Minute))
				r := NewSender(testPolicy, Limits{}).Send(t.Context(), srv.job(""))
				if r.End != tt.patience || tt.ends > 0 && time.Since(srv.start) > tt.ends {
					t.Errorf("a run: got %+v after %v", r, time.Since(srv.start))
				}
				if tt.kind == Misdirected && r.Tries != outageAfter {
					t.Errorf("a run had %d tries, want %d", r.Tries, outageAfter)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(down(tt.kind, 5*time.Minute))
				j := srv.job("")
				j.Persistent = true
				if r := NewSender(testPolicy, Limits{}).Send(t.Context(), j); r.End != Done || r.Failure != nil {
					t.Errorf("a service: got %+v after %v", r, time.Since(srv.start))
				}
			})
			synctest.Test(t, func(t *testing.T) { // after a success all of these are outages
				s := NewSender(testPolicy, Limits{})
				srv := newServer(nil)
				s.Send(t.Context(), srv.job(""))
				srv.respond = down(tt.kind, 5*time.Minute)
				if r := s.Send(t.Context(), srv.job("")); r.End != Done || r.Failure != nil {
					t.Errorf("after a success: got %+v after %v", r, time.Since(srv.start))
				}
			})
		})
	}
}

func TestClientIsNotClosedForGoodByAnAddressThatWasWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(down(Misdirected, 10*time.Minute))
		s := NewSender(testPolicy, Limits{})
		for time.Since(srv.start) < 10*time.Minute {
			j := srv.job("")
			j.Since = time.Now()
			if r := s.Send(t.Context(), j); r.End != WrongAddress {
				t.Fatalf("got %+v", r)
			}
			time.Sleep(time.Minute)
		}
		j := srv.job("")
		j.Since = time.Now()
		if r := s.Send(t.Context(), j); r.Failure != nil {
			t.Errorf("got %+v when the address is right again", r)
		}
	})
}

func TestDeniedEndsARunAtOnceAndNoService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(down(Denied, 5*time.Minute))
		r := NewSender(testPolicy, Limits{}).Send(t.Context(), srv.job(""))
		if r.End != GivenUp || r.Tries != 1 {
			t.Errorf("a run: got %+v", r)
		}
		j := srv.job("")
		j.Persistent = true
		if r := NewSender(testPolicy, Limits{}).Send(t.Context(), j); r.End != Done || r.Failure != nil {
			t.Errorf("a service: got %+v", r)
		}
	})
}

func TestStaleTokenIsReplacedWithinTheTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, srv := NewSender(testPolicy, Limits{}), newServer(nil)
		prepared := 0
		j := srv.job("")
		j.Call.(*call).prepare = func(context.Context) *Failure { prepared++; return nil }
		j.Call.(*call).do = func(context.Context, time.Duration) *Failure {
			if prepared == 1 {
				return failing(StaleToken)
			}
			return nil
		}
		if r := s.Send(t.Context(), j); r.Failure != nil || r.Tries != 1 || prepared != 2 || time.Since(srv.start) != 0 {
			t.Errorf("got %+v with %d tokens after %v", r, prepared, time.Since(srv.start))
		}
	})
}

func TestBodyIsGivenBackToBeDivided(t *testing.T) {
	for divide := 1; divide <= 2; divide++ {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(down(Broken, time.Hour))
			j := srv.job("")
			j.Divide = divide
			r := NewSender(testPolicy, Limits{}).Send(t.Context(), j)
			if r.End != Divided || r.Tries != divide || r.Failure == nil {
				t.Errorf("got %+v, want it divided after %d tries", r, divide)
			}
		})
	}
	for _, kind := range []Kind{Busy, Unreachable, Misdirected} { // about load or reach
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(down(kind, time.Hour))
			j := srv.job("")
			j.Divide, j.Persistent = 2, true
			if r := NewSender(testPolicy, Limits{}).Send(t.Context(), j); r.End != PatienceSpent {
				t.Errorf("kind %d: got %+v", kind, r)
			}
		})
	}
}

func TestSuspectStartsNoOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(down(Broken, time.Hour))
		s := NewSender(testPolicy, Limits{})
		j := srv.job("")
		j.Suspect = true
		if r := s.Send(t.Context(), j); r.End != AttemptsSpent || r.Tries != testPolicy.MaxAttempts || s.gate.outage() {
			t.Errorf("got %+v, outage: %v", r, s.gate.outage())
		}
	})
}

// A probe's place is free again whatever becomes of the probe.
func TestPlaceOfAProbeIsGivenBackOnEveryWayOut(t *testing.T) {
	for name, probe := range map[string]func(context.Context) *Failure{
		"fails":       func(context.Context) *Failure { return failing(Broken) },
		"interrupted": func(context.Context) *Failure { return failing(Interrupted) },
		"panics":      func(context.Context) *Failure { panic("oops") },
		"Goexit":      func(context.Context) *Failure { runtime.Goexit(); return nil },
		"hangs":       func(context.Context) *Failure { time.Sleep(time.Hour); return failing(Final) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(down(Busy, 100*time.Millisecond))
				s := NewSender(testPolicy, Limits{})
				for range outageAfter {
					s.Once(t.Context(), &call{s: srv})
				}
				go func() {
					defer func() { _ = recover() }()
					j := srv.job("probe")
					j.Call.(*call).do = func(ctx context.Context, _ time.Duration) *Failure { return probe(ctx) }
					s.Send(t.Context(), j)
				}()
				synctest.Wait()
				r := s.Send(t.Context(), srv.job("next"))
				if took := time.Since(srv.start); r.Failure != nil || took > 3*time.Minute {
					t.Errorf("got %+v after %v", r, took)
				}
				time.Sleep(2 * time.Hour) // the one that hangs comes back
			})
		})
	}
}

// Callers that give up soon do not make more requests of an outage.
func TestProbesThatAreInterruptedAreApartToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(func(time.Duration) *Failure { return failing(Busy) })
		s := NewSender(testPolicy, Limits{})
		for range outageAfter {
			s.Once(t.Context(), &call{s: srv})
		}
		for time.Since(srv.start) < time.Minute {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(10*time.Millisecond, cancel)
			j := srv.job("")
			j.Call.(*call).do = func(ctx context.Context, _ time.Duration) *Failure {
				<-ctx.Done()
				return failing(Interrupted)
			}
			s.Send(ctx, j)
		}
		if n := len(srv.times("")); n > outageAfter+120 {
			t.Errorf("%d requests in a minute of callers that give up after 10 ms, want at most two a second", n)
		}
	})
}

func TestFreshBodyFindsOutSoonThatTheAPIIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(down(Busy, 10*time.Minute))
		s := NewSender(testPolicy, Limits{})
		go s.Send(t.Context(), srv.job("old"))
		time.Sleep(10*time.Minute + time.Second) // the next probe may be half a minute away
		start := time.Now()
		j := srv.job("new")
		j.Fresh = true
		if r := s.Send(t.Context(), j); r.Failure != nil || time.Since(start) > time.Second {
			t.Errorf("got %+v after %v, want a success within a second", r, time.Since(start))
		}
	})
	synctest.Test(t, func(t *testing.T) { // but a second apart they are
		srv := newServer(down(Busy, time.Minute))
		jobs := srv.jobs(200)
		for _, j := range jobs {
			j.Fresh = true
		}
		sendAll(t.Context(), NewSender(testPolicy, Limits{}), jobs...)
		if n := srv.between(0, time.Minute); n > 66 { // and the few whose turn it is
			t.Errorf("%d probes in a minute, want one a second or little more", n)
		}
	})
}

func TestUnsendableIsReturnedAtOnceAndSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(func(time.Duration) *Failure { return failing(Unsendable) })
		s := NewSender(testPolicy, Limits{})
		for range 5 {
			if r := s.Send(t.Context(), srv.job("")); r.End != Done || r.Failure == nil || r.Tries != 1 {
				t.Errorf("got %+v", r)
			}
		}
		if s.gate.outage() || s.gate.successes != 0 {
			t.Error("a request that cannot be made says something about the API")
		}
	})
}

func TestProbeIsBoundedEvenWhereRequestsAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(nil)
		s := NewSender(testPolicy, Limits{})
		var limits []time.Duration
		j := srv.job("")
		j.Call.(*call).do = func(_ context.Context, limit time.Duration) *Failure {
			if limits = append(limits, limit); len(limits) < 5 {
				return failing(Busy)
			}
			return nil
		}
		s.Send(t.Context(), j)
		if want := []time.Duration{0, 0, 0, time.Minute, time.Minute}; !slices.Equal(limits, want) {
			t.Errorf("got limits %v, want %v", limits, want)
		}
	})
}

func TestNoWaitsDoNotMeanProbesWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testPolicy
		p.BaseDelay = 0
		srv := newServer(down(Busy, 10*time.Minute))
		sendAll(t.Context(), NewSender(p, Limits{}), srv.jobs(4)...)
		if n := srv.between(time.Second, 10*time.Minute); n > 1200 {
			t.Errorf("%d probes in ten minutes, want at most two a second", n)
		}
	})
}

func TestOneAttemptIsNeverRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testPolicy
		p.MaxAttempts = 1
		srv := newServer(down(Busy, time.Hour))
		s := NewSender(p, Limits{})
		for range 6 { // the last ones in an outage
			if r := s.Send(t.Context(), srv.job("")); r.End != AttemptsSpent || r.Tries != 1 {
				t.Errorf("got %+v", r)
			}
		}
	})
}

func TestDelayIsRandomBelowADoublingBound(t *testing.T) {
	p := Policy{BaseDelay: time.Second, MaxDelay: 8 * time.Second}
	for tries, bound := range map[int]time.Duration{1: 1, 2: 2, 3: 4, 4: 8, 5: 8, 99: 8} {
		seen := map[time.Duration]bool{}
		for range 200 {
			d := p.delay(tries)
			if d < 0 || d >= bound*time.Second {
				t.Fatalf("after %d tries: %v, want below %v", tries, d, bound*time.Second)
			}
			seen[d/(bound*100*time.Millisecond)] = true
		}
		if len(seen) < 8 { // of ten tenths
			t.Errorf("after %d tries the delays fall into %d tenths of the bound", tries, len(seen))
		}
	}
	for _, extreme := range []Policy{{BaseDelay: 1 << 62, MaxDelay: 1<<63 - 1}, {}, {BaseDelay: time.Second}, {MaxDelay: time.Second}} {
		for tries := range 100 {
			if d := extreme.delay(tries + 1); d < 0 {
				t.Errorf("%+v: a delay of %v after %d tries", extreme, d, tries+1)
			}
			if d := extreme.probeDelay(tries + 1); d <= 0 {
				t.Errorf("%+v: a delay of %v before probe %d", extreme, d, tries+1)
			}
		}
	}
}
