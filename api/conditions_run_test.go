package api_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// outage is an API that takes a second for a response, and in the midst of it responds with 503.
type outage struct {
	from, to time.Time
	requests atomic.Int64 // meanwhile
}

// newOutage begins some seconds from now and takes ten minutes.
func newOutage() *outage {
	from := time.Now().Add(10 * time.Second)
	return &outage{from: from, to: from.Add(10 * time.Minute)}
}

func (o *outage) response(r *sent) (*http.Response, error) {
	if now := time.Now(); !now.Before(o.from) && now.Before(o.to) {
		o.requests.Add(1)
		return respond(503, `{"error":"maintenance"}`), nil
	}
	time.Sleep(time.Second)
	return accepted(r), nil
}

// within is a context that ends what would not end by itself.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestRunWaitsOutALongOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100_000
		start := time.Now()
		o := newOutage()
		s := &script{response: o.response, noLog: true}
		var got results
		report, err := newClient(t, s).UpsertAll(within(t, time.Hour), records(n), got.option())
		got.check(t, n, report)
		if report.Accepted != n || err != nil {
			t.Errorf("got %v, %v; want all accepted", report, err)
		}
		if took := time.Since(start); took < 10*time.Minute || took > 12*time.Minute {
			t.Errorf("took %v, want 10 to 12 minutes", took)
		}
		if r := o.requests.Load(); r < 5 || r > 80 {
			t.Errorf("got %d requests during the outage, want 5 to 80", r)
		}
	})
}

func TestRowsSortedByResourceShareRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A bill of a month, sorted by what it is for: each key 31 times in a row.
		const resources, days = 1000, 31
		var input []*models.EstateRecord
		for i := range resources {
			for day := range days {
				r := record(i)
				r.Name = fmt.Sprintf("day %02d", day)
				input = append(input, r)
			}
		}
		watch := &inFlight{ids: map[string]bool{}, versions: map[string][]string{}}
		s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
			watch.begin(r)
			defer watch.end(r)
			time.Sleep(50 * time.Millisecond)
			return accepted(r), nil
		}}
		start := time.Now()
		var got results
		report, err := newClient(t, s).UpsertAll(within(t, time.Hour), input, got.option())
		got.check(t, len(input), report)
		if report.Accepted != len(input) || err != nil {
			t.Errorf("got %v, %v; want all accepted", report, err)
		}
		if took := time.Since(start); report.Requests > 100 || took >= 10*time.Second {
			t.Errorf("got %d requests in %v, want at most 100 in less than 10s", report.Requests, took)
		}
		if watch.conflict != "" {
			t.Errorf("two versions of %s shared a request or were in flight together", watch.conflict)
		}
		for id, names := range watch.versions {
			if last := names[len(names)-1]; last != "day 30" || !slices.IsSorted(names) {
				t.Fatalf("versions of %s arrived as %v, want them in order with day 30 at the end", id, names)
			}
		}
	})
}

func TestResultsOfInvalidRecordsAreReportedAsTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, most = 200_000, 40_000
		var reported atomic.Int64
		pulled, held := 0, 0
		report, _ := newClient(t, &script{}).Upsert(within(t, time.Hour), func(yield func(*models.EstateRecord, error) bool) {
			for pulled < n && held <= most {
				var r *models.EstateRecord
				if pulled == 0 { // the others wait for its result
					r = record(0)
				}
				pulled++
				held = max(held, pulled-int(reported.Load()))
				if !yield(r, nil) {
					return
				}
			}
		}, api.OnResult(func(api.Result) { reported.Add(1) }), api.BatchAge(-1)) // no clock helps
		if held > most {
			t.Errorf("%d inputs were pulled and not told, want at most %d", held, most)
		}
		if report.Accepted != 1 || report.Invalid != pulled-1 || int(reported.Load()) != pulled {
			t.Errorf("got %v, %d results for %d inputs; want one accepted and the others invalid", report, reported.Load(), pulled)
		}
	})
}

func TestOneRecordRefilledForEachRowArrivesAsEveryRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		s := &script{}
		var got results
		report, err := newClient(t, s).Upsert(within(t, time.Hour), func(yield func(*models.EstateRecord, error) bool) {
			var r models.EstateRecord
			for i := range n {
				r = models.EstateRecord{ID: fmt.Sprintf("r%04d", i), Type: "vm"}
				if !yield(&r, nil) {
					return
				}
			}
		}, got.option())
		got.check(t, n, report)
		arrived := map[string]bool{}
		for _, r := range s.requests() {
			for _, id := range r.ids {
				arrived[id] = true
			}
		}
		if report.Accepted != n || err != nil || len(arrived) != n {
			t.Errorf("got %v, %v, %d different records; want %d accepted and different", report, err, len(arrived), n)
		}
		for i, res := range got.all {
			if want := fmt.Sprintf("r%04d", i); res.Key.ID != want {
				t.Fatalf("result %d is about %s, want %s", i, res.Key.ID, want)
			}
		}
	})
}

// crashes is an API that cannot cope with one record: whatever carries it gets a 500 at
// once. Other requests take 50 ms.
func crashes(id string) func(*sent) (*http.Response, error) {
	return func(r *sent) (*http.Response, error) {
		if slices.Contains(r.ids, id) {
			return respond(500, `{"error":"internal error"}`), nil
		}
		time.Sleep(50 * time.Millisecond)
		return accepted(r), nil
	}
}

// checkCrashed checks a run over 1000 records with one that the server cannot cope with.
func (r *results) checkCrashed(t *testing.T, at int, report api.Report, err error) {
	t.Helper()
	r.check(t, 1000, report)
	var e *api.Error
	if report.Accepted != 999 || report.Failed != 1 || len(r.all) <= at || r.all[at].Outcome != api.Failed {
		t.Errorf("got %v, want 999 accepted and record %d failed", report, at)
	} else if !errors.As(r.all[at].Err, &e) || e.StatusCode != 500 || err == nil {
		t.Errorf("got the errors %v and %v, want the API's 500", r.all[at].Err, err)
	}
}

func TestRecordThatMakesTheServerFailFailsAlone(t *testing.T) {
	for _, at := range []int{0, 500, 999} {
		t.Run(fmt.Sprint("record ", at), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := &script{response: crashes(fmt.Sprint("r", at))}
				var got results
				report, err := newClient(t, s).UpsertAll(within(t, time.Hour), records(1000), got.option())
				got.checkCrashed(t, at, report, err)
				took := time.Since(start)
				if took > 10*time.Minute {
					t.Errorf("took %v, want at most 10 minutes", took)
				}
				t.Logf("%d requests in %v", report.Requests, took)
			})
		})
	}
}

// Wherever in a batch they are, and although nobody else sends meanwhile.
func TestRecordsThatMakeTheServerFailFailAlone(t *testing.T) {
	const size = 8
	for bad := uint(1); bad < 1<<size-1; bad++ {
		if bad&0xf == 0xf || bad&0xf0 == 0xf0 {
			continue // four in a row, with nothing else under way: that is taken for an outage
		}
		is := func(i int) bool { return i < size && bad&(1<<i) != 0 }
		for _, busy := range []int{0, 2, 3} { // a passing failure beside them
			synctest.Test(t, func(t *testing.T) {
				n := 0
				response := func(r *sent) (*http.Response, error) {
					if n++; n == busy {
						return respond(503, ""), nil
					}
					for _, id := range r.ids {
						if i, _ := strconv.Atoi(strings.TrimPrefix(id, "r")); is(i) {
							return respond(500, ""), nil
						}
					}
					return accepted(r), nil
				}
				var got results
				report, _ := newClient(t, &script{response: response}).UpsertAll(within(t, 24*time.Hour), records(2*size),
					got.option(), api.InFlight(1), api.BatchRecords(size))
				got.check(t, 2*size, report)
				for i, r := range got.all {
					if want := map[bool]api.Outcome{false: api.Accepted, true: api.Failed}[is(i)]; r.Outcome != want {
						t.Errorf("of %08b, request %d busy, record %d: got %v, %v, want %v", bad, busy, i, r.Outcome, r.Err, want)
					}
				}
			})
		}
	}
}

func TestRecordThatMakesTheServerFailHoldsUpNoOtherRun(t *testing.T) {
	for _, later := range []time.Duration{0, 20 * time.Second, time.Minute} {
		t.Run(fmt.Sprint(later, " later"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 10_000
				c := newClient(t, &script{response: crashes("r500"), noLog: true})
				ctx := within(t, time.Hour)
				var first, second results
				var wg sync.WaitGroup
				wg.Go(func() {
					report, err := c.UpsertAll(ctx, records(1000), first.option())
					first.checkCrashed(t, 500, report, err)
				})
				synctest.Wait()
				time.Sleep(later)

				input := records(n)
				for _, r := range input {
					r.Type = "disk"
					r.ID = "d" + r.ID
				}
				start := time.Now()
				report, err := c.UpsertAll(ctx, input, second.option(), api.BatchRecords(100), api.InFlight(1))
				second.check(t, n, report)
				if took := time.Since(start); report.Accepted != n || err != nil || took > 10*time.Second {
					t.Errorf("100 batches of 50 ms beside it: got %v, %v after %v; want all accepted in 10s", report, err, took)
				}
				wg.Wait()
			})
		})
	}
}

// refuses responds with the status to what carries one of these records.
func refuses(status int, bad map[string]bool) func(*sent) (*http.Response, error) {
	return func(r *sent) (*http.Response, error) {
		if slices.ContainsFunc(r.ids, func(id string) bool { return bad[id] }) {
			return respond(status, `{"error":"bad record"}`), nil
		}
		return accepted(r), nil
	}
}

// checkRefused checks that exactly the bad ones of a run's records are rejected.
func (r *results) checkRefused(t *testing.T, inputs, status int, bad map[string]bool, report api.Report) {
	t.Helper()
	r.check(t, inputs, report)
	if report.Rejected != len(bad) || report.Accepted != inputs-len(bad) {
		t.Errorf("got %v, want %d accepted, %d rejected", report, inputs-len(bad), len(bad))
	}
	wrong := 0
	for _, res := range r.all {
		var e *api.Error
		if refused := bad[res.Key.ID]; refused != (res.Outcome == api.Rejected) || refused && (!errors.As(res.Err, &e) || e.StatusCode != status) {
			if wrong++; wrong == 1 {
				t.Errorf("%v, at fault: %v, is %v with error %v", res.Key, refused, res.Outcome, res.Err)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d records have another outcome than they should, want none", wrong)
	}
}

func TestEachOfManyBadRecordsIsFound(t *testing.T) {
	for _, tt := range []struct{ bad, most int }{{8, 150}, {20, 350}, {100, 1000}} {
		for seed := range uint64(5) {
			t.Run(fmt.Sprint(tt.bad, " of 1000, seed ", seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					bad := map[string]bool{}
					for _, i := range rand.New(rand.NewPCG(seed, 7)).Perm(1000)[:tt.bad] {
						bad[fmt.Sprint("r", i)] = true
					}
					s := &script{response: refuses(400, bad)}
					var got results
					report, _ := newClient(t, s).UpsertAll(within(t, time.Hour), records(1000), got.option())
					got.checkRefused(t, 1000, 400, bad, report)
					n := len(s.requests())
					if n > tt.most {
						t.Errorf("got %d requests, want at most %d", n, tt.most)
					}
					t.Logf("%d requests", n)
				})
			})
		}
	}
}

func TestServerThatRefusesEveryBatchIsNotSearchedForEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100_000
		s := &script{noLog: true, response: func(*sent) (*http.Response, error) {
			return respond(400, `{"error":"billing period is closed"}`), nil
		}}
		var got results
		report, _ := newClient(t, s).UpsertAll(within(t, time.Hour), records(n), got.option())
		got.check(t, n, report)
		if report.Rejected != n {
			t.Errorf("got %v, want all rejected", report)
		}
		// On a busy machine a batch may leave before it is full, and then there are more.
		if report.Requests > 100+64+20 {
			t.Errorf("got %d requests for about 100 batches, want 64 more at most", report.Requests)
		}
	})
}

func TestUnprocessableIsSearchedLikeABadRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := map[string]bool{"r700": true}
		s := &script{response: refuses(422, bad)}
		var got results
		report, err := newClient(t, s).UpsertAll(within(t, time.Hour), records(1000), got.option())
		got.checkRefused(t, 1000, 422, bad, report)
		if err == nil {
			t.Error("got no error, want one for the rejected record")
		}
	})
}

func TestForbiddenAndNotFoundEndTheRun(t *testing.T) {
	for _, status := range []int{403, 404} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 200_000
				s := &script{noLog: true, response: func(*sent) (*http.Response, error) {
					return respond(status, `{"error":"no"}`), nil
				}}
				pulled := 0
				var got results
				report, err := newClient(t, s).Upsert(within(t, time.Hour), func(yield func(*models.EstateRecord, error) bool) {
					for pulled < n {
						pulled++
						if !yield(record(pulled), nil) {
							return
						}
					}
				}, got.option())
				got.check(t, pulled, report)
				var e *api.Error
				if !errors.As(err, &e) || e.StatusCode != status || report.Accepted != 0 {
					t.Errorf("got %v, %v; want none accepted and the API's response", report, err)
				}
				if report.Requests > 10 || pulled == n {
					t.Errorf("got %d requests and %d of %d inputs pulled, want at most 10 requests and an early end", report.Requests, pulled, n)
				}
			})
		})
	}
}

// quits is a value that ends the goroutine when it is encoded.
type quits struct{}

func (quits) MarshalJSON() ([]byte, error) {
	runtime.Goexit()
	return nil, nil
}

// checkQuit checks the outcomes of records with one, in the midst of them, that quits.
func (r *results) checkQuit(t *testing.T, inputs int, report api.Report) {
	t.Helper()
	r.check(t, inputs, report)
	if report.Accepted != inputs-1 || report.Invalid != 1 || len(r.all) <= inputs/2 || r.all[inputs/2].Outcome != api.Invalid {
		t.Errorf("got %v, want all accepted but record %d, which is invalid", report, inputs/2)
	}
}

func TestMarshalerThatEndsTheGoroutineMakesItsRecordInvalid(t *testing.T) {
	// Not in a bubble, which cannot be left while a goroutine waits for one that has ended.
	const n = 1000
	var got results
	input := records(n)
	input[n/2].Metadata = map[string]any{"k": quits{}}
	done := make(chan api.Report, 1)
	c := newClient(t, &script{})
	go func() {
		report, _ := c.UpsertAll(context.Background(), input, got.option())
		done <- report
	}()
	select {
	case report := <-done:
		got.checkQuit(t, n, report)
	case <-time.After(5 * time.Second):
		t.Errorf("got no report after 5s, want one on %d records", n)
	}
}

func TestAsManyRequestsAsLikeMayBeInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 3000
		c := newClient(t, &script{})
		ctx := within(t, time.Minute)
		report, err := c.UpsertAll(ctx, records(n), api.InFlight(math.MaxInt))
		if report.Accepted != n || err != nil {
			t.Errorf("a run: got %v, %v; want %d accepted", report, err, n)
		}
		u := newUpserter(t, c, api.InFlight(math.MaxInt))
		if _, err := u.Add(ctx, record(0)); err != nil {
			t.Errorf("Add: got %v, want no error", err)
		}
		if err := u.Close(within(t, time.Minute)); err != nil || u.Report().Accepted != 1 {
			t.Errorf("an uploader: got %v, %v; want 1 accepted", u.Report(), err)
		}
	})
}

func TestRunsThatGiveUpTakeNoRetryFromOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failures atomic.Int64 // yet to come
		failures.Store(math.MaxInt64)
		s := &script{response: func(r *sent) (*http.Response, error) {
			if failures.Add(-1) >= 0 {
				return respond(503, `{"error":"busy"}`), nil
			}
			return accepted(r), nil
		}}
		c := newClient(t, s)
		for range 400 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			report, err := c.UpsertAll(ctx, records(1))
			cancel()
			if report.Accepted != 0 || err == nil {
				t.Fatalf("got %v, %v from a server that is busy", report, err)
			}
			time.Sleep(time.Second)
		}
		failures.Store(1)
		report, err := c.UpsertAll(within(t, 10*time.Minute), records(1))
		if report.Accepted != 1 || err != nil {
			t.Errorf("got %v, %v after %d requests; want the record accepted with the second", report, err, report.Requests)
		}
	})
}

func TestFatalResponseEndsTheWaitForRetryAfter(t *testing.T) {
	// Record 0 is to wait a minute. What ends the run comes after 2 s, for record 1, in
	// response to what was sent before the wait began.
	later := func(status int) (*http.Response, error) {
		time.Sleep(2 * time.Second)
		return respond(status, `{"error":"no"}`), nil
	}
	for name, end := range map[string]struct {
		responses []int // for record 1, the last one later
		token     int   // for the second token request, later
	}{
		"no token is taken":  {responses: []int{401, 401}},
		"no token is issued": {responses: []int{401}, token: 403},
		"forbidden":          {responses: []int{403}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var tries, tokens atomic.Int64
				s := &script{
					response: func(r *sent) (*http.Response, error) {
						if slices.Contains(r.ids, "r0") {
							time.Sleep(time.Second)
							return respond(503, "", "Retry-After", "60"), nil
						}
						n := int(tries.Add(1))
						if n < len(end.responses) || end.token != 0 {
							return respond(401, `{"error":"expired"}`), nil
						}
						return later(end.responses[len(end.responses)-1])
					},
					token: func(*http.Request) (*http.Response, error) {
						n := tokens.Add(1)
						if n > 1 && end.token != 0 {
							return later(end.token)
						}
						return respond(200, fmt.Sprintf(`{"access_token":"token-%d","expires_in":3600}`, n)), nil
					},
				}
				start := time.Now()
				var got results
				report, err := newClient(t, s).UpsertAll(within(t, time.Hour), records(2), got.option(), api.BatchRecords(1))
				got.check(t, 2, report)
				if took := time.Since(start); err == nil || report.Accepted != 0 || took > 5*time.Second {
					t.Errorf("got %v, %v after %v; want an error, and an end soon after 2s", report, err, took)
				}
			})
		})
	}
}
