package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

func TestAcceptedMeansA202WhateverItsBody(t *testing.T) {
	broken := respond(202, "")
	broken.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"mess`), failingReader{}))
	for name, resp := range map[string]*http.Response{
		"empty":     respond(202, ""),
		"HTML":      respond(202, "<html>", "Content-Type", "text/html"),
		"no type":   respond(202, "{}", "Content-Type", ";;;"),
		"truncated": respond(202, `{"message": "Acc`),
		"null":      respond(202, `null`),
		"an array":  respond(202, `[1]`),
		"huge":      respond(202, strings.Repeat("x", 10<<20)),
		"broken":    broken,
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, &script{response: func(*sent) (*http.Response, error) { return resp, nil }})
			if report, err := c.UpsertAll(t.Context(), records(2)); err != nil || report.Accepted != 2 {
				t.Errorf("%s: got %v, %v", name, report, err)
			}
		})
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// poisoned refuses a request with one of these IDs in it.
func poisoned(ids ...string) func(*sent) (*http.Response, error) {
	return func(r *sent) (*http.Response, error) {
		for _, id := range ids {
			if slices.Contains(r.ids, id) {
				return respond(400, `{"error":"bad record"}`), nil
			}
		}
		return accepted(r), nil
	}
}

func TestBisectFindsTheRecordAtFault(t *testing.T) {
	worst := 0
	for i := 0; i < 1000; i += 27 {
		synctest.Test(t, func(t *testing.T) {
			s := &script{response: poisoned(fmt.Sprint("r", i))}
			var got results
			report, err := newClient(t, s).UpsertAll(t.Context(), records(1000), got.option())
			got.check(t, 1000, report)
			if report.Rejected != 1 || report.Accepted != 999 || got.all[i].Outcome != api.Rejected {
				t.Fatalf("poison at %d: got %v", i, report)
			}
			var e *api.Error
			if !errors.As(err, &e) || e.StatusCode != 400 || e.Message != "bad record" || e.Records != 1 || !errors.Is(err, api.ErrBadRequest) {
				t.Errorf("got %+v", e)
			}
			worst = max(worst, len(s.requests())-1)
		})
	}
	if worst > 20 {
		t.Errorf("one poison record took %d extra requests, want at most 20", worst)
	}
	t.Logf("at most %d extra requests", worst)
}

func TestBisectDoesNotTryAHalfThatIsKnownToBeAtFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: poisoned("r1023")}
		newClient(t, s).UpsertAll(t.Context(), records(1024)[24:])
		// Nine first halves are accepted, and the record stands alone at the end.
		if extra := len(s.requests()) - 1; extra > 11 {
			t.Errorf("the last record at fault took %d extra requests, want at most 11", extra)
		}
	})
}

func TestBisectKeepsItsBudget(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, budget := range []int{-1, 1, 2, 5, 20, 64, 500} {
		for _, bad := range []int{1, 2, 10, 100, 1000} {
			synctest.Test(t, func(t *testing.T) {
				var ids []string
				for _, i := range rng.Perm(1000)[:bad] {
					ids = append(ids, fmt.Sprint("r", i))
				}
				s := &script{response: poisoned(ids...)}
				var got results
				report, _ := newClient(t, s).UpsertAll(t.Context(), records(1000), got.option(), api.BisectBudget(budget))
				got.check(t, 1000, report)
				// Each record that is rescued pays for one more.
				if extra := len(s.requests()) - 1; extra > max(budget, 0)+report.Accepted {
					t.Errorf("budget %d, %d at fault: %d extra requests, %d accepted", budget, bad, extra, report.Accepted)
				}
				if report.Rejected < bad || report.Accepted+report.Rejected != 1000 {
					t.Errorf("budget %d, %d at fault: got %v", budget, bad, report)
				}
				for _, res := range got.all {
					if slices.Contains(ids, res.Key.ID) && res.Outcome == api.Accepted {
						t.Errorf("a record at fault is accepted")
					}
				}
			})
		}
	}
}

func TestBudgetErrorSaysThatNotEveryRecordIsAtFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := newClient(t, &script{response: poisoned("r3")}).UpsertAll(t.Context(), records(10), api.BisectBudget(-1))
		want := `upsert of type "vm" id "r0" (record 0): 400 Bad Request: bad record (in a request of 10 records); ` +
			"at least one of the batch's 10 records is at fault, and the budget of requests to find out which is spent (BisectBudget)"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant ...%s", err, want)
		}
	})
}

// limited responds with 413 to what is longer than a limit.
func limited(limit func() int) func(*sent) (*http.Response, error) {
	return func(r *sent) (*http.Response, error) {
		if len(r.body) > limit() {
			return respond(413, "<html><title>413 Payload Too Large</title></html>"), nil
		}
		return accepted(r), nil
	}
}

func (s *script) tooLarge(limit int) (n int) {
	for _, r := range s.requests() {
		if len(r.body) > limit {
			n++
		}
	}
	return n
}

func TestTooLargeIsSplitByBytesAndTheSizeIsLearnt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, limit = 30_000, 100_000
		s := &script{response: limited(func() int { return limit })}
		input := records(n) // batches of 200 kB
		for _, r := range input {
			r.Name = strings.Repeat("n", 180)
		}
		input[1234].Metadata = map[string]any{"k": strings.Repeat("x", limit)}
		var got results
		report, err := newClient(t, s).UpsertAll(t.Context(), input, got.option(), api.InFlight(1))
		got.check(t, n, report)
		if report.Rejected != 1 || got.all[1234].Outcome != api.Rejected || !errors.Is(err, api.ErrTooLarge) {
			t.Errorf("got %v, %v", report, err)
		}
		// Without learning, each of the 30 full batches would be refused at least once.
		if refused := s.tooLarge(limit); refused > 25 {
			t.Errorf("%d requests were too large; the size was not learnt", refused)
		}
	})
}

func TestSplitByBytesKeepsALargeRecordApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: limited(func() int { return 300_000 })}
		input := records(1000)
		for i := range 3 { // three long ones first, and many short ones
			input[i].Metadata = map[string]any{"k": strings.Repeat("x", 200_000)}
		}
		report, err := newClient(t, s).UpsertAll(t.Context(), input)
		if err != nil || len(s.requests()) > 5 {
			t.Errorf("got %v, %v in %d requests, want 5: one, its halves, and the halves of the first", report, err, len(s.requests()))
		}
	})
}

func TestServerThatRefusesEverySizeCostsABudgetAndNotTheFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		s := &script{}
		s.response = limited(func() int {
			if broken {
				return 0
			}
			return 1 << 30
		})
		u := newUpserter(t, newClient(t, s), api.BatchAge(-1), api.InFlight(1))
		add := func(n int) {
			for i := range n {
				r := record(i)
				r.Name = strings.Repeat("n", 200)
				if _, err := u.Add(t.Context(), r); err != nil {
					t.Fatal(err)
				}
			}
			u.Flush(t.Context())
		}
		add(1000)
		if n := len(s.requests()); n > 65 || u.Report().Rejected != 1000 {
			t.Errorf("%d requests for %v", n, u.Report())
		}
		broken, s.log = false, nil
		add(20_000)
		if n := len(s.requests()); n > 80 {
			t.Errorf("%d requests for 20,000 records when the server is well again", n)
		}
		u.Close(t.Context())
	})
}

func TestUnauthorizedReplacesTheTokenAndReplaysOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		s.response = func(r *sent) (*http.Response, error) {
			if r.Header.Get("Authorization") == "Bearer token-1" {
				time.Sleep(time.Duration(r.n+1) * time.Second) // all are in flight; the later ones end when there is another token
				return respond(401, `{"error":"expired"}`), nil
			}
			return accepted(r), nil
		}
		var got results
		report, err := newClient(t, s).UpsertAll(t.Context(), records(3000), got.option(), api.InFlight(3))
		got.check(t, 3000, report)
		if err != nil || s.tokens != 2 || report.Retries != 0 {
			t.Errorf("got %v, %v with %d tokens and %d retries, want 2 and 0", report, err, s.tokens, report.Retries)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(*sent) (*http.Response, error) { return respond(401, `{"error":"who are you"}`), nil }}
		report, err := newClient(t, s).UpsertAll(t.Context(), records(100_000), api.InFlight(1))
		if len(s.requests()) != 2 || !errors.Is(err, api.ErrUnauthorized) || report.Inputs == 100_000 || report.Failed != report.Inputs {
			t.Errorf("got %d requests, %v, %v; want the run to end after 2", len(s.requests()), report, err)
		}
	})
}

func TestTokenRefusedBetweenRetriesIsReplacedEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		s.response = func(r *sent) (*http.Response, error) {
			status := []int{401, 503, 401, 503, 401}
			if r.n < len(status) {
				return respond(status[r.n], ""), nil
			}
			return accepted(r), nil
		}
		report, err := newClient(t, s).UpsertAll(t.Context(), records(1))
		if err != nil || report.Requests != 6 || s.tokens != 4 {
			t.Errorf("got %+v, %v with %d tokens", report, err, s.tokens)
		}
	})
}

func TestRetriesUntilItSucceeds(t *testing.T) {
	for _, status := range []int{408, 429, 500, 502, 503, 504, 0} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{}
			s.response = func(r *sent) (*http.Response, error) {
				switch {
				case r.n >= 5:
					return accepted(r), nil
				case status == 0:
					return nil, errors.New("connection reset by peer")
				}
				return respond(status, "<html>busy</html>", "Content-Type", "text/html"), nil
			}
			start := time.Now()
			var got results
			report, err := newClient(t, s).UpsertAll(t.Context(), records(1), got.option())
			if err != nil || report.Accepted != 1 || report.Requests != 6 || report.Retries != 5 || got.all[0].Attempts != 6 {
				t.Errorf("%d: got %+v, %v", status, report, err)
			}
			// Full jitter: below 0.5+1+2+4+8 s, and hardly ever next to nothing.
			if took := time.Since(start); took > 15500*time.Millisecond || took < time.Millisecond {
				t.Errorf("%d: took %v", status, took)
			}
		})
	}
}

func TestRetryAfterIsAMinimum(t *testing.T) {
	for name, header := range map[string]func() []string{
		"seconds": func() []string { return []string{"Retry-After", "7"} },
		"date": func() []string {
			return []string{"Retry-After", time.Now().Add(7 * time.Second).UTC().Format(http.TimeFormat)}
		},
		"date of a clock that is ten minutes off": func() []string {
			server := time.Now().Add(-10 * time.Minute).UTC()
			return []string{"Date", server.Format(http.TimeFormat), "Retry-After", server.Add(7 * time.Second).Format(http.TimeFormat)}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{}
			s.response = func(r *sent) (*http.Response, error) {
				if r.n == 0 {
					return respond(429, "", header()...), nil
				}
				return accepted(r), nil
			}
			start := time.Now()
			_, err := newClient(t, s, api.WithRetry(api.RetryPolicy{BaseDelay: time.Millisecond})).UpsertAll(t.Context(), records(1))
			if took := time.Since(start).Round(time.Second); err != nil || took != 7*time.Second {
				t.Errorf("%s: took %v, %v, want 7s", name, took, err)
			}
		})
	}
}

func TestOnePauseHoldsForAllInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var early atomic.Int64
		s := &script{}
		s.response = func(r *sent) (*http.Response, error) {
			if r.n == 0 {
				return respond(503, "", "Retry-After", "30"), nil
			}
			if since := time.Since(start); since > time.Second && since < 30*time.Second {
				early.Add(1)
			}
			time.Sleep(2 * time.Second)
			return accepted(r), nil
		}
		if _, err := newClient(t, s).UpsertAll(t.Context(), records(20_000)); err != nil {
			t.Error(err)
		}
		if n := early.Load(); n != 0 {
			t.Errorf("%d requests began during the pause", n)
		}
	})
}

func TestRetryAfterBeyondTheLimitEndsAtOnce(t *testing.T) {
	for value, closed := range map[string]time.Duration{"3600": time.Hour, "99999999999999999999999": 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{response: func(*sent) (*http.Response, error) {
				return respond(429, `{"error":"slow down"}`, "Retry-After", value), nil
			}}
			start := time.Now()
			var got results
			c := newClient(t, s)
			report, err := c.UpsertAll(t.Context(), records(200_000), got.option(), api.InFlight(1))
			got.check(t, report.Inputs, report)
			if time.Since(start) != 0 || len(s.requests()) != 1 || report.Failed != report.Inputs || !errors.Is(err, api.ErrRateLimited) {
				t.Errorf("%s: took %v, %d requests, %v, %v", value, time.Since(start), len(s.requests()), report, err)
			}
			last := got.all[len(got.all)-1]
			if last.Attempts != 0 || last.Index == 199_999 {
				t.Errorf("the run went on to the end: %+v", last)
			}
			// Nothing is sent in the time that the server asked for, however often one tries.
			for range 20 {
				c.UpsertAll(t.Context(), records(1))
				time.Sleep((closed - 15*time.Minute) / 20)
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%s: %d requests in the time that the server asked for", value, n)
			}
			// The end of that time is near enough to be waited for.
			c.UpsertAll(t.Context(), records(1))
			if n := len(s.requests()); n != 2 || time.Since(start) != closed {
				t.Errorf("%s: %d requests after %v, want one more", value, n, time.Since(start))
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(*sent) (*http.Response, error) { return respond(503, "", "Retry-After", "60"), nil }}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		report, err := newClient(t, s).UpsertAll(ctx, records(1))
		if time.Since(start) != 0 || report.Failed != 1 || !strings.Contains(err.Error(), "deadline") {
			t.Errorf("with a deadline of 10s and a Retry-After of 60s: took %v, %v", time.Since(start), err)
		}
	})
}

func TestRetryAfterHoldsForOthersAlsoWhenThisOneIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(*sent) (*http.Response, error) { return respond(429, "", "Retry-After", "60"), nil }}
		c := newClient(t, s, api.WithRetry(api.RetryPolicy{MaxAttempts: -1}))
		start := time.Now()
		for range 3 {
			c.UpsertAll(t.Context(), records(1))
		}
		if took := time.Since(start); took != 2*time.Minute {
			t.Errorf("three requests took %v, want two waits of a minute", took)
		}
		c.UpsertOnce(t.Context(), &models.UpsertRequest{Records: records(1)}) // does not wait
		c.UpsertAll(t.Context(), records(1))
		if took := time.Since(start); took != 3*time.Minute {
			t.Errorf("the request after a single call came at %v", took)
		}
	})
}

func TestSenselessRetryAfterCountsAsAbsent(t *testing.T) {
	for _, value := range []string{"-5", "soon", "1e3", "Wed, 02 Jan 1991 15:04:05 GMT", "0"} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{}
			s.response = func(r *sent) (*http.Response, error) {
				if r.n == 0 {
					return respond(503, "", "Retry-After", value), nil
				}
				return accepted(r), nil
			}
			start := time.Now()
			if _, err := newClient(t, s).UpsertAll(t.Context(), records(1)); err != nil || time.Since(start) > time.Second {
				t.Errorf("%q: took %v, %v", value, time.Since(start), err)
			}
		})
	}
}

func TestThrottledRequestsComeThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A server that takes two requests a second and refuses the others.
		var taken atomic.Int64
		var second atomic.Int64
		s := &script{}
		s.response = func(r *sent) (*http.Response, error) {
			now := time.Now().Unix()
			if second.Swap(now) != now {
				taken.Store(0)
			}
			if taken.Add(1) > 2 {
				return respond(429, "", "Retry-After", "1"), nil
			}
			time.Sleep(10 * time.Millisecond)
			return accepted(r), nil
		}
		var got results
		report, err := newClient(t, s).UpsertAll(t.Context(), records(100_000), got.option(), api.InFlight(8))
		got.check(t, 100_000, report)
		if err != nil {
			t.Fatalf("got %v, %v", report, err)
		}
		if refused := report.Requests - 100; refused > 200 {
			t.Errorf("%d requests were refused for 100 that were taken", refused)
		}
		t.Logf("%d requests for 100 batches", report.Requests)
	})
}

func TestDeleteAndEnrichSendWhatTheContractSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := newClient(t, s)
		verbs(t, c)
		want := []string{
			`POST /v1/estateRecords {"insertInPeriod":"previous","records":[{"id":"r0","type":"vm"}]}`,
			`DELETE /v1/estateRecords {"period":"all","records":[{"nid":"6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"},{"id":"a","name":"b","type":"c"}]}`,
			`POST /v1/enrichments/estateRecords {"enrichments":[{"data":{"backup":"ok"},"record":{"nid":"6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"}}]}`,
		}
		for i, r := range s.requests() {
			got := fmt.Sprintf("%s %s %s", r.Method, r.URL.Path, r.body)
			if i < len(want) && got != want[i] {
				t.Errorf("got  %s\nwant %s", got, want[i])
			}
			if ct := r.Header.Get("Content-Type"); ct != "application/json" {
				t.Errorf("content type %q", ct)
			}
			if ua := r.Header.Get("User-Agent"); !strings.HasPrefix(ua, "klarity-go/") {
				t.Errorf("user agent %q", ua)
			}
		}
		if len(s.requests()) != len(want) || s.tokens != 1 {
			t.Errorf("%d requests and %d tokens", len(s.requests()), s.tokens)
		}
	})
}

func TestLargestRetryAfterIsNoShortOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(*sent) (*http.Response, error) {
			return respond(503, "", "Retry-After", "99999999999999"), nil
		}}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Hour, cancel)
		c := newClient(t, s, api.WithRetry(api.RetryPolicy{Patience: api.Forever}))
		report, err := c.UpsertAll(ctx, records(1))
		if report.Requests != 1 || !errors.Is(err, context.Canceled) {
			t.Errorf("%d requests, %v", report.Requests, err)
		}
	})
}

// encodings counts how often it is written as JSON.
type encodings struct{ n *atomic.Int64 }

func (e encodings) MarshalJSON() ([]byte, error) { e.n.Add(1); return []byte("1"), nil }

func TestNothingIsEncodedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{response: func(r *sent) (*http.Response, error) { // all that makes records be sent again
			switch {
			case r.n%5 == 4:
				return respond(503, ""), nil
			case r.n == 3: // a token that is not taken
				return respond(401, ""), nil
			case len(r.body) > 20_000:
				return respond(413, ""), nil
			case slices.Contains(r.ids, "r77"):
				return respond(400, ""), nil
			}
			return accepted(r), nil
		}}
		var encoded atomic.Int64
		input := records(3000)
		for _, r := range input {
			r.Metadata = map[string]any{"k": encodings{&encoded}}
		}
		report, _ := newClient(t, s).UpsertAll(t.Context(), input)
		if report.Accepted != 2999 || report.Rejected != 1 || report.Requests < 10 {
			t.Errorf("got %v in %d requests, want one rejected and many requests", report, report.Requests)
		}
		if encoded.Load() != 3000 {
			t.Errorf("3000 records were encoded %d times", encoded.Load())
		}
	})
}
