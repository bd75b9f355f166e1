package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

func unavailable(*sent) (*http.Response, error) { return respond(503, `{"error":"down"}`), nil }

func TestRunEndsWithTheOutageThatOutlastsItsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var got results
		pulled := 0
		report, err := newClient(t, &script{response: unavailable}).Upsert(t.Context(), func(yield func(*models.EstateRecord, error) bool) {
			for endless := 0; ; endless++ {
				pulled++
				if !yield(record(endless), nil) {
					return
				}
			}
		}, got.option())
		got.check(t, pulled, report)
		if took := time.Since(start); took < 15*time.Minute || took > 15*time.Minute+5*time.Second {
			t.Errorf("took %v, want a quarter of an hour", took)
		}
		if report.Failed != pulled || pulled > mostHeld+1 {
			t.Errorf("pulled %d records, %v", pulled, report)
		}
		want := "503 Service Unavailable: down"
		note := "the outage lasts for longer than is allowed (RetryPolicy.Patience, 15m0s)"
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), note) {
			t.Errorf("got  %v\nwant ...%s...%s", err, want, note)
		}
	})
}

func TestRunWithoutPatienceEndsWithTheThirdFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: unavailable}
		report, err := newClient(t, s, api.WithRetry(api.RetryPolicy{Patience: -1})).Upsert(t.Context(), endless, api.InFlight(1))
		if len(s.requests()) != 3 || err == nil || report.Failed != report.Inputs {
			t.Errorf("%d requests, %v, %v", len(s.requests()), report, err)
		}
	})
}

func TestRunWaitsForeverWithPatienceForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := &script{response: func(r *sent) (*http.Response, error) {
			if time.Since(start) < 50*time.Hour {
				return respond(503, ""), nil
			}
			return accepted(r), nil
		}}
		c := newClient(t, s, api.WithRetry(api.RetryPolicy{Patience: api.Forever}))
		report, err := c.UpsertAll(t.Context(), records(20), api.BatchRecords(5))
		if err != nil || report.Accepted != 20 {
			t.Errorf("got %v, %v", report, err)
		}
		if n := len(s.requests()); n > 50*3600/15+20 {
			t.Errorf("%d requests in 50 hours, want one in 15 s at most", n)
		}
	})
}

// Each record of an uploader has its own patience.
func TestUploaderFailsTheRecordsThatHaveWaitedLongEnough(t *testing.T) {
	for _, tt := range []struct {
		name     string
		response func(*sent) (*http.Response, error)
		id       func(i int) string
	}{
		{"503", unavailable, func(i int) string { return fmt.Sprint("r", i) }},
		{"500", func(*sent) (*http.Response, error) { return respond(500, ""), nil }, func(i int) string { return fmt.Sprint("r", i) }},
		{"no connection", func(*sent) (*http.Response, error) { return nil, errors.New("reset") }, func(i int) string { return fmt.Sprint("r", i) }},
		{"the same record again and again", unavailable, func(int) string { return "r" }},
		{"few records", unavailable, func(i int) string { return fmt.Sprint("r", i%7) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var added, failed []time.Duration
				var mu sync.Mutex
				u := newUpserter(t, newClient(t, &script{response: tt.response}), api.OnResult(func(r api.Result) {
					mu.Lock()
					defer mu.Unlock()
					failed = append(failed, time.Since(start))
					if r.Outcome != api.Failed {
						t.Errorf("record %d is %v", r.Index, r.Outcome)
					}
				}))
				for i := range 100 { // over 33 minutes
					if _, err := u.Add(t.Context(), &models.EstateRecord{Type: "vm", ID: tt.id(i)}); err != nil {
						t.Fatal(err)
					}
					added = append(added, time.Since(start))
					time.Sleep(20 * time.Second)
				}
				u.Flush(t.Context())
				for i := range added {
					waited := failed[i] - added[i]
					if waited < 15*time.Minute || waited > 16*time.Minute {
						t.Errorf("record %d, added after %v, failed %v later, want 15 min", i, added[i], waited)
					}
				}
				u.Close(t.Context())
			})
		})
	}
}

// Also those in a batch that cannot leave, and are older than those which can.
func TestRecordThatWaitsBehindAYoungerOneHasItsOwnPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		failed := map[int]time.Duration{}
		u := newUpserter(t, newClient(t, &script{response: unavailable}), api.InFlight(1), api.OnResult(func(r api.Result) {
			failed[r.Index] = time.Since(start)
		}))
		added := []time.Duration{0, time.Minute, 2 * time.Minute, 14 * time.Minute}
		for i, id := range []string{"a", "x", "x", "y"} { // y joins the batch of the first x, which the second follows
			time.Sleep(time.Until(start.Add(added[i])))
			u.Add(t.Context(), &models.EstateRecord{Type: "vm", ID: id})
		}
		u.Flush(t.Context())
		for i, at := range added {
			if waited := failed[i] - at; waited < 15*time.Minute || waited > 15*time.Minute+10*time.Second {
				t.Errorf("record %d failed after %v, want 15 minutes", i, waited)
			}
		}
		u.Close(t.Context())
	})
}

func TestUploaderTakesEveryFailureForAnOutage(t *testing.T) {
	for _, status := range []int{307, 401, 403, 404, 429, 500, 503} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			s := &script{response: func(r *sent) (*http.Response, error) {
				if time.Since(start) < 10*time.Minute {
					return respond(status, ""), nil
				}
				return accepted(r), nil
			}}
			u := newUpserter(t, newClient(t, s))
			for _, r := range records(2000) {
				u.Add(t.Context(), r)
			}
			u.Close(t.Context())
			if r := u.Report(); r.Accepted != 2000 || len(s.requests()) > 120 {
				t.Errorf("%d: got %v in %d requests", status, r, len(s.requests()))
			}
		})
	}
}

// A body that fails without a reason is tried in halves, whether it is in an outage or not.
func TestBodyThatFailsIsTriedInHalves(t *testing.T) {
	for name, fail := range map[string]func() (*http.Response, error){
		"500":         func() (*http.Response, error) { return respond(500, ""), nil },
		"502":         func() (*http.Response, error) { return respond(502, "<html>"), nil },
		"504":         func() (*http.Response, error) { return respond(504, ""), nil },
		"no response": func() (*http.Response, error) { return nil, errors.New("reset by peer") },
	} {
		synctest.Test(t, func(t *testing.T) {
			// A server that cannot digest more than 100 records at a time.
			s := &script{response: func(r *sent) (*http.Response, error) {
				if len(r.ids) > 100 {
					return fail()
				}
				return accepted(r), nil
			}}
			start := time.Now()
			report, err := newClient(t, s).UpsertAll(t.Context(), records(3000))
			if err != nil || report.Accepted != 3000 || time.Since(start) > 15*time.Minute {
				t.Errorf("%s: got %v, %v after %v", name, report, err, time.Since(start))
			}
		})
	}
	for _, status := range []int{408, 429, 503} { // about load
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			s := &script{response: func(r *sent) (*http.Response, error) {
				if len(r.ids) != 1000 {
					t.Errorf("%d: a request with %d records", status, len(r.ids))
				}
				if time.Since(start) < 5*time.Minute {
					return respond(status, ""), nil
				}
				return accepted(r), nil
			}}
			if report, err := newClient(t, s).UpsertAll(t.Context(), records(3000)); err != nil {
				t.Errorf("%d: got %v, %v", status, report, err)
			}
		})
	}
}

// In an outage of 500s, where all is halved, nothing gets lost or out of order.
func TestOutageOfServerErrorsLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		arrived := map[string]int{}
		s := &script{noLog: true, response: func(r *sent) (*http.Response, error) {
			time.Sleep(50 * time.Millisecond)
			if since := time.Since(start); since > 300*time.Millisecond && since < 11*time.Minute {
				return respond(500, ""), nil
			}
			mu.Lock()
			defer mu.Unlock()
			for _, id := range r.ids {
				arrived[id]++
			}
			return accepted(r), nil
		}}
		var got results
		report, err := newClient(t, s).UpsertAll(t.Context(), records(50_000), got.option())
		got.check(t, 50_000, report)
		if err != nil || len(arrived) != 50_000 || report.Requests > 250 {
			t.Errorf("got %v, %v in %d requests, %d arrived", report, err, report.Requests, len(arrived))
		}
	})
}

// A run over a source that is slow does not wait for a batch to fill.
func TestRunOverASlowSourceSendsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var reported []time.Duration
		newClient(t, &script{}).Upsert(t.Context(), func(yield func(*models.EstateRecord, error) bool) {
			for i := range 5 {
				if !yield(record(i), nil) {
					return
				}
				time.Sleep(10 * time.Second)
			}
		}, api.OnResult(func(api.Result) { reported = append(reported, time.Since(start)) }))
		want := []time.Duration{1, 11, 21, 31, 41}
		for i := range want {
			want[i] *= time.Second
		}
		if !slices.Equal(reported, want) {
			t.Errorf("results at %v, want %v", reported, want)
		}
	})
}

// A transport may ignore its context; whoever waits does not.
func TestTransportThatNeverReturnsHoldsUpNobodyForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &script{response: func(r *sent) (*http.Response, error) {
			if slices.Contains(r.ids, "r0") {
				<-release
			}
			return accepted(r), nil
		}}
		c := newClient(t, s, api.WithRequestTimeout(5*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		report, err := c.UpsertAll(ctx, records(3), api.BatchRecords(1))
		if took := time.Since(start); took > 62*time.Second || report.Accepted != 2 || err == nil {
			t.Errorf("got %v, %v after %v", report, err, took)
		}
		if report, err := c.UpsertAll(t.Context(), []*models.EstateRecord{record(7)}); err != nil {
			t.Errorf("another run: got %v, %v", report, err)
		}
		close(release)
	})
}

// A locator with a nid, type and ID is behind both.
func TestLocatorWithBothNamesIsBehindBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		s := &script{response: func(r *sent) (*http.Response, error) {
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			for _, v := range r.values {
				order = append(order, fmt.Sprint(v["id"], v["nid"]))
			}
			return accepted(r), nil
		}}
		report, err := newClient(t, s).DeleteAll(t.Context(), models.PeriodCurrent, []*models.RecordLocator{
			{Type: "vm", ID: "a"}, {NID: someNID}, {Type: "vm", ID: "a", NID: someNID}, {NID: someNID}, {Type: "vm", ID: "a"},
		})
		if err != nil || report.Requests != 3 {
			t.Errorf("got %v, %v in %d requests, want 3", report, err, report.Requests)
		}
		if len(order) != 5 || order[2] != "a"+someNID {
			t.Errorf("sent in the order %q, want the locator with both names in the middle", order)
		}
	})
}

func TestTokenSourceThatKeepsARefusedTokenIsRecognized(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := tokenSource(func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: "the same"}, nil })
		s := &script{t: t, response: func(*sent) (*http.Response, error) { return respond(401, ""), nil }}
		c, err := api.New(api.Credentials{}, api.WithTransport(s), api.WithTokenSource(source))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.UpsertAll(t.Context(), records(1))
		if !errors.Is(err, api.ErrUnauthorized) || !strings.Contains(err.Error(), "oauth2.ReuseTokenSource") {
			t.Errorf("got %v", err)
		}
		_, err = newClient(t, &script{response: s.response}).UpsertAll(t.Context(), records(1))
		if !errors.Is(err, api.ErrUnauthorized) || !strings.Contains(err.Error(), "a fresh token was not taken either") {
			t.Errorf("got %v", err)
		}
	})
}

func TestTokenSourceThatNeverReturnsDoesNotCloseTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var calls atomic.Int64
		source := tokenSource(func() (*oauth2.Token, error) {
			n := calls.Add(1)
			if n == 1 {
				<-release
			}
			return &oauth2.Token{AccessToken: fmt.Sprint("token-", n)}, nil
		})
		c, err := api.New(api.Credentials{}, api.WithTransport(&script{t: t}), api.WithTokenSource(source))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		report, err := c.UpsertAll(t.Context(), records(10))
		if err != nil || time.Since(start) > 2*time.Minute {
			t.Errorf("got %v, %v after %v", report, err, time.Since(start))
		}
		close(release)
	})
}
