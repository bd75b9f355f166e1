package api_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

func TestEachRecordOfAnUploaderHasItsOwnPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const patience = 5 * time.Minute
		added := map[int]time.Time{}
		var mu sync.Mutex
		late, early := time.Duration(0), time.Hour
		s := &script{noLog: true, response: func(*sent) (*http.Response, error) { return respond(503, ""), nil }}
		start := time.Now()
		u := newUpserter(t, newClient(t, s, api.WithRetry(api.RetryPolicy{Patience: patience})), api.InFlight(2), api.BatchRecords(30),
			api.OnResult(func(r api.Result) {
				mu.Lock()
				defer mu.Unlock()
				if r.Outcome != api.Failed {
					return
				}
				after := time.Since(added[r.Index])
				if added[r.Index].Sub(start) > time.Minute { // in the outage
					late, early = max(late, after), min(early, after)
				}
			}))
		for i := range 2000 {
			rec := record(i)
			if i%10 == 0 {
				rec = record(0) // a chain
			}
			mu.Lock()
			added[i] = time.Now()
			mu.Unlock()
			if _, err := u.Add(within(t, time.Hour), rec); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		u.Close(within(t, time.Hour))
		if early < patience || late > patience+time.Minute {
			t.Errorf("records failed %v to %v after they were added, want about %v", early, late, patience)
		}
		if u.Report().Failed != 2000 {
			t.Errorf("got %v, want all failed", u.Report())
		}
	})
}

func TestLocatorsThatOverlapBothWaysKeepOrderAndEnd(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var input []*models.RecordLocator
			nid := func(i int) strfmt.UUID {
				return strfmt.UUID(strings.Replace(string(someNID), string(someNID)[len(someNID)-4:], fmt.Sprintf("%04d", i), 1))
			}
			for range 600 {
				l := &models.RecordLocator{}
				k := rng.IntN(3)
				if k != 0 {
					l.NID = nid(rng.IntN(8))
				}
				if k != 1 {
					l.Type, l.ID = "vm", fmt.Sprint("r", rng.IntN(8))
				}
				input = append(input, l)
			}
			var mu sync.Mutex
			inFlight := map[string]bool{}
			s := &script{noLog: true}
			s.response = func(r *sent) (*http.Response, error) {
				var keys []string
				for _, v := range r.values {
					if n, ok := v["nid"]; ok {
						keys = append(keys, fmt.Sprint(n))
					}
					if id, ok := v["id"]; ok {
						keys = append(keys, fmt.Sprint(id))
					}
				}
				mu.Lock()
				for _, k := range keys {
					if inFlight[k] {
						t.Errorf("seed %d: %s twice in flight", seed, k)
					}
					inFlight[k] = true
				}
				mu.Unlock()
				time.Sleep(time.Duration(r.ContentLength%7) * time.Millisecond)
				mu.Lock()
				for _, k := range keys {
					delete(inFlight, k)
				}
				mu.Unlock()
				return accepted(r), nil
			}
			var got results
			report, err := newClient(t, s).DeleteAll(within(t, time.Hour), models.PeriodCurrent, input, got.option(), api.BatchRecords(20))
			got.check(t, len(input), report)
			if report.Accepted+report.Invalid != len(input) {
				t.Errorf("seed %d: %v %v", seed, report, err)
			}
		})
	}
}

func TestMisleadingHintsCostNoMoreThanTheAccount(t *testing.T) {
	var every []string
	for i := range 1000 {
		every = append(every, fmt.Sprintf("records[%d]", i))
	}
	for name, text := range map[string]string{
		"first":        "records[0] is wrong",
		"outside":      "records[999] records[1000] records[5000]",
		"all that fit": strings.Join(every, " "),
		"own ids":      "r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14",
		"odd":          strings.Join(every[:400], " "),
	} {
		for _, bad := range []string{"r500", "all"} {
			for _, status := range []int{400, 422, 413} {
				t.Run(fmt.Sprint(name, " ", bad, " ", status), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						const n = 20_000
						s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
							if bad == "all" || slices.Contains(r.ids, bad) {
								return respond(status, text), nil
							}
							return accepted(r), nil
						}}
						var got results
						report, _ := newClient(t, s).UpsertAll(within(t, time.Hour), records(n), got.option())
						got.check(t, n, report)
						if bad == "all" && report.Requests > 400 || bad != "all" && (report.Requests > 200 || report.Rejected != 1) {
							t.Errorf("got %v with %d requests", report, report.Requests)
						}
					})
				})
			}
		}
	}
}

// A 400 with a Retry-After, as some gateways put on all their responses, is no reason to stop.
func TestRetryAfterOfARefusalThatStandsStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
			if slices.Contains(r.ids, "r5") {
				return respond(400, "bad", "Retry-After", "3600"), nil
			}
			return accepted(r), nil
		}}
		report, err := newClient(t, s).UpsertAll(within(t, 24*time.Hour), records(10))
		if report.Accepted != 9 || report.Rejected != 1 {
			t.Errorf("got %v, %v; want 9 accepted and 1 rejected", report, err)
		}
	})
}

func TestTwoChangesInReverseOrderAndOneKeyOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 20_000
		var input []*models.EstateRecord
		for i := range n {
			input = append(input, record(i))
		}
		for i := range n {
			input = append(input, record(n-1-i))
		}
		s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
			time.Sleep(50 * time.Millisecond)
			return accepted(r), nil
		}}
		var got results
		start := time.Now()
		report, err := newClient(t, s).UpsertAll(within(t, time.Hour), input, got.option())
		got.check(t, len(input), report)
		if report.Requests > 100 || err != nil {
			t.Errorf("got %v, %v with %d requests in %v", report, err, report.Requests, time.Since(start))
		}
	})
}

func TestManyBatchesThatWaitOutAnOutageCostLittle(t *testing.T) {
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
			if time.Since(start) < 5*time.Minute {
				return respond(503, ""), nil
			}
			return accepted(r), nil
		}}
		report, err := newClient(t, s).UpsertAll(within(t, time.Hour), records(10_000), api.BatchRecords(1), api.InFlight(10_000))
		if report.Accepted != 10_000 {
			t.Error(report, err)
		}
	})
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v of real time, want at most 10s", took)
	}
}

// Requests that begin before an outage and take their time, and all waits ended by cancel.
func TestCanceledRunsLeaveTheGateToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ok atomic.Bool
		s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
			select {
			case <-time.After(10 * time.Second):
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
			if ok.Load() {
				return accepted(r), nil
			}
			return respond(503, ""), nil
		}}
		c := newClient(t, s)
		stop, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 20 { // whose probes never come to their end
			wg.Go(func() {
				for stop.Err() == nil {
					ctx, cancel := context.WithTimeoutCause(stop, time.Duration(1000+i*13)*time.Millisecond, errors.New("enough"))
					c.UpsertAll(ctx, records(1))
					cancel()
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		time.AfterFunc(5*time.Minute, func() { ok.Store(true) })
		start := time.Now()
		report, err := c.UpsertAll(within(t, time.Hour), records(10))
		took := time.Since(start)
		cancel()
		wg.Wait()
		if report.Accepted != 10 || took > 10*time.Minute {
			t.Errorf("got %v, %v after %v; want all accepted soon after 5 minutes", report, err, took)
		}
	})
}

func TestExpiredRecordsMakeRoomForBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{noLog: true, response: func(*sent) (*http.Response, error) { return respond(503, ""), nil }}
		u := newUpserter(t, newClient(t, s, api.WithRetry(api.RetryPolicy{Patience: 5 * time.Minute})), api.InFlight(1))
		worst := time.Duration(0)
		for i := range 300 {
			r := record(i)
			r.Metadata = map[string]any{"k": strings.Repeat("x", 200_000)}
			start := time.Now()
			if _, err := u.Add(within(t, time.Hour), r); err != nil {
				t.Fatalf("Add %d: %v", i, err)
			}
			worst = max(worst, time.Since(start))
			time.Sleep(time.Second)
		}
		if worst > 6*time.Minute {
			t.Errorf("an Add took %v, want at most the patience of 5m", worst)
		}
		u.Close(within(t, time.Minute))
	})
}

// An error must tell of its own record: what has never been sent was not tried.
func TestErrorOfARecordThatWasNeverSentDoesNotSayTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{noLog: true, response: func(*sent) (*http.Response, error) { return respond(503, ""), nil }}
		var got results
		u := newUpserter(t, newClient(t, s), got.option(), api.InFlight(1), api.BatchRecords(1))
		for i := range 3 {
			u.Add(t.Context(), record(i))
		}
		u.Close(within(t, time.Hour))
		for _, res := range got.all {
			if text := textOf(res.Err); res.Attempts == 0 && strings.Contains(text, "tried ") && strings.Contains(text, " times") {
				t.Errorf("record %d has 0 attempts and the error %q", res.Index, text)
			}
		}
	})
}

// rude is a panic value that ends the goroutine which shows it.
type rude struct{}

func (rude) String() string { runtime.Goexit(); return "" }

func TestPanicValueThatEndsTheGoroutineStopsNoRun(t *testing.T) {
	// Not in a bubble, which does not end with a run that hangs.
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		newClient(t, &script{}).UpsertAll(t.Context(), records(3), api.OnResult(func(api.Result) { panic(rude{}) }))
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		t.Error("the run hangs, want its end with all results told")
	}
}

func TestFlushAddTryAddAndCloseFromEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
			time.Sleep(30 * time.Millisecond)
			if n.Add(1)%5 == 0 {
				return respond(500, ""), nil
			}
			return accepted(r), nil
		}}
		var got results
		var u *api.Uploader[*models.EstateRecord]
		var added atomic.Int64
		var ready sync.WaitGroup
		ready.Add(1)
		u = newUpserter(t, newClient(t, s), api.BatchRecords(7), api.OnResult(func(r api.Result) {
			ready.Wait()
			got.mu.Lock()
			got.all = append(got.all, r)
			got.mu.Unlock()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			switch r.Index % 17 {
			case 0:
				u.Flush(ctx)
			case 1:
				if _, err := u.TryAdd(record(r.Index)); err == nil {
					added.Add(1)
				}
			case 2:
				if _, err := u.Add(ctx, record(r.Index)); err == nil {
					added.Add(1)
				}
			case 3:
				if r.Index > 3000 {
					u.Close(ctx)
				}
			case 4:
				panic("no")
			case 5:
				runtime.Goexit()
			}
		}))
		ready.Done()
		var wg sync.WaitGroup
		for g := range 5 {
			wg.Go(func() {
				for i := range 1000 {
					if _, err := u.Add(t.Context(), record(i)); err != nil {
						return
					}
					added.Add(1)
					if i%100 == g {
						u.Flush(within(t, time.Second))
					}
				}
			})
		}
		wg.Wait()
		u.Close(within(t, time.Minute))
		time.Sleep(10 * time.Minute)
		got.check(t, int(added.Load()), u.Report())
	})
}
