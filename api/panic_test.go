package api_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

func TestCauseOfACancellationIsNoResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		for _, status := range []int{400, 401, 413, 429, 503} {
			cause := &api.Error{Operation: "upsert", StatusCode: status, Records: 77}
			before := *cause
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(cause) })
			var got results
			report, err := newClient(t, s).UpsertAll(ctx, records(10), got.option())
			got.check(t, 10, report)
			if report.Canceled != 10 || !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
				t.Errorf("%d: got %v, %v; want all canceled", status, report, err)
			}
			if cause.Records != before.Records || cause.Note != before.Note {
				t.Errorf("%d: the caller's error was changed: %+v", status, cause)
			}
		}
	})
}

// exits are ways in which a user's function ends without returning.
var exits = map[string]func(){
	"panic":  func() { panic("oops") },
	"Goexit": runtime.Goexit, // as t.FailNow
}

func TestTransportThatEndsTheGoroutineLosesNoRecord(t *testing.T) {
	for name, exit := range exits {
		synctest.Test(t, func(t *testing.T) {
			s := &script{response: func(*sent) (*http.Response, error) { exit(); return nil, nil }}
			var got results
			c := newClient(t, s)
			defer func() {
				if p := recover(); (p != nil) != (name == "panic") {
					t.Errorf("%s: recovered %v", name, p)
				}
				if o := got.outcomes(); o[api.Failed] != 3 {
					t.Errorf("%s: got %v", name, o)
				}
			}()
			c.UpsertAll(t.Context(), records(3), got.option(), api.BatchRecords(1))
		})
	}
}

// shaky is the handler of a logger that cannot log.
type shaky struct{ slog.Handler }

func (shaky) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }
func (shaky) Handle(context.Context, slog.Record) error    { panic("no space left") }

func TestLoggerThatPanicsLosesNoRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(*sent) (*http.Response, error) { return respond(503, ""), nil }}
		var got results
		u := newUpserter(t, newClient(t, s, api.WithLogger(slog.New(shaky{}))), got.option())
		u.Add(t.Context(), record(0))
		err := u.Close(t.Context())
		if err == nil || err.Error() != "the log handler panicked: no space left" || got.outcomes()[api.Failed] != 1 {
			t.Errorf("got %v, %v", err, got.outcomes())
		}
	})
}

func TestCallbackThatEndsTheGoroutineLosesNoResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reported := 0
		report, err := newClient(t, &script{}).UpsertAll(t.Context(), records(1000), api.OnResult(func(r api.Result) {
			reported++
			if r.Index%100 == 3 {
				runtime.Goexit()
			}
		}))
		if reported != 1000 || err != nil || report.Accepted != 1000 {
			t.Errorf("told %d, %v, %v", reported, report, err)
		}
	})
}

func TestTokenSourceThatEndsTheGoroutineIsAFailure(t *testing.T) {
	for name, exit := range exits {
		synctest.Test(t, func(t *testing.T) {
			source := tokenSource(func() (*oauth2.Token, error) { exit(); return nil, nil })
			c, err := api.New(api.Credentials{}, api.WithTransport(&script{t: t}), api.WithTokenSource(source), api.WithRetry(api.RetryPolicy{MaxAttempts: -1}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Token(t.Context())
			var e *api.Error
			if !errors.As(err, &e) || name == "panic" && !strings.Contains(err.Error(), "oops") {
				t.Errorf("%s: got %v", name, err)
			}
		})
	}
}

func TestTokenSourceIsNeverCalledTwiceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		release := make(chan struct{})
		source := tokenSource(func() (*oauth2.Token, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			<-release
			return &oauth2.Token{AccessToken: "x", Expiry: time.Now().Add(time.Hour)}, nil
		})
		c, err := api.New(api.Credentials{}, api.WithTransport(&script{t: t}), api.WithTokenSource(source))
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := c.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			cancel()
		}
		start := time.Now()
		if _, err := c.Token(t.Context()); err == nil || time.Since(start) != 30*time.Second {
			t.Errorf("waited %v for a source that hangs: %v", time.Since(start), err)
		}
		close(release)
		synctest.Wait()
		if _, err := c.Token(t.Context()); err != nil || most.Load() != 1 {
			t.Errorf("got %v after %d calls at a time", err, most.Load())
		}
	})
}

func TestTokenThatNobodyWaitedForReplacesNoNewerOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var n atomic.Int64
		s := &script{token: func(*http.Request) (*http.Response, error) {
			if n.Add(1) == 1 {
				<-release // heeds no context
				return respond(200, `{"access_token":"old"}`), nil
			}
			return respond(200, `{"access_token":"new"}`), nil
		}}
		c := newClient(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		c.Token(ctx)
		if token, err := c.Token(t.Context()); err != nil || token.AccessToken != "new" {
			t.Errorf("got %v, %v", token, err)
		}
		close(release)
		synctest.Wait()
		if token, _ := c.Token(t.Context()); token.AccessToken != "new" {
			t.Errorf("got %v", token.AccessToken)
		}
	})
}

func TestOwnTokenSourceThatIsRefusedEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		source := tokenSource(func() (*oauth2.Token, error) {
			calls++
			return nil, &oauth2.RetrieveError{Response: &http.Response{StatusCode: 401}, ErrorCode: "invalid_client"}
		})
		c, err := api.New(api.Credentials{}, api.WithTransport(&script{t: t}), api.WithTokenSource(source))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = c.UpsertAll(t.Context(), records(3))
		if !errors.Is(err, api.ErrCredentials) || time.Since(start) != 0 || calls != 1 {
			t.Errorf("got %v after %v and %d calls", err, time.Since(start), calls)
		}
	})
}

func TestManyVersionsOfOneRecordGoOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		var input []*models.EstateRecord
		for range 40 {
			input = append(input, record(0))
		}
		report, err := newClient(t, s).UpsertAll(t.Context(), input)
		if err != nil || report.Requests != 40 {
			t.Errorf("got %v, %v in %d requests", report, err, report.Requests)
		}
		u := newUpserter(t, newClient(t, s), api.BatchAge(-1))
		taken := 0
		for range 1000 {
			if _, err := u.TryAdd(record(0)); err == nil {
				taken++
			}
			synctest.Wait()
		}
		if taken < 100 {
			t.Errorf("took %d of 1000; nothing was sent to make room", taken)
		}
		u.Close(t.Context())
	})
}

func TestTryAddDoesNotWaitForACallbackOrAnotherAdd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpserter(t, newClient(t, &script{}), api.OnResult(func(api.Result) { time.Sleep(time.Hour) }))
		start := time.Now()
		if _, err := u.TryAdd(nil); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := u.Add(ctx, nil); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v", took)
		}
		// As many as like may add at the same moment.
		var full atomic.Int64
		done := make(chan struct{})
		for g := range 8 {
			go func() {
				for i := range 100 {
					if _, err := u.TryAdd(record(g*100 + i)); err != nil {
						full.Add(1)
					}
				}
				done <- struct{}{}
			}()
		}
		for range 8 {
			<-done
		}
		if full.Load() != 0 {
			t.Errorf("%d of 800 were turned away from an uploader with room", full.Load())
		}
		u.Close(t.Context())
	})
}

func TestLargeRecordsAfterSmallOnesKeepMemoryBounded(t *testing.T) {
	large := strings.Repeat("x", 900_000)
	var before runtime.MemStats
	runtime.GC()
	runtime.GC() // twice, which empties the pools of other tests
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	s := &script{response: func(r *sent) (*http.Response, error) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		most.Store(max(most.Load(), m.HeapAlloc))
		return accepted(r), nil
	}}
	s.noLog = true
	report, err := newClient(t, s).Upsert(t.Context(), func(yield func(*models.EstateRecord, error) bool) {
		for i := range 400 {
			r := record(i)
			if i > 100 {
				r.Metadata = map[string]any{"k": large}
			}
			if !yield(r, nil) {
				return
			}
		}
	}, api.InFlight(1), api.BatchBytes(1<<20))
	if err != nil || report.Accepted != 400 {
		t.Fatalf("got %v, %v", report, err)
	}
	// Four batches of a megabyte, and chunks of one record beyond a quarter of one.
	if mb := int64(most.Load()-before.HeapAlloc) >> 20; mb > 40 {
		t.Errorf("%d MB were in use", mb)
	}
}
