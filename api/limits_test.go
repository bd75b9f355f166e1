package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

func TestMaxInFlightHoldsForTheWholeClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		s := &script{response: func(r *sent) (*http.Response, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(50 * time.Second) // of the minute that a request may take
			mu.Lock()
			defer mu.Unlock()
			now--
			return accepted(r), nil
		}}
		c := newClient(t, s, api.WithMaxInFlight(5))
		var wg sync.WaitGroup
		for range 8 {
			u := newUpserter(t, c, api.BatchRecords(10), api.InFlight(10))
			wg.Go(func() {
				for i := range 50 {
					if _, err := u.Add(t.Context(), record(i)); err != nil {
						t.Error(err)
					}
				}
				if err := u.Close(t.Context()); err != nil || u.Report().Accepted != 50 || u.Report().Requests != 5 {
					t.Errorf("an uploader closed with %v, %v in %d requests, want 5 that all succeed", err, u.Report(), u.Report().Requests)
				}
			})
			wg.Go(func() {
				if _, err := c.UpsertOnce(t.Context(), &models.UpsertRequest{Records: records(1)}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most != 5 {
			t.Errorf("%d requests were in flight, want 5", most)
		}
	})
}

// every lets a request through each d.
type every struct {
	d    time.Duration
	mu   sync.Mutex
	next time.Time
}

func (e *every) Wait(ctx context.Context) error {
	e.mu.Lock()
	now := time.Now()
	if e.next.Before(now) {
		e.next = now
	}
	wait := e.next.Sub(now)
	e.next = e.next.Add(e.d)
	e.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(now.Add(wait)) {
		return errors.New("would exceed context deadline")
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The waits are longer than a token lives and a request may take.
func TestWaitForTheLimiterUsesUpNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		emulator := apitest.New(apitest.WithTokenLifetime(5 * time.Minute))
		c := emulator.Client(api.WithLimiter(&every{d: 2 * time.Minute}), api.WithRequestTimeout(time.Second))
		start := time.Now()
		report, err := c.UpsertAll(t.Context(), records(20), api.BatchRecords(1), api.InFlight(20))
		if err != nil || report.Requests != 20 {
			t.Errorf("got %v, %v in %d requests, want 20", report, err, report.Requests)
		}
		if took := time.Since(start); took != 38*time.Minute {
			t.Errorf("20 requests 2 minutes apart took %v", took)
		}
		for _, r := range emulator.Requests() {
			if strings.HasPrefix(r.Path, "/v1") && r.Status != http.StatusAccepted {
				t.Errorf("%s %s got %d", r.Method, r.Path, r.Status)
			}
		}
	})
}

// Each of them waits for longer than its token lives; whoever is next takes the current one.
func TestTokenThatExpiresInTheQueueHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pause = 10 * time.Second
		emulator := apitest.New(apitest.WithTokenLifetime(5 * time.Minute))
		c := emulator.Client(api.WithMaxInFlight(4), api.WithLimiter(&every{d: pause}))
		start := time.Now()
		report, err := c.UpsertAll(t.Context(), records(200), api.BatchRecords(1), api.InFlight(200))
		if err != nil || report.Requests != 200 {
			t.Errorf("got %v, %v in %d requests, want 200", report, err, report.Requests)
		}
		if took := time.Since(start); took > 201*pause {
			t.Errorf("200 requests %v apart took %v", pause, took)
		}
	})
}

func TestRefusedTokenIsNotSentByThoseBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refused atomic.Int64
		s := &script{response: func(r *sent) (*http.Response, error) {
			time.Sleep(time.Second)
			if r.Header.Get("Authorization") == "Bearer token-1" {
				refused.Add(1)
				return respond(401, ""), nil
			}
			return accepted(r), nil
		}}
		report, err := newClient(t, s, api.WithMaxInFlight(1)).UpsertAll(t.Context(), records(100), api.BatchRecords(1), api.InFlight(100))
		if err != nil || refused.Load() != 1 {
			t.Errorf("got %v, %v with %d requests with the refused token, want 1", report, err, refused.Load())
		}
	})
}

func TestErrorOfTheLimiterNamesTheFailureBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := 0
		var got results
		newClient(t, &script{response: func(*sent) (*http.Response, error) { return respond(429, ""), nil }},
			api.WithLimiter(limiter(func(context.Context) error {
				if waits++; waits > 2 {
					return errors.New("no more")
				}
				return nil
			}))).UpsertAll(t.Context(), records(1), got.option())
		r := got.all[0]
		if r.Attempts != 2 || !errors.Is(r.Err, api.ErrRateLimited) || !strings.Contains(r.Err.Error(), "no more") {
			t.Errorf("got %v after %d attempts, want the limiter's error and the 429 after 2", r.Err, r.Attempts)
		}
	})
}

func TestErrorOfTheLimiterEndsARunAndFailsAnUploadersBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		limit := &every{d: time.Minute}
		c := newClient(t, s, api.WithLimiter(limit))
		var got results
		report, err := c.UpsertAll(within(t, 150*time.Second), records(100_000), got.option(), api.BatchRecords(10), api.InFlight(1))
		if report.Accepted != 30 || report.Canceled > 0 || report.Inputs > 40_000 {
			t.Errorf("got %v of a run that had time for 3 requests of 10 records, want the others failed, and not all of them taken", report)
		}
		if err == nil || !strings.Contains(err.Error(), "the limiter lets no request through: would exceed context deadline") {
			t.Errorf("got %v, want what the limiter says", err)
		}
		if len(s.requests()) != 3 {
			t.Errorf("%d requests were sent, want 3", len(s.requests()))
		}
		_, err = c.UpsertOnce(within(t, time.Second), &models.UpsertRequest{Records: records(1)})
		var e *api.Error
		if !errors.As(err, &e) || e.Operation != "upsert" || e.Records != 1 || !strings.Contains(err.Error(), "limiter") {
			t.Errorf("a single call got %v, want an *api.Error that names the limiter", err)
		}
	})
}

func TestLimiterMayDoWhatItLikes(t *testing.T) {
	for name, wait := range map[string]func() error{
		"an error": func() error { return errors.New("no") },
		"a panic":  func() error { panic("no") },
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			c := newClient(t, &script{}, api.WithLimiter(limiter(func(context.Context) error {
				if calls++; calls == 1 {
					return wait()
				}
				return nil
			})))
			var got results
			u := newUpserter(t, c, got.option(), api.InFlight(1))
			for i := range 3 {
				if _, err := u.Add(t.Context(), record(i)); err != nil {
					t.Fatal(err)
				}
				u.Flush(t.Context())
			}
			u.Close(t.Context())
			if report := u.Report(); report.Failed != 1 || report.Accepted != 2 {
				t.Errorf("got %v, want the first failed and the others accepted", report)
			}
			if r := got.all[0]; r.Attempts != 0 || r.Err == nil {
				t.Errorf("the result of the first is %+v, want no attempt", r)
			}
		})
	}
}

type limiter func(context.Context) error

func (l limiter) Wait(ctx context.Context) error { return l(ctx) }

func TestOptionsOutOfRange(t *testing.T) {
	if _, err := api.New(api.Credentials{ClientID: "id", ClientSecret: "secret"}, api.WithMaxInFlight(-1)); err == nil || !strings.Contains(err.Error(), "WithMaxInFlight is -1") {
		t.Errorf("got %v for WithMaxInFlight(-1)", err)
	}
	for name, option := range map[string]api.RunOption{
		"MaxBufferedRecords is -1": api.MaxBufferedRecords(-1),
		"MaxBufferedBytes is -1":   api.MaxBufferedBytes(-1),
		"InFlight is -1":           api.InFlight(-1),
		"BatchRecords is 1001":     api.BatchRecords(1001),
		"BatchBytes is -1":         api.BatchBytes(-1),
	} {
		if _, err := newClient(t, &script{}).UpsertAll(t.Context(), records(1), option); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}
