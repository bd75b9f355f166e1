package api_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
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

func TestEveryInputGetsOneOutcomeOnEveryPath(t *testing.T) {
	bad := func(status int, header ...string) func(*sent) (*http.Response, error) {
		return func(*sent) (*http.Response, error) { return respond(status, `{"error":"no"}`, header...), nil }
	}
	for _, tt := range []struct {
		name     string
		response func(*sent) (*http.Response, error)
		token    func(*http.Request) (*http.Response, error)
		all      api.Outcome // of valid records
	}{
		{"accepted", nil, nil, api.Accepted},
		{"refused", bad(400), nil, api.Rejected},
		{"too large", bad(413), nil, api.Rejected},
		{"forbidden", bad(403), nil, api.Failed},
		{"unavailable", bad(503), nil, api.Failed},
		{"rate limited", bad(429, "Retry-After", "1"), nil, api.Failed},
		{"told to come back tomorrow", bad(429, "Retry-After", "86400"), nil, api.Failed},
		{"unauthorized", bad(401), nil, api.Failed},
		{"redirected", bad(307, "Location", "https://elsewhere.example/"), nil, api.Failed},
		{"other success", bad(200), nil, api.Failed},
		{"no response", func(*sent) (*http.Response, error) { return nil, errors.New("connection reset") }, nil, api.Failed},
		{"credentials refused", nil, func(*http.Request) (*http.Response, error) { return respond(401, `{"error":"access_denied"}`), nil }, api.Failed},
		{"identity service down", nil, func(*http.Request) (*http.Response, error) { return respond(503, `<html>`), nil }, api.Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{response: tt.response, token: tt.token}
				c := newClient(t, s)
				const n = 2500
				var got results
				input := records(n)
				input[7] = nil                                    // no record
				input[1700] = &models.EstateRecord{Type: "vm"}    // no ID
				input[2400] = &models.EstateRecord{ID: "no-type"} // no type
				// A pause lets a run that must end early do so before all is pulled.
				pulled := 0
				report, err := c.Upsert(t.Context(), func(yield func(*models.EstateRecord, error) bool) {
					for _, r := range input {
						pulled++
						if !yield(r, nil) {
							return
						}
					}
				}, got.option())
				got.check(t, pulled, report)
				for _, res := range got.all {
					want := tt.all
					if res.Index == 7 || res.Index == 1700 || res.Index == 2400 {
						want = api.Invalid
					}
					if res.Outcome != want {
						t.Fatalf("record %d is %v (%v), want %v", res.Index, res.Outcome, res.Err, want)
					}
				}
				if err == nil {
					t.Error("a run with invalid records returned no error")
				}
			})
		})
	}
}

func TestErrorIsNilExactlyWhenAllIsAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, &script{})
		report, err := c.UpsertAll(t.Context(), records(3))
		if err != nil || !report.OK() || report.Accepted != 3 {
			t.Errorf("got %v, %v", report, err)
		}
		if report, err := c.UpsertAll(t.Context(), nil); err != nil || report.Requests != 0 {
			t.Errorf("an empty input: got %+v, %v, want no request and no error", report, err)
		}
		_, err = c.UpsertAll(t.Context(), []*models.EstateRecord{record(0), {ID: "x"}})
		want := `upsert 2 records: 1 accepted, 1 invalid; first: upsert of type "" id "x" (record 1): type: `
		if err == nil || !strings.HasPrefix(err.Error(), want) || !errors.Is(err, api.ErrInvalid) {
			t.Errorf("got %v\nwant %s...", err, want)
		}
		var re *api.RecordError
		if !errors.As(err, &re) || re.Index != 1 || re.Key.ID != "x" {
			t.Errorf("got %+v", re)
		}
	})
}

func TestIteratorErrorIsAnInvalidInputAndTheRunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got results
		c := newClient(t, &script{})
		broken := errors.New("line 2: not JSON")
		report, err := c.Upsert(t.Context(), func(yield func(*models.EstateRecord, error) bool) {
			_ = yield(record(0), nil) && yield(nil, broken) && yield(record(2), nil)
		}, got.option())
		got.check(t, 3, report)
		if report.Accepted != 2 || report.Invalid != 1 || !errors.Is(err, broken) || got.all[1].Err.Error() != "upsert of record 1: line 2: not JSON" {
			t.Errorf("got %v, %v", report, got.all[1].Err)
		}
	})
}

func TestRequestsKeepTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		const most = 50_000
		s := &script{}
		c := newClient(t, s)
		input := records(20_000)
		for i, r := range input {
			switch {
			case i%5000 == 0:
				r.Metadata = map[string]any{"k": strings.Repeat("x", 30_000+rng.IntN(15_000))}
			case i < 10_000:
				r.Name = strings.Repeat("n", rng.IntN(255))
			}
		}
		input[9] = &models.EstateRecord{ID: "huge", Type: "vm", Metadata: map[string]any{"k": strings.Repeat("x", most)}}
		var got results
		report, _ := c.UpsertAll(t.Context(), input, got.option(), api.BatchBytes(most))
		got.check(t, len(input), report)
		if report.Accepted != len(input)-1 || got.all[9].Outcome != api.Invalid {
			t.Errorf("got %v; the record that fits nowhere is %v", report, got.all[9].Outcome)
		}
		full := 0
		for _, r := range s.requests() {
			if len(r.values) < 1 || len(r.values) > 1000 || len(r.body) > most {
				t.Errorf("a request has %d records and %d bytes", len(r.values), len(r.body))
			}
			if len(r.values) == 1000 {
				full++
			}
		}
		if full < 5 || len(s.requests()) != report.Requests {
			t.Errorf("%d full requests of %d, the report says %d", full, len(s.requests()), report.Requests)
		}
	})
}

func TestBodyMayBeExactlyAsLongAsAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two := len(`{"records":[{"id":"r0","type":"vm"},{"id":"r1","type":"vm"}]}`)
		for most, want := range map[int]int{two: 1, two - 1: 2} {
			s := &script{}
			report, err := newClient(t, s).UpsertAll(t.Context(), records(2), api.BatchBytes(most))
			if err != nil || len(s.requests()) != want || report.Bytes < int64(two) {
				t.Errorf("%d bytes allowed: %d requests, want %d (%v, %v)", most, len(s.requests()), want, report, err)
			}
		}
	})
}

// inFlight watches which records are in flight together.
type inFlight struct {
	mu       sync.Mutex
	ids      map[string]bool
	versions map[string][]string // names in the order of arrival
	conflict string
}

func (f *inFlight) begin(r *sent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, v := range r.values {
		id := v["id"].(string)
		if f.ids[id] {
			f.conflict = id
		}
		f.ids[id] = true
		f.versions[id] = append(f.versions[id], v["name"].(string))
	}
}

func (f *inFlight) end(r *sent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range r.ids {
		delete(f.ids, id)
	}
}

func TestVersionsOfARecordFollowEachOther(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(seed, 0))
				var mu sync.Mutex
				chance := func(n int) bool { mu.Lock(); defer mu.Unlock(); return rng.IntN(n) == 0 }
				watch := &inFlight{ids: map[string]bool{}, versions: map[string][]string{}}
				s := &script{response: func(r *sent) (*http.Response, error) {
					watch.begin(r)
					defer watch.end(r)
					time.Sleep(time.Duration(10+len(r.body)%17) * time.Millisecond)
					switch {
					case chance(6):
						return respond(503, ""), nil
					case chance(9) && len(r.values) > 1:
						return respond(413, ""), nil
					case slices.Contains(r.ids, "poison"):
						return respond(400, `{"error":"poison"}`), nil
					}
					return accepted(r), nil
				}}
				c := newClient(t, s, api.WithRetry(api.RetryPolicy{MaxAttempts: 50}))
				const n, keys = 3000, 300
				last := map[string]string{}
				var input []*models.EstateRecord
				for i := range n {
					r := &models.EstateRecord{ID: fmt.Sprint("k", rng.IntN(keys)), Type: "vm", Name: fmt.Sprintf("%06d", i)}
					if i%701 == 0 {
						r.ID = "poison"
					}
					last[r.ID] = r.Name
					input = append(input, r)
				}
				var got results
				report, _ := c.UpsertAll(t.Context(), input, got.option(), api.BatchRecords(50), api.InFlight(6), api.BisectBudget(1000))
				got.check(t, n, report)
				if watch.conflict != "" {
					t.Errorf("two versions of %s shared a request or were in flight together", watch.conflict)
				}
				for id, names := range watch.versions {
					if !slices.IsSorted(names) {
						t.Errorf("versions of %s arrived as %v", id, names)
					}
					if names[len(names)-1] != last[id] {
						t.Errorf("the last version of %s to arrive is %s, want %s", id, names[len(names)-1], last[id])
					}
				}
				if report.Accepted != n-report.Rejected || report.Rejected != 5 {
					t.Errorf("got %v, want all accepted but 5", report)
				}
			})
		})
	}
}

func TestRepeatedKeysDoNotCutBatchesShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := newClient(t, s)
		var input []*models.EstateRecord
		for i := range 2000 { // each record twice in a row
			input = append(input, record(i), record(i))
		}
		report, err := c.UpsertAll(t.Context(), input)
		if err != nil || report.Requests > 6 {
			t.Errorf("got %d requests (%v), want 4 full ones or little more", report.Requests, err)
		}
		// Also when more batches wait for each other than may be alive.
		input = nil
		for i := range 50_000 {
			input = append(input, record(i), record(i))
		}
		report, err = newClient(t, &script{response: func(r *sent) (*http.Response, error) {
			time.Sleep(10 * time.Millisecond)
			return accepted(r), nil
		}}).UpsertAll(t.Context(), input)
		if err != nil || report.Requests > 110 {
			t.Errorf("got %d requests (%v), want 100 full ones or little more", report.Requests, err)
		}
	})
}

// mostHeld is how many records a run or an uploader holds.
const mostHeld = 32_000

func TestPullsOnlyAsFastAsItSends(t *testing.T) {
	var bytes int64 // of 300 records
	for i := range 300 {
		bytes += int64(len(fmt.Sprintf(`{"id":"r%d","type":"vm"}`, i)))
	}
	for _, tt := range []struct {
		name string
		opts []api.RunOption
		want int64
	}{
		{"by default", nil, mostHeld},
		{"with fewer records", []api.RunOption{api.MaxBufferedRecords(250)}, 250},
		{"with fewer bytes", []api.RunOption{api.MaxBufferedBytes(bytes)}, 300},
		{"with less than a record's bytes", []api.RunOption{api.MaxBufferedBytes(1)}, 1},
		{"with more than any input", []api.RunOption{api.MaxBufferedRecords(math.MaxInt), api.MaxBufferedBytes(math.MaxInt64)}, 50_000 - 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			s := &script{response: func(r *sent) (*http.Response, error) { <-release; return accepted(r), nil }}
			c := newClient(t, s, api.WithRequestTimeout(-1))
			var pulled atomic.Int64
			const n = 50_000
			var got results
			done := make(chan api.Report)
			go func() {
				report, _ := c.Upsert(t.Context(), func(yield func(*models.EstateRecord, error) bool) {
					for i := range n {
						pulled.Add(1)
						if !yield(record(i), nil) {
							return
						}
					}
				}, append(tt.opts, got.option(), api.InFlight(2), api.BatchRecords(100))...)
				done <- report
			}()
			synctest.Wait() // everything is stuck behind the two requests
			if p := pulled.Load(); p != tt.want+1 {
				t.Errorf("%s: pulled %d records with 2 requests of 100 in flight, want %d and the one that waits", tt.name, p, tt.want)
			}
			close(release)
			got.check(t, n, <-done)
		})
	}
}

func TestOneSlowRequestHoldsTheResultsBackButNotWithoutBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &script{response: func(r *sent) (*http.Response, error) {
			if r.ids[0] == "r0" {
				<-release
			}
			return accepted(r), nil
		}}
		c := newClient(t, s, api.WithRequestTimeout(-1))
		var pulled atomic.Int64
		var got results
		const n = 50_000
		done := make(chan api.Report)
		go func() {
			report, _ := c.Upsert(t.Context(), func(yield func(*models.EstateRecord, error) bool) {
				for i := range n {
					pulled.Add(1)
					if !yield(record(i), nil) {
						return
					}
				}
			}, got.option(), api.InFlight(2), api.BatchRecords(100))
			done <- report
		}()
		synctest.Wait()
		if p := pulled.Load(); p != mostHeld+1 {
			t.Errorf("pulled %d records while the first request is under way, want %d and the one that waits", p, mostHeld)
		}
		close(release)
		got.check(t, n, <-done)
	})
}

func TestCancelEndsEverythingSoon(t *testing.T) {
	block := func(r *sent) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	fail := func(*sent) (*http.Response, error) { return respond(503, ""), nil }
	for _, tt := range []struct {
		name     string
		response func(*sent) (*http.Response, error)
		token    func(*http.Request) (*http.Response, error)
		attempts int // of the first record
	}{
		{"in a token wait", nil, func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, 0},
		{"in a request", block, nil, 1},
		{"in a backoff", fail, nil, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, &script{response: tt.response, token: tt.token})
				gaveUp := errors.New("gave up")
				ctx, cancel := context.WithCancelCause(t.Context())
				start := time.Now()
				time.AfterFunc(3*time.Second, func() { cancel(gaveUp) })
				pulled := 0
				var got results
				report, err := c.Upsert(ctx, func(yield func(*models.EstateRecord, error) bool) {
					for pulled < 1_000_000 {
						pulled++
						if !yield(record(pulled), nil) {
							return
						}
					}
				}, got.option())
				if took := time.Since(start); took != 3*time.Second {
					t.Errorf("took %v, the context ended after 3s", took)
				}
				got.check(t, pulled, report)
				if report.Canceled != pulled || !errors.Is(err, gaveUp) {
					t.Errorf("got %v, %v; want all canceled because %v", report, err, gaveUp)
				}
				if a := got.all[0].Attempts; tt.attempts >= 0 && a != tt.attempts {
					t.Errorf("the first record has %d attempts, want %d", a, tt.attempts)
				}
			})
		})
	}
	t.Run("before it begins", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &script{}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			report, err := newClient(t, s).UpsertAll(ctx, records(10))
			if report.Inputs != 0 || !errors.Is(err, context.Canceled) || len(s.requests()) != 0 {
				t.Errorf("got %v, %v, %d requests", report, err, len(s.requests()))
			}
		})
	})
}

func TestPanickingIteratorLosesNoOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		var got results
		const n = 1500
		defer func() {
			if p := recover(); p != "broken iterator" {
				t.Errorf("recovered %v", p)
			}
			if len(got.all) != n || got.outcomes()[api.Canceled] != n {
				t.Errorf("got %d results, %v", len(got.all), got.outcomes())
			}
		}()
		var seq iter.Seq2[*models.EstateRecord, error] = func(yield func(*models.EstateRecord, error) bool) {
			for i := range n {
				yield(record(i), nil)
			}
			panic("broken iterator")
		}
		newClient(t, s).Upsert(t.Context(), seq, got.option())
	})
}

func TestPanickingCallbackLosesNoRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		calls := 0
		defer func() {
			if p := recover(); p != "at 5" {
				t.Errorf("recovered %v", p)
			}
			sum := 0
			for _, r := range s.requests() {
				sum += len(r.values)
			}
			if calls != 3000 || sum != 3000 {
				t.Errorf("%d callbacks and %d records sent, want 3000", calls, sum)
			}
		}()
		newClient(t, s).UpsertAll(t.Context(), records(3000), api.OnResult(func(r api.Result) {
			calls++
			if r.Index%1000 == 5 {
				panic(fmt.Sprint("at ", r.Index))
			}
		}))
	})
}

func TestSlowCallbackHoldsBackButDoesNotStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		var got results
		report, err := newClient(t, s).UpsertAll(t.Context(), records(5000), api.OnResult(func(r api.Result) {
			if r.Index%500 == 0 {
				time.Sleep(time.Second)
			}
			got.mu.Lock()
			got.all = append(got.all, r)
			got.mu.Unlock()
		}), api.BatchRecords(10))
		got.check(t, 5000, report)
		if err != nil {
			t.Error(err)
		}
	})
}

func TestWrongRunOptionsAreErrors(t *testing.T) {
	c := newClient(t, &script{})
	for name, run := range map[string]func() error{
		"in flight":     func() error { _, err := c.UpsertAll(t.Context(), nil, api.InFlight(-1)); return err },
		"batch records": func() error { _, err := c.UpsertAll(t.Context(), nil, api.BatchRecords(1001)); return err },
		"batch bytes":   func() error { _, err := c.UpsertAll(t.Context(), nil, api.BatchBytes(-1)); return err },
		"period":        func() error { _, err := c.UpsertAll(t.Context(), nil, api.InPeriod("next")); return err },
		"delete period": func() error { _, err := c.DeleteAll(t.Context(), "", nil); return err },
		"nil iterator":  func() error { _, err := c.Upsert(t.Context(), nil); return err },
	} {
		if err := run(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
