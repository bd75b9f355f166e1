package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

func newUpserter(t *testing.T, c *api.Client, opts ...api.RunOption) *api.Uploader[*models.EstateRecord] {
	t.Helper()
	u, err := c.NewUpserter(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUploaderSendsWhenABatchIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		var got results
		u := newUpserter(t, newClient(t, s), got.option(), api.BatchRecords(10), api.BatchAge(-1))
		for i := range 25 {
			if index, err := u.Add(t.Context(), record(i)); err != nil || index != i {
				t.Fatalf("got %d, %v", index, err)
			}
		}
		synctest.Wait()
		if n := len(s.requests()); n != 2 || u.Report().Accepted != 20 {
			t.Errorf("%d requests and %v before Close", n, u.Report())
		}
		if err := u.Close(t.Context()); err != nil {
			t.Error(err)
		}
		got.check(t, 25, u.Report())
		if u.Report().Accepted != 25 {
			t.Errorf("got %v", u.Report())
		}
	})
}

func TestUploaderCountsTheAgeFromTheFirstRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		s := &script{response: func(r *sent) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(start))
			return accepted(r), nil
		}}
		u := newUpserter(t, newClient(t, s), api.BatchAge(4*time.Second))
		for i := range 10 { // at 1s, 2s, ...
			time.Sleep(time.Second)
			u.Add(t.Context(), record(i))
		}
		u.Close(t.Context())
		slices.Sort(at)
		// The first batch leaves at 1+4 s with the records of 1 to 4 s (and of 5 s perhaps),
		// the second 4 s after its first one.
		if len(at) < 2 || at[0] != 5*time.Second || at[1] < 9*time.Second || at[1] > 10*time.Second {
			t.Errorf("requests at %v", at)
		}
	})
}

func TestUploaderChecksAtOnceAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got results
		u := newUpserter(t, newClient(t, &script{}), got.option())
		r := record(0)
		u.Add(t.Context(), r)
		r.ID = "changed after Add"
		u.Add(t.Context(), nil)
		u.Add(t.Context(), &models.EstateRecord{ID: "x"})
		u.Add(t.Context(), record(3))
		if err := u.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		got.check(t, 4, u.Report())
		if fmt.Sprint(got.outcomes()) != fmt.Sprint(map[api.Outcome]int{api.Accepted: 2, api.Invalid: 2}) || got.all[0].Key.ID != "r0" {
			t.Errorf("got %v", got.all)
		}
		u.Close(t.Context())
	})
}

func TestUploaderHoldsProducersBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &script{response: func(r *sent) (*http.Response, error) { <-release; return accepted(r), nil }}
		var got results
		u := newUpserter(t, newClient(t, s, api.WithRequestTimeout(-1)), got.option(), api.BatchRecords(10), api.InFlight(1))
		n := 0
		for {
			if _, err := u.TryAdd(record(n)); err != nil {
				if !errors.Is(err, api.ErrFull) {
					t.Error(err)
				}
				break
			}
			n++
		}
		if n != mostHeld {
			t.Errorf("took %d records before it was full, want %d", n, mostHeld)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := u.Add(ctx, record(n)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a blocked Add: got %v", err)
		}
		if err := u.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a blocked Flush: got %v", err)
		}
		added := make(chan error)
		go func() {
			_, err := u.Add(t.Context(), record(n))
			added <- err
		}()
		synctest.Wait()
		close(release)
		if err := <-added; err != nil {
			t.Error(err)
		}
		u.Close(t.Context())
		got.check(t, n+1, u.Report())
	})
}

func TestUploaderWithManyProducers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watch := &inFlight{ids: map[string]bool{}, versions: map[string][]string{}}
		s := &script{response: func(r *sent) (*http.Response, error) {
			watch.begin(r)
			defer watch.end(r)
			time.Sleep(5 * time.Millisecond)
			if r.n%7 == 3 {
				return respond(500, ""), nil
			}
			return accepted(r), nil
		}}
		var got results
		u := newUpserter(t, newClient(t, s), got.option(), api.BatchRecords(100))
		const producers, each = 64, 200
		var wg sync.WaitGroup
		for p := range producers {
			wg.Go(func() {
				for i := range each {
					// Every producer has its own keys, with versions of them in order.
					r := &models.EstateRecord{ID: fmt.Sprint("p", p, "-", i%20), Type: "vm", Name: fmt.Sprintf("%04d", i)}
					if _, err := u.Add(t.Context(), r); err != nil {
						t.Error(err)
					}
					if i%50 == 0 {
						u.Flush(t.Context())
					}
				}
			})
		}
		wg.Wait()
		if err := u.Close(t.Context()); err != nil {
			t.Error(err)
		}
		got.check(t, producers*each, u.Report())
		if u.Report().Accepted != producers*each || watch.conflict != "" {
			t.Errorf("got %v, conflict %q", u.Report(), watch.conflict)
		}
		for id, names := range watch.versions {
			for i := 1; i < len(names); i++ {
				if names[i] < names[i-1] {
					t.Errorf("%s arrived as %v", id, names)
				}
			}
		}
	})
}

func TestCloseThatIsCutShortReportsWhatWasNotDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			if r.n == 0 {
				return accepted(r), nil
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		var got results
		u := newUpserter(t, newClient(t, s), got.option(), api.BatchRecords(10), api.InFlight(2), api.BatchAge(-1))
		for i := range 35 {
			u.Add(t.Context(), record(i))
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		blocked := make(chan error)
		go func() { // a Close that comes second
			synctest.Wait()
			blocked <- u.Close(t.Context())
		}()
		err := u.Close(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		got.check(t, 35, u.Report())
		if r := u.Report(); r.Accepted != 10 || r.Canceled != 25 {
			t.Errorf("got %v", r)
		}
		if last := got.all[34]; !errors.Is(last.Err, api.ErrClosed) || !errors.Is(last.Err, context.DeadlineExceeded) {
			t.Errorf("got %v", last.Err)
		}
		if second := <-blocked; second != err {
			t.Errorf("the second Close returned %v", second)
		}
		if _, err := u.Add(t.Context(), record(0)); !errors.Is(err, api.ErrClosed) {
			t.Errorf("Add after Close: %v", err)
		}
		if _, err := u.TryAdd(record(0)); !errors.Is(err, api.ErrClosed) {
			t.Errorf("TryAdd after Close: %v", err)
		}
		if err := u.Flush(t.Context()); err != nil {
			t.Errorf("Flush after Close: %v", err)
		}
	})
}

func TestCloseEndsABlockedAdd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			time.Sleep(time.Minute)
			return accepted(r), nil
		}}
		var got results
		u := newUpserter(t, newClient(t, s, api.WithRequestTimeout(-1)), got.option(), api.BatchRecords(1), api.InFlight(1))
		var errs []error
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				r := record(i)
				r.Metadata = map[string]any{"k": strings.Repeat("x", 900_000)} // 18 of them are held
				_, err := u.Add(t.Context(), r)
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			})
		}
		synctest.Wait()
		if err := u.Close(t.Context()); err != nil {
			t.Error(err)
		}
		wg.Wait()
		taken := 0
		for _, err := range errs {
			if err == nil {
				taken++
			} else if !errors.Is(err, api.ErrClosed) {
				t.Error(err)
			}
		}
		got.check(t, taken, u.Report())
		if taken != 18 || u.Report().Accepted != 18 {
			t.Errorf("%d of 30 were taken, %v, want 18", taken, u.Report())
		}
	})
}

func TestUploaderOutlivesRefusedCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := true
		s := &script{token: func(*http.Request) (*http.Response, error) {
			if refused {
				return respond(401, `{"error":"access_denied"}`), nil
			}
			return respond(200, `{"access_token":"a"}`), nil
		}}
		u := newUpserter(t, newClient(t, s))
		u.Add(t.Context(), record(0))
		u.Flush(t.Context())
		refused = false
		time.Sleep(11 * time.Second)
		u.Add(t.Context(), record(1))
		u.Close(t.Context())
		if r := u.Report(); r.Failed != 1 || r.Accepted != 1 {
			t.Errorf("got %v", r)
		}
	})
}

func TestUploaderReturnsThePanicOfItsCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpserter(t, newClient(t, &script{}), api.OnResult(func(r api.Result) {
			if r.Index == 1 {
				panic("oops")
			}
		}))
		for i := range 3 {
			u.Add(t.Context(), record(i))
		}
		const want = "the function set with OnResult panicked: oops"
		if err := u.Flush(t.Context()); err == nil || err.Error() != want || u.Report().Accepted != 3 {
			t.Errorf("got %v, %v", err, u.Report())
		}
		if err := u.Close(t.Context()); err == nil || err.Error() != want {
			t.Errorf("Close returned %v", err)
		}
	})
}

func TestUploaderReturnsThePanicOfItsTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			panic(fmt.Errorf("no way to send\n%v", r.Header["Authorization"]))
		}}
		var got results
		u := newUpserter(t, newClient(t, s), got.option())
		u.Add(t.Context(), record(0))
		const want = "sending panicked: no way to send [Bearer REDACTED]"
		if err := u.Flush(t.Context()); err == nil || err.Error() != want || got.outcomes()[api.Failed] != 1 {
			t.Errorf("got %v, %v", err, got.outcomes())
		}
		u.Close(t.Context())
	})
	synctest.Test(t, func(t *testing.T) {
		s := &script{token: func(r *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(r.Body)
			panic(fmt.Sprintf("no way to send %s", body))
		}}
		c := newClient(t, s, api.WithRetry(api.RetryPolicy{MaxAttempts: -1}))
		_, err := c.UpsertAll(t.Context(), records(1))
		if want := `"client_secret":"REDACTED"`; err == nil || !strings.Contains(err.Error(), "token request: the transport panicked: no way to send") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	})
}

func TestDeleterAndEnricher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := newClient(t, s)
		d, err := c.NewDeleter(models.PeriodCurrent)
		if err != nil {
			t.Fatal(err)
		}
		e, err := c.NewEnricher()
		if err != nil {
			t.Fatal(err)
		}
		// The same nid in two spellings is the same record.
		d.Add(t.Context(), &models.RecordLocator{NID: someNID})
		d.Add(t.Context(), &models.RecordLocator{NID: "6F3C9D52-7F0E-4D0C-9B6A-0D5F0E8A41C7"})
		for i := range 2 {
			e.Add(t.Context(), &models.Enrichment{Record: models.EnrichedRecord{NID: someNID}, Data: map[string]any{"i": i}})
		}
		d.Close(t.Context())
		e.Close(t.Context())
		if n := len(s.requests()); n != 4 || d.Report().Accepted != 2 || e.Report().Accepted != 2 {
			t.Errorf("%d requests, %v, %v", n, d.Report(), e.Report())
		}
		if _, err := c.NewDeleter("never"); err == nil {
			t.Error("a period that does not exist is no error")
		}
		if _, err := c.NewUpserter(api.BatchRecords(5000)); err == nil {
			t.Error("5000 records a batch is no error")
		}
	})
}
