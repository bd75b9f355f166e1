package api_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

func TestUploaderWaitsOutALongOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100_000
		start := time.Now()
		o := newOutage()
		ctx := within(t, time.Hour)
		var got results
		u := newUpserter(t, newClient(t, &script{response: o.response, noLog: true}), got.option())
		var added atomic.Int64
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range n {
				if _, err := u.Add(ctx, record(i)); err != nil {
					t.Errorf("Add of record %d: got %v, want no error", i, err)
					return
				}
				added.Add(1)
			}
		})
		time.Sleep(time.Until(o.from.Add(2 * time.Minute)))
		early := added.Load()
		time.Sleep(time.Until(o.from.Add(9 * time.Minute)))
		if late := added.Load(); late != early || late == n {
			t.Errorf("added %d records 2 minutes into the outage and %d after 9, want Add to block", early, late)
		}
		wg.Wait()
		if err := u.Close(ctx); err != nil {
			t.Errorf("Close: got %v, want no error", err)
		}
		got.check(t, int(added.Load()), u.Report())
		if r := u.Report(); r.Accepted != n {
			t.Errorf("got %v, want %d accepted", r, n)
		}
		if took := time.Since(start); took < 10*time.Minute || took > 12*time.Minute {
			t.Errorf("took %v, want 10 to 12 minutes", took)
		}
		if r := o.requests.Load(); r > 100 {
			t.Errorf("got %d requests in ten minutes of outage, want at most 100", r)
		}
	})
}

func TestUploaderIsFullOfUnreportedResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 40_000
		release := make(chan struct{})
		var got results
		report := func(r api.Result) {
			<-release
			got.mu.Lock()
			defer got.mu.Unlock()
			got.all = append(got.all, r)
		}
		u := newUpserter(t, newClient(t, &script{}), api.OnResult(report))
		taken, err := 0, error(nil)
		for taken <= most && err == nil {
			if _, err = u.TryAdd(nil); err == nil {
				taken++
			}
		}
		if !errors.Is(err, api.ErrFull) {
			t.Errorf("TryAdd: got %v after %d invalid records, want ErrFull after at most %d", err, taken, most)
		}
		start := time.Now()
		if _, err := u.Add(within(t, time.Second), nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("Add: got %v after %v, want it to block until its context ends after 1s", err, time.Since(start))
			if err == nil {
				taken++
			}
		}
		close(release)
		if err := u.Close(within(t, time.Minute)); err != nil {
			t.Errorf("Close: got %v, want no error", err)
		}
		got.check(t, taken, u.Report())
		if r := u.Report(); r.Invalid != taken {
			t.Errorf("got %v, want %d invalid", r, taken)
		}
	})
}

func TestTokenThatIsNeverTakenIsNotReplacedForEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(*sent) (*http.Response, error) { return respond(401, `{"error":"who are you"}`), nil }}
		var got results
		u := newUpserter(t, newClient(t, s), got.option(), api.BatchAge(10*time.Millisecond))
		taken := 0
		for i := range 6000 {
			if _, err := u.TryAdd(record(i)); err == nil {
				taken++
			} else if !errors.Is(err, api.ErrFull) {
				t.Fatalf("TryAdd: got %v, want the record taken or ErrFull", err)
			}
			time.Sleep(100 * time.Millisecond)
			s.mu.Lock()
			n := s.tokens
			s.mu.Unlock()
			if i == 99 && n > 5 {
				t.Errorf("got %d token requests in 10s, want at most 5", n)
			}
			if i == 5999 && n > 20 {
				t.Errorf("got %d token requests in ten minutes, want at most 20", n)
			}
		}
		u.Close(within(t, time.Second))
		synctest.Wait() // for the results of what is canceled
		got.check(t, taken, u.Report())
		if r := u.Report(); r.Accepted != 0 {
			t.Errorf("got %v, want none accepted", r)
		}
	})
}

func TestSmallBatchesDoNotFillTheUploaderWhenTheServerIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			select {
			case <-time.After(time.Hour):
				return accepted(r), nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}}
		const n = 10_000
		var got results
		u := newUpserter(t, newClient(t, s, api.WithRequestTimeout(-1)), got.option(), api.BatchAge(10*time.Millisecond))
		taken := 0
		for taken < n {
			r := record(taken)
			r.Name = "of 40 bytes"
			if _, err := u.TryAdd(r); err != nil {
				t.Errorf("TryAdd: got %v after %d records, want at least %d taken", err, taken, n)
				break
			}
			taken++
			time.Sleep(20 * time.Millisecond)
		}
		u.Close(within(t, time.Second))
		synctest.Wait() // for the results of what is canceled
		got.check(t, taken, u.Report())
	})
}

func TestCloseInsideTheCallbackEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var u *api.Uploader[*models.EstateRecord]
		var got results
		var err error
		var took time.Duration
		called := make(chan struct{})
		u = newUpserter(t, newClient(t, &script{}), api.OnResult(func(r api.Result) {
			got.mu.Lock()
			got.all = append(got.all, r)
			got.mu.Unlock()
			if r.Index > 0 {
				return
			}
			defer close(called)
			start := time.Now()
			ctx := within(t, 2*time.Second)
			closed := make(chan error, 1)
			go func() { closed <- u.Close(ctx) }() // apart, so that the test can give it up
			select {
			case err = <-closed:
			case <-time.After(time.Minute):
				err = errors.New("no return")
			}
			took = time.Since(start)
		}))
		for i := range 2 {
			if _, err := u.Add(t.Context(), record(i)); err != nil {
				t.Error(err)
			}
		}
		<-called
		if !errors.Is(err, context.DeadlineExceeded) || took > 3*time.Second {
			t.Errorf("Close: got %v after %v, want its context's end after 2s", err, took)
		}
		u.Close(within(t, time.Minute))
		synctest.Wait()
		got.check(t, 2, u.Report())
	})
}

func TestMarshalerThatEndsTheGoroutineOfAnAddMakesItsRecordInvalid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 5
		var got results
		u := newUpserter(t, newClient(t, &script{}), got.option())
		for i := range n {
			r := record(i)
			if i == n/2 {
				r.Metadata = map[string]any{"k": quits{}}
			}
			var wg sync.WaitGroup
			wg.Go(func() { u.Add(t.Context(), r) }) // whose goroutine may end
			wg.Wait()
		}
		if err := u.Close(within(t, time.Minute)); err != nil {
			t.Errorf("Close: got %v, want no error", err)
		}
		got.checkQuit(t, n, u.Report())
	})
}

func TestClientThatNewDidNotMakeSaysSo(t *testing.T) {
	for name, c := range map[string]*api.Client{"zero": {}, "nil": nil} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			check := func(method string, call func() error) {
				t.Helper()
				err := func() (err error) {
					defer func() {
						if p := recover(); p != nil {
							err = fmt.Errorf("a panic: %v", p)
						}
					}()
					return call()
				}()
				if err == nil || !strings.Contains(err.Error(), "api.New") {
					t.Errorf("%s: got %v, want an error that names api.New", method, err)
				}
			}
			locators := []*models.RecordLocator{{NID: someNID}}
			enrichments := []*models.Enrichment{{Record: models.EnrichedRecord{NID: someNID}, Data: map[string]any{"k": 1}}}
			check("Token", func() error { _, err := c.Token(ctx); return err })
			check("UpsertOnce", func() error {
				_, err := c.UpsertOnce(ctx, &models.UpsertRequest{Records: records(1)})
				return err
			})
			check("DeleteOnce", func() error {
				_, err := c.DeleteOnce(ctx, &models.DeleteRequest{Period: models.PeriodAll, Records: locators})
				return err
			})
			check("EnrichOnce", func() error {
				_, err := c.EnrichOnce(ctx, &models.EnrichRequest{Enrichments: enrichments})
				return err
			})
			check("NewUpserter", func() error { _, err := c.NewUpserter(); return err })
			check("NewDeleter", func() error { _, err := c.NewDeleter(models.PeriodAll); return err })
			check("NewEnricher", func() error { _, err := c.NewEnricher(); return err })
			for n := range 2 { // records
				if t.Failed() {
					return // or goroutines of the SDK may panic, which ends all tests
				}
				check("UpsertAll", func() error { _, err := c.UpsertAll(ctx, records(n)); return err })
				check("DeleteAll", func() error { _, err := c.DeleteAll(ctx, models.PeriodAll, locators[:n]); return err })
				check("EnrichAll", func() error { _, err := c.EnrichAll(ctx, enrichments[:n]); return err })
				check("Upsert", func() error { _, err := c.Upsert(ctx, iterated(records(n))); return err })
				check("Delete", func() error { _, err := c.Delete(ctx, models.PeriodAll, iterated(locators[:n])); return err })
				check("Enrich", func() error { _, err := c.Enrich(ctx, iterated(enrichments[:n])); return err })
			}
		})
	}
}

func iterated[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// stuck is the handler of a logger that never comes back.
type stuck struct {
	slog.Handler
	until <-chan struct{}
}

func (stuck) Enabled(context.Context, slog.Level) bool { return true }

func (s stuck) Handle(context.Context, slog.Record) error {
	<-s.until
	return nil
}

func noTokens(*http.Request) (*http.Response, error) { return respond(503, `{"error":"down"}`), nil }

func TestTokenDoesNotWaitForTheLogger(t *testing.T) {
	// Not in a bubble, whose clock stands still while somebody waits for a mutex.
	release := make(chan struct{})
	defer close(release)
	c := newClient(t, &script{token: noTokens}, api.WithLogger(slog.New(stuck{until: release})))
	for call := range 4 {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		done := make(chan error, 1)
		go func() {
			_, err := c.Token(ctx)
			done <- err
		}()
		select {
		case err := <-done:
			if e := (*api.Error)(nil); !errors.As(err, &e) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("call %d: got %v, want the failure or the end of its context", call, err)
			}
		case <-time.After(3 * time.Second):
			t.Errorf("call %d: got no return in 3s, its context ended after 100ms", call)
		}
		cancel()
		if t.Failed() {
			return
		}
	}
}

func TestLoggerThatPanicsDoesNotEndTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, &script{token: noTokens}, api.WithLogger(slog.New(shaky{})))
		_, err := c.Token(within(t, time.Minute))
		if e := (*api.Error)(nil); !errors.As(err, &e) || e.StatusCode != 503 {
			t.Errorf("got %v, want the identity service's 503", err)
		}
		synctest.Wait() // for the goroutine that logs
	})
}
