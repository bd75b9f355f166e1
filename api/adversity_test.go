package api_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// textOf is the text of an error, or what making it panicked with.
func textOf(err error) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprintf("PANIC: %v", p)
		}
	}()
	if err == nil {
		return "<nil>"
	}
	return err.Error()
}

// An identity service that hangs a little longer than a token may take, while a second
// batch has joined the wait for the token later than the first.
func TestHangingIdentityServiceCancelsNoRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		s := &script{token: func(r *http.Request) (*http.Response, error) {
			if calls.Add(1) == 1 {
				<-r.Context().Done()
				time.Sleep(10 * time.Millisecond) // as long as a transport takes to notice
				return nil, r.Context().Err()
			}
			return respond(200, `{"access_token":"token","expires_in":3600}`), nil
		}}
		var got results
		c := newClient(t, s)
		report, err := c.Upsert(within(t, time.Hour), func(yield func(*models.EstateRecord, error) bool) {
			if !yield(record(0), nil) {
				return
			}
			time.Sleep(5 * time.Second)
			yield(record(1), nil)
		}, got.option(), api.BatchRecords(1))
		if report.Accepted != 2 {
			t.Errorf("got %v with error %s; want both accepted once the identity service is back", report, textOf(err))
		}
		for _, res := range got.all {
			if res.Outcome == api.Canceled || strings.HasPrefix(textOf(res.Err), "PANIC") {
				t.Errorf("record %d is %v with error %q, but nobody canceled anything", res.Index, res.Outcome, textOf(res.Err))
			}
		}
	})
}

func TestTokenThatDoesNotComeIsAnAPIError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{token: func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			time.Sleep(10 * time.Millisecond)
			return nil, r.Context().Err()
		}}
		c := newClient(t, s)
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				_, err := c.Token(within(t, time.Hour))
				var e *api.Error
				if !errors.As(err, &e) {
					t.Errorf("caller %d: got %T %v, want an *api.Error", i, err, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestRequestTimeoutMayBeForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			time.Sleep(time.Millisecond)
			return accepted(r), nil
		}}
		c := newClient(t, s, api.WithRequestTimeout(api.Forever))
		report, err := c.UpsertAll(within(t, time.Hour), records(10))
		if report.Accepted != 10 || err != nil {
			t.Errorf("got %v, %v; want all accepted", report, err)
		}
	})
}

// One resource is not for these credentials and gets a 401 always, all else is fine.
func TestPermanent401BesideSuccessAsksForFewTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
			if slices.Contains(r.ids, "r0") {
				time.Sleep(300 * time.Millisecond)
				return respond(401, `{"error":"not for you"}`), nil
			}
			time.Sleep(50 * time.Millisecond)
			return accepted(r), nil
		}}
		ctx := within(t, 2*time.Minute)
		c := newClient(t, s)
		start := time.Now()
		report, err := c.Upsert(ctx, func(yield func(*models.EstateRecord, error) bool) {
			for i := 0; ctx.Err() == nil; i++ {
				if !yield(record(i), nil) {
					return
				}
			}
		}, api.BatchRecords(1))
		if s.tokens > 20 {
			t.Errorf("got %d token requests in %v (%v, %d requests, %v), want at most 20", s.tokens, time.Since(start), report, report.Requests, err)
		}
	})
}

func TestNoteOfALateOutageDoesNotSayThatNothingEverSucceeded(t *testing.T) {
	for name, fail := range map[string]func() (*http.Response, error){
		"unreachable": func() (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
		},
		"not found": func() (*http.Response, error) { return respond(404, "gone"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ok atomic.Bool
				ok.Store(true)
				s := &script{response: func(r *sent) (*http.Response, error) {
					if ok.Load() {
						return accepted(r), nil
					}
					return fail()
				}}
				c := newClient(t, s)
				if report, err := c.UpsertAll(within(t, time.Hour), records(1)); err != nil {
					t.Fatal(report, err)
				}
				ok.Store(false)
				_, err := c.UpsertAll(within(t, time.Hour), records(1))
				if strings.Contains(textOf(err), "nothing has ever succeeded") {
					t.Errorf("got %v; a request of this client has succeeded", err)
				}
			})
		})
	}
}

// An uploader of a service with little traffic, and a record that the server cannot
// digest, which is alone in its batch: the others go on.
func TestLoneRecordThatMakesTheServerFailHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: crashes("r0"), noLog: true}
		c := newClient(t, s)
		u := newUpserter(t, c)
		if _, err := u.Add(t.Context(), record(0)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute) // three tries have failed in a row: an outage
		worst := time.Duration(0)
		for i := range 20 {
			start := time.Now()
			if report, err := c.UpsertAll(within(t, time.Hour), records(10)[1:]); report.Accepted != 9 {
				t.Errorf("run %d: got %v, %v", i, report, err)
			}
			worst = max(worst, time.Since(start))
			time.Sleep(3 * time.Minute)
		}
		if worst > 5*time.Second {
			t.Errorf("a run beside it took %v, want at most 5s: the API is fine", worst)
		}
		u.Close(within(t, time.Second))
	})
}

func TestRetriesCountsNoDivision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			if len(r.ids) > 1 {
				return respond(500, ""), nil
			}
			return accepted(r), nil
		}}
		report, err := newClient(t, s).UpsertAll(within(t, time.Hour), records(2))
		if report.Requests != 4 || report.Retries != 1 || err != nil {
			t.Errorf("got %d requests, %d retries, %v; want 4 requests (two tries of the whole, two halves), 1 retry", report.Requests, report.Retries, err)
		}
	})
}

// debugPanics is a log handler that panics at debug level.
type debugPanics struct{ slog.Handler }

func (debugPanics) Enabled(context.Context, slog.Level) bool { return true }
func (debugPanics) Handle(context.Context, slog.Record) error {
	panic("the disk is full")
}

func TestLogHandlerThatPanicsMakesNoAcceptedRecordFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got results
		u := newUpserter(t, newClient(t, &script{}, api.WithLogger(slog.New(debugPanics{}))), got.option())
		u.Add(t.Context(), record(0))
		u.Close(within(t, time.Minute))
		got.check(t, 1, u.Report())
		if r := u.Report(); r.Accepted != 1 {
			t.Errorf("got %v, error %q; the API has responded with 202", r, textOf(got.all[0].Err))
		}
	})
}

func TestErrorOfALogHandlerThatEndsTheGoroutineDoesNotBlameTheTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{token: noTokens}
		var got results
		u := newUpserter(t, newClient(t, s, api.WithLogger(slog.New(shaky{}))), got.option())
		u.Add(t.Context(), record(0))
		u.Close(within(t, time.Minute))
		got.check(t, 1, u.Report())
		res := got.all[0]
		if len(s.requests()) == 0 && res.Attempts != 0 {
			t.Errorf("got %d attempts, the record was never sent", res.Attempts)
		}
		if strings.Contains(textOf(res.Err), "transport") {
			t.Errorf("got %q, but it was the log handler", textOf(res.Err))
		}
	})
}

func TestTinyDelaysAreNoHotLoopInAnOutage(t *testing.T) {
	for name, p := range map[string]api.RetryPolicy{
		"1 ns": {BaseDelay: 1, MaxDelay: 1}, "1 ms": {MaxDelay: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const most = 1200 // one in 50 ms
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var n atomic.Int64
				s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
					if n.Add(1) >= most { // so that a hot loop is no endless test
						cancel()
					}
					return respond(503, ""), nil
				}}
				start := time.Now()
				newClient(t, s, api.WithRetry(p)).UpsertAll(ctx, records(40))
				if n.Load() >= most {
					t.Errorf("got %d requests to an API that is out of reach within %v, want less than %d in a minute", n.Load(), time.Since(start), most)
				}
			})
		})
	}
}

func TestOddPoliciesKeepCountAndAreNoHotLoop(t *testing.T) {
	for name, p := range map[string]api.RetryPolicy{
		"no delay":          {BaseDelay: -1},
		"no delays":         {BaseDelay: -1, MaxDelay: -1},
		"no max":            {MaxDelay: -1},
		"one try":           {MaxAttempts: -1, BaseDelay: -1},
		"no patience":       {Patience: -1},
		"nothing at all":    {MaxAttempts: -1, BaseDelay: -1, MaxDelay: -1, Patience: -1},
		"max is less":       {BaseDelay: time.Minute, MaxDelay: time.Second},
		"all is large":      {MaxAttempts: math.MaxInt, BaseDelay: 1 << 62, MaxDelay: 1 << 62, Patience: 1 << 62},
		"forever":           {MaxAttempts: math.MaxInt, Patience: api.Forever, MaxDelay: api.Forever, BaseDelay: api.Forever},
		"forever, no delay": {BaseDelay: -1, Patience: api.Forever},
	} {
		for kind, response := range map[string]func() (*http.Response, error){
			"500": func() (*http.Response, error) { return respond(500, ""), nil },
			"503": func() (*http.Response, error) { return respond(503, ""), nil },
			"429": func() (*http.Response, error) { return respond(429, "", "Retry-After", "1"), nil },
			"403": func() (*http.Response, error) { return respond(403, ""), nil },
			"401": func() (*http.Response, error) { return respond(401, ""), nil },
			"400": func() (*http.Response, error) { return respond(400, ""), nil },
			"413": func() (*http.Response, error) { return respond(413, ""), nil },
		} {
			for _, persistent := range []bool{false, true} {
				t.Run(fmt.Sprint(name, " ", kind, " ", persistent), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						const most = 12_000 // one in 50 ms
						ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
						defer cancel()
						var n atomic.Int64
						s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
							if n.Add(1) >= most {
								cancel()
							}
							return response()
						}}
						c := newClient(t, s, api.WithRetry(p))
						start := time.Now()
						var got results
						if persistent {
							u := newUpserter(t, c, got.option(), api.BatchRecords(10))
							added := 0
							for i := range 40 {
								if _, err := u.Add(ctx, record(i)); err != nil {
									break
								}
								added++
							}
							u.Close(ctx)
							synctest.Wait()
							got.check(t, added, u.Report())
						} else {
							report, _ := c.UpsertAll(ctx, records(40), got.option(), api.BatchRecords(10))
							got.check(t, report.Inputs, report)
						}
						if n.Load() >= most {
							t.Errorf("got %d requests in %v, want less than %d in ten minutes", n.Load(), time.Since(start), most)
						}
					})
				})
			}
		}
	}
}

func TestAttemptsCountAllRequestsOfARecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The first batch fails twice, is halved; meanwhile another learns that bodies are
		// to be smaller.
		carried := map[string]int{}
		var mu sync.Mutex
		s := &script{response: func(r *sent) (*http.Response, error) {
			mu.Lock()
			for _, id := range r.ids {
				carried[id]++
			}
			mu.Unlock()
			switch {
			case slices.Contains(r.ids, "r0") && len(r.ids) > 700:
				return respond(500, ""), nil
			case slices.Contains(r.ids, "r1000") && len(r.ids) > 500:
				time.Sleep(100 * time.Millisecond)
				return respond(413, ""), nil
			}
			return accepted(r), nil
		}}
		input := records(2000)
		for _, r := range input {
			r.Name = strings.Repeat("x", 200)
		}
		var got results
		report, err := newClient(t, s).UpsertAll(within(t, time.Hour), input, got.option())
		got.check(t, 2000, report)
		if err != nil {
			t.Error(err)
		}
		wrong := 0
		for _, res := range got.all {
			if carried[res.Key.ID] != res.Attempts {
				if wrong++; wrong == 1 {
					t.Errorf("record %d: got %d attempts, %d requests have carried it", res.Index, res.Attempts, carried[res.Key.ID])
				}
			}
		}
		if wrong > 0 {
			t.Errorf("%d records have wrong attempts", wrong)
		}
	})
}

// A request may take an hour; a probe that hangs does not keep the client from noticing
// that the API is back.
func TestHangingProbeGivesItsPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
			switch i := n.Add(1); {
			case i <= 3:
				return respond(503, ""), nil
			case i == 4: // the first probe
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return accepted(r), nil
		}}
		c := newClient(t, s, api.WithRequestTimeout(time.Hour))
		start := time.Now()
		report, err := c.UpsertAll(within(t, 24*time.Hour), records(10), api.BatchRecords(1), api.InFlight(1))
		if took := time.Since(start); took > 5*time.Minute || report.Accepted != 10 {
			t.Errorf("got %v, %v after %v; want all accepted within 5 minutes", report, err, took)
		}
	})
}

func TestFlushThatIsGivenUpLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		u := newUpserter(t, newClient(t, &script{}), api.OnResult(func(api.Result) { <-release }))
		u.Add(t.Context(), record(0))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		n := testing.AllocsPerRun(1, func() {
			for range 10_000 {
				u.Flush(ctx)
			}
		})
		_ = n
		if held := api.FlushesHeld(u); held > 100 {
			t.Errorf("%d flushes that were given up are still held", held)
		}
		close(release)
		u.Close(within(t, time.Minute))
	})
}
