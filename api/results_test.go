package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// Whoever waits for one record needs neither a table nor a goroutine.
func TestEachRecordsOwnFunctionIsCalledOnceAsSoonAsItsOutcomeIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			if r.ids[0] == "r0" {
				time.Sleep(30 * time.Second)
			}
			if r.ids[0] == "r2" {
				return respond(400, ""), nil
			}
			return accepted(r), nil
		}}
		var order []string
		u := newUpserter(t, newClient(t, s), api.BatchRecords(1), api.OnResult(func(r api.Result) {
			order = append(order, fmt.Sprint("OnResult ", r.Index))
		}))
		input := []*models.EstateRecord{record(0), record(1), record(2), {ID: "r3"}}
		own := map[int][]api.Result{}
		for i, rec := range input {
			index, err := u.AddFunc(t.Context(), rec, func(r api.Result) {
				own[i] = append(own[i], r)
				order = append(order, fmt.Sprint("own ", r.Index))
			})
			if index != i || err != nil {
				t.Fatal(index, err)
			}
			synctest.Wait()
		}
		if err := u.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := "own 1, own 2, own 3, own 0, OnResult 0, OnResult 1, OnResult 2, OnResult 3"
		if got := strings.Join(order, ", "); got != want {
			t.Errorf("called in the order\n%s, want\n%s", got, want)
		}
		for i, want := range []api.Outcome{api.Accepted, api.Accepted, api.Rejected, api.Invalid} {
			if len(own[i]) != 1 || own[i][0].Outcome != want || own[i][0].Key.ID != input[i].ID || own[i][0].Index != i {
				t.Errorf("record %d was told %v, want one result that is %v", i, own[i], want)
			}
		}
	})
}

func TestOwnFunctionIsNotCalledForWhatIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := func(r api.Result) { t.Errorf("told %+v of a record that was not taken", r) }
		u := newUpserter(t, newClient(t, &script{response: func(r *sent) (*http.Response, error) { return respond(503, ""), nil }}),
			api.MaxBufferedRecords(5), api.BatchRecords(5))
		reported := 0
		for i := range 5 {
			if _, err := u.AddFunc(t.Context(), record(i), func(api.Result) { reported++ }); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := u.AddFunc(ctx, record(5), never); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v when full, want the end of the context", err)
		}
		if _, err := u.AddFunc(ctx, record(5), never); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v with a context that is over, want its end", err)
		}
		u.Close(ctx)
		if _, err := u.AddFunc(t.Context(), record(5), never); !errors.Is(err, api.ErrClosed) {
			t.Errorf("got %v from a closed uploader", err)
		}
		if reported != 5 {
			t.Errorf("%d functions were called, want 5", reported)
		}
	})
}

// What a user's function does is nobody else's trouble: the other results are told, and what
// is held stays bounded.
func TestOwnFunctionsThatMisbehave(t *testing.T) {
	for name, fn := range map[string]func(){
		"panics":             func() { panic("own") },
		"ends the goroutine": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got results
				u := newUpserter(t, newClient(t, &script{}), got.option())
				var called atomic.Int64
				for i := range 1000 {
					if _, err := u.AddFunc(t.Context(), record(i), func(api.Result) { called.Add(1); fn() }); err != nil {
						t.Fatal(err)
					}
				}
				err := u.Close(t.Context())
				if panics := name == "panics"; (err != nil) != panics || panics && !strings.Contains(err.Error(), "a function given to AddFunc panicked: own") {
					t.Errorf("Close returned %v", err)
				}
				got.check(t, 1000, u.Report())
				if called.Load() != 1000 {
					t.Errorf("%d functions were called, want 1000", called.Load())
				}
			})
		})
	}
	t.Run("blocks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			const most = 100
			release := make(chan struct{})
			u := newUpserter(t, newClient(t, &script{}), api.MaxBufferedRecords(most), api.BatchRecords(10))
			var taken atomic.Int64
			var adding sync.WaitGroup
			adding.Go(func() {
				for i := range 1000 {
					if _, err := u.AddFunc(t.Context(), record(i), func(api.Result) { <-release }); err != nil {
						t.Error(err)
					}
					taken.Add(1)
				}
			})
			synctest.Wait()
			time.Sleep(time.Hour)
			if n := taken.Load(); n != most {
				t.Errorf("%d records were taken behind functions that block, want %d", n, most)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := u.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Flush returned %v while functions are blocked", err)
			}
			close(release)
			adding.Wait()
			if err := u.Close(t.Context()); err != nil || u.Report().Accepted != 1000 {
				t.Errorf("closed with %v, %v", err, u.Report())
			}
		})
	})
}

func TestOwnFunctionsAreCalledOneAtATime(t *testing.T) {
	u := newUpserter(t, newClient(t, &script{}), api.BatchRecords(7))
	var now, most atomic.Int64
	var adding sync.WaitGroup
	for g := range 4 {
		adding.Go(func() {
			for i := range 500 {
				_, err := u.AddFunc(t.Context(), record(g*1000+i), func(api.Result) {
					most.Store(max(most.Load(), now.Add(1)))
					runtime.Gosched()
					now.Add(-1)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	adding.Wait()
	if err := u.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if most.Load() != 1 {
		t.Errorf("%d functions ran at a time, want 1", most.Load())
	}
}

func TestErrorOfAResultNamesItsRecordOnce(t *testing.T) {
	status := func(code int) func(*sent) (*http.Response, error) {
		return func(*sent) (*http.Response, error) { return respond(code, `{"error":"tags are wrong"}`), nil }
	}
	for _, tt := range []struct {
		name     string
		response func(*sent) (*http.Response, error)
		change   api.Change
		want     string
	}{
		{"rejected", status(400), upsertOf(record(1)), `upsert of type "vm" id "r1" (record 0): 400 Bad Request: tags are wrong`},
		{"failed", status(503), deleteOf(2, models.PeriodAll), `delete of type "vm" id "r2" (record 0): 503 Service Unavailable: tags are wrong`},
		{"no response", func(*sent) (*http.Response, error) { return nil, syscall.ECONNREFUSED }, enrichmentOf(someNID, "backup"),
			`enrich of nid "` + someNID + `" (record 0): connection refused`},
		{"invalid", nil, upsertOf(&models.EstateRecord{ID: "r1", Type: "vm", Name: strings.Repeat("n", 256)}),
			`upsert of type "vm" id "r1" (record 0): name: must have at most 255 characters; has 256 characters`},
		{"no change", nil, api.Change{}, "change of record 0: must be exactly one of Upsert, Delete and Enrich; is none of them"},
	} {
		var got results
		newClient(t, &script{response: tt.response}, api.WithRetry(api.RetryPolicy{MaxAttempts: -1})).ApplyAll(t.Context(), []api.Change{tt.change}, got.option())
		if len(got.all) != 1 || got.all[0].Err == nil || got.all[0].Err.Error() != tt.want {
			t.Errorf("%s: got\n%v, want\n%s", tt.name, got.all, tt.want)
		}
	}
}

func TestErrorOfACheckThatAnIteratorYieldsNamesTheRecordOnce(t *testing.T) {
	var got results
	newClient(t, &script{}).Upsert(t.Context(), func(yield func(*models.EstateRecord, error) bool) {
		r := &models.EstateRecord{ID: "r1"}
		yield(r, api.CheckRecord(r, ""))
	}, got.option())
	if want := `upsert of type "" id "r1" (record 0): type: is required`; got.all[0].Err.Error() != want {
		t.Errorf("got %v, want %s", got.all[0].Err, want)
	}
}

func TestErrorSaysOfHowManyRecordsARequestWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got results
		newClient(t, &script{response: func(*sent) (*http.Response, error) { return respond(400, ""), nil }}).UpsertAll(t.Context(), records(8), got.option(), api.BisectBudget(4))
		text := fmt.Sprint(got.all[5].Err)
		for _, want := range []string{"400 Bad Request (in a request of 4 records); ", "at least one of 4 of the batch's 8 records is at fault"} {
			if !strings.Contains(text, want) {
				t.Errorf("got %q, want %q in it", text, want)
			}
		}
	})
}

// "context canceled" must not hide "connection refused".
func TestCanceledSaysWhatHadFailedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := func(*sent) (*http.Response, error) { return nil, syscall.ECONNREFUSED }
		ctx, cancel := context.WithCancel(t.Context()) // with a deadline, a wait beyond it is given up as failed
		time.AfterFunc(20*time.Second, cancel)
		c := newClient(t, &script{response: refused})
		var got results
		_, err := c.UpsertAll(ctx, records(100), got.option(), api.MaxBufferedRecords(20), api.BatchRecords(2))
		check := func(what string, err error) {
			t.Helper()
			var e *api.Error
			if !errors.Is(err, syscall.ECONNREFUSED) || !errors.As(err, &e) || !strings.Contains(err.Error(), "the latest failure: upsert of ") {
				t.Errorf("%s is %v, want the refused connection in it", what, err)
			}
		}
		check("the run's error", err)
		for _, r := range got.all {
			check(fmt.Sprint("result ", r.Index), r.Err)
		}

		u := newUpserter(t, c, api.MaxBufferedRecords(2), api.BatchRecords(1))
		ctx, cancel = context.WithTimeoutCause(t.Context(), time.Minute, errors.New("shutting down"))
		defer cancel()
		for range 3 {
			_, err = u.Add(ctx, record(7))
		}
		check("Add's error", err)
		check("Flush's error", u.Flush(ctx))
		err = u.Close(ctx)
		check("Close's error", err)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "shutting down") {
			t.Errorf("Close returned %v, want why the context ended", err)
		}
	})
}

// What was refused is about other records, and what follows shows that the API is there.
func TestCanceledNamesNoRefusalOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			if r.ids[0] == "r0" {
				return respond(400, ""), nil
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		u := newUpserter(t, newClient(t, s, api.WithRequestTimeout(-1)), api.BatchRecords(1), api.InFlight(1), api.MaxBufferedRecords(2))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var err error
		for i := range 4 {
			_, err = u.Add(ctx, record(i))
		}
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, api.ErrBadRequest) {
			t.Errorf("Add returned %v, want the end of the context alone", err)
		}
		u.Close(ctx)
	})
}

func TestRecordThatWasNotSentSaysWhatEndedTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(*sent) (*http.Response, error) { return respond(403, `{"error":"no"}`), nil }}
		var got results
		newClient(t, s, api.WithRetry(api.RetryPolicy{BaseDelay: -1})).UpsertAll(t.Context(), records(20), got.option(), api.BatchRecords(7), api.InFlight(1))
		r := got.all[7]
		if r.Attempts != 0 || r.Outcome != api.Failed {
			t.Fatalf("got %+v", r)
		}
		const want = `upsert of type "vm" id "r7" (record 7): the run ended early: upsert of 7 records: 403 Forbidden: no (tried 3 times)`
		if !strings.HasPrefix(r.Err.Error(), want) {
			t.Errorf("got %v, want %s...", r.Err, want)
		}
		if text, _ := json.Marshal(r); strings.Contains(string(text), `"request"`) {
			t.Errorf("the result has the request of other records: %s", text)
		}
	})
}

func TestErrorSaysNotSentOnlyOfWhatWasNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got results
		newClient(t, &script{noLog: true, response: func(*sent) (*http.Response, error) { return respond(500, ""), nil }}).
			UpsertAll(t.Context(), records(3), got.option())
		for _, r := range got.all {
			if sent := r.Attempts > 0; sent && strings.Contains(r.Err.Error(), "not sent: the outage") {
				t.Errorf("after %d requests: %v", r.Attempts, r.Err)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, &script{response: func(*sent) (*http.Response, error) { return respond(503, "", "Retry-After", "60"), nil }})
		c.DeleteOnce(t.Context(), &models.DeleteRequest{Period: models.PeriodAll, Records: []*models.RecordLocator{{Type: "vm", ID: "x"}}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var got results
		c.UpsertAll(ctx, records(3), got.option())
		for _, r := range got.all {
			if text := r.Err.Error(); strings.Contains(text, "of 3 records") || !strings.Contains(text, "503 Service Unavailable") {
				t.Errorf("of an upsert that was not sent, behind a delete that got a 503: %s", text)
			}
		}
	})
}

func TestRecordThatTheEndOfTheRunStopsKeepsItsOwnFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			if r.ids[0] == "r0" {
				return respond(429, ""), nil
			}
			time.Sleep(time.Second)
			return respond(401, ""), nil
		}}
		var got results
		newClient(t, s, api.WithRetry(api.RetryPolicy{BaseDelay: time.Hour, MaxDelay: time.Hour})).
			UpsertAll(t.Context(), records(2), got.option(), api.BatchRecords(1))
		r := got.all[0]
		if !errors.Is(r.Err, api.ErrRateLimited) || !strings.Contains(r.Err.Error(), "not tried again: the run ended early: upsert of 1 record: 401") {
			t.Errorf("got %v, want its own failure and why it was not tried again", r.Err)
		}
	})
}

func TestOwnFunctionCountsAsSoonAsItHasReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var first time.Duration
		u := newUpserter(t, newClient(t, &script{}), api.OnResult(func(r api.Result) {
			if r.Index == 0 {
				first = time.Since(start)
			}
		}))
		for i := range 100 {
			if _, err := u.AddFunc(t.Context(), record(i), func(api.Result) { time.Sleep(time.Minute) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := u.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if first > 2*time.Minute {
			t.Errorf("the first result was reported after %v, want it when its own function had returned", first)
		}
	})
}

func TestFunctionsAreLetGoWhenTheyHaveReturned(t *testing.T) {
	u := newUpserter(t, newClient(t, &script{}))
	var freed atomic.Int64
	const n = 100
	for i := range n {
		held := new([1 << 16]byte)
		runtime.AddCleanup(held, func(int) { freed.Add(1) }, 0)
		if _, err := u.AddFunc(t.Context(), record(i), func(api.Result) { held[0]++ }); err != nil {
			t.Fatal(err)
		}
	}
	if err := u.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); freed.Load() < n-2 && time.Now().Before(end); runtime.Gosched() {
		runtime.GC()
	}
	if freed.Load() < n-2 {
		t.Errorf("%d of %d functions are let go", freed.Load(), n)
	}
	u.Close(t.Context())
}

func TestErrorsAreLoggedAsText(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, nil))
	_, err := newClient(t, &script{response: func(*sent) (*http.Response, error) { return respond(400, ""), nil }}).UpsertOnce(t.Context(), &models.UpsertRequest{Records: records(1)})
	log.Info("x", "error", err)
	log.Info("x", "error", api.CheckRecord(&models.EstateRecord{}, ""))
	for _, want := range []string{`"error":"upsert of 1 record: 400 Bad Request"`, `"error":"upsert of a record without type, id and nid: breaks 2 rules: (1) id: is required (2) type: is required"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got %s, want %s", &b, want)
		}
	}
}

func TestCanceledNamesNoFailureThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		c := newClient(t, &script{response: func(r *sent) (*http.Response, error) {
			if n++; n == 1 {
				return nil, syscall.ECONNREFUSED
			}
			return accepted(r), nil
		}})
		ctx, cancel := context.WithCancel(t.Context())
		report, err := c.Upsert(ctx, func(yield func(*models.EstateRecord, error) bool) {
			for i := range 100 {
				if i == 50 {
					time.Sleep(time.Minute)
					cancel()
				}
				if !yield(record(i), nil) {
					return
				}
			}
		}, api.BatchRecords(10), api.InFlight(1))
		if report.Accepted != 50 || errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v, %v, want 50 accepted and no word of what failed before", report, err)
		}
	})
}

func TestResultsAndReportsAsJSONSayWhatTheirTextSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got results
		report, _ := newClient(t, &script{response: func(r *sent) (*http.Response, error) {
			if r.ids[0] == "r1" {
				return respond(429, `{"error":"slow down"}`, "X-Request-Id", "req-1", "Retry-After", "5"), nil
			}
			return accepted(r), nil
		}}, api.WithRetry(api.RetryPolicy{MaxAttempts: -1})).UpsertAll(t.Context(), append(records(2), &models.EstateRecord{ID: "x"}), got.option(), api.BatchRecords(1), api.InFlight(1))
		for i, want := range []string{
			`{"index":0,"operation":"upsert","key":{"type":"vm","id":"r0"},"outcome":"accepted","attempts":1}`,
			`{"index":1,"operation":"upsert","key":{"type":"vm","id":"r1"},"outcome":"failed","attempts":1,` +
				`"error":"upsert of type \"vm\" id \"r1\" (record 1): 429 Too Many Requests: slow down (request id req-1, retry after 5s)",` +
				`"request":{"operation":"upsert","records":1,"status":429,"message":"slow down","requestId":"req-1","retryAfter":"5s","attempts":1,` +
				`"error":"upsert of 1 record: 429 Too Many Requests: slow down (request id req-1, retry after 5s)"}}`,
			`{"index":2,"operation":"upsert","key":{"id":"x"},"outcome":"invalid","attempts":0,"error":"upsert of type \"\" id \"x\" (record 2): type: is required","fields":[{"field":"type","rule":"is required"}]}`,
		} {
			if text, err := json.Marshal(got.all[i]); string(text) != want || err != nil {
				t.Errorf("result %d is %s (%v), want\n%s", i, text, err, want)
			}
		}
		text, err := json.Marshal(report)
		want := `{"inputs":3,"accepted":1,"invalid":1,"rejected":0,"failed":1,"canceled":0,"requests":2,"retries":0,"bytes":` + fmt.Sprint(report.Bytes) +
			`,"error":"upsert of type \"vm\" id \"r1\" (record 1): 429 Too Many Requests: slow down (request id req-1, retry after 5s)"}`
		if string(text) != want || err != nil {
			t.Errorf("the report is %s (%v), want\n%s", text, err, want)
		}
		var again api.Report
		if err := json.Unmarshal(text, &again); err != nil || again.String() != report.String() {
			t.Errorf("read again, the report is %v (%v), want %v", again, err, report)
		}
	})
}
