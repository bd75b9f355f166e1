package api_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
)

// badIDs refuses a request with one of these records in it, and says no more.
func badIDs(status int, ids map[string]bool) func(*sent) (*http.Response, error) {
	return func(r *sent) (*http.Response, error) {
		if slices.ContainsFunc(r.ids, func(id string) bool { return ids[id] }) {
			return respond(status, `{"error":"something is wrong"}`), nil
		}
		return accepted(r), nil
	}
}

// A search goes on for as long as it rescues records.
func TestSearchCostsWhatItIsWorth(t *testing.T) {
	for _, tt := range []struct{ bad, most int }{{1, 20}, {8, 130}, {20, 260}, {100, 800}} {
		for s := range uint64(10) {
			synctest.Test(t, func(t *testing.T) {
				ids := map[string]bool{}
				for _, i := range rand.New(rand.NewPCG(s, uint64(tt.bad))).Perm(1000)[:tt.bad] {
					ids[fmt.Sprint("r", i)] = true
				}
				s := &script{response: badIDs(400, ids)}
				report, _ := newClient(t, s).UpsertAll(t.Context(), records(1000))
				if report.Rejected != tt.bad || report.Accepted != 1000-tt.bad {
					t.Errorf("%d at fault: got %v", tt.bad, report)
				}
				if n := len(s.requests()) - 1; n > tt.most {
					t.Errorf("%d at fault: %d further requests, want at most %d", tt.bad, n, tt.most)
				}
			})
		}
	}
}

// A batch in which everything is wrong leaves enough for those behind it.
func TestBatchThatIsAllWrongSpoilsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := map[string]bool{}
		for i := range 1000 {
			ids[fmt.Sprint("r", i)] = true
		}
		for b := 1; b <= 50; b++ {
			ids[fmt.Sprint("r", b*1000+(b*377)%1000)] = true
		}
		s := &script{response: badIDs(400, ids)}
		report, _ := newClient(t, s).UpsertAll(t.Context(), records(51_000), api.InFlight(1))
		if report.Rejected != 1050 || report.Accepted != 49_950 {
			t.Errorf("got %v, want 1000 and 50 rejected", report)
		}
	})
}

// Several batches are searched at the same time.
func TestOneBadRecordInEachBatchIsFoundInAllOfThem(t *testing.T) {
	for inFlight := 1; inFlight <= 16; inFlight *= 4 {
		synctest.Test(t, func(t *testing.T) {
			ids := map[string]bool{}
			for b := range 60 {
				ids[fmt.Sprint("r", b*1000+(b*377)%1000)] = true
			}
			bad := badIDs(400, ids)
			s := &script{response: func(r *sent) (*http.Response, error) {
				time.Sleep(10 * time.Millisecond)
				return bad(r)
			}}
			report, _ := newClient(t, s).UpsertAll(t.Context(), records(60_000), api.InFlight(inFlight))
			if report.Rejected != 60 || report.Accepted != 59_940 {
				t.Errorf("%d in flight: got %v, want 60 rejected", inFlight, report)
			}
		})
	}
}

func TestBatchThatIsAcceptedFillsTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := map[string]bool{}
		for i := range 8000 {
			ids[fmt.Sprint("r", i)] = true // eight batches, which leave nothing
		}
		ids["r9500"] = true
		s := &script{response: badIDs(400, ids)}
		report, _ := newClient(t, s).UpsertAll(t.Context(), records(10_000), api.InFlight(1))
		if report.Rejected != 8001 {
			t.Errorf("got %v, want one of the last thousand rejected after the ninth was accepted", report)
		}
	})
}

func TestAccountOfAnUploaderGainsWithTime(t *testing.T) {
	for wait, rejected := range map[time.Duration]int{0: 1000, 11 * time.Minute: 1} {
		synctest.Test(t, func(t *testing.T) {
			ids := map[string]bool{}
			for i := range 8000 {
				ids[fmt.Sprint("r", i)] = true
			}
			ids["r8500"] = true
			s := &script{response: badIDs(400, ids)}
			u := newUpserter(t, newClient(t, s), api.InFlight(1))
			for i, r := range records(9000) {
				if i == 8000 {
					u.Flush(t.Context())
					time.Sleep(wait)
				}
				u.Add(t.Context(), r)
			}
			u.Close(t.Context())
			if got := u.Report().Rejected - 8000; got != rejected {
				t.Errorf("after %v: %d of the last thousand are rejected, want %d", wait, got, rejected)
			}
		})
	}
}

// What the server names is tried first. It is not believed.
func TestRecordsThatTheServerNamesAreTriedFirst(t *testing.T) {
	for name, message := range map[string]func(i int, id string) string{
		"a position":  func(i int, _ string) string { return fmt.Sprintf(`{"error":"records[%d].type: is not known"}`, i) },
		"a pointer":   func(i int, _ string) string { return fmt.Sprintf(`{"detail":"/records/%d/type is not known"}`, i) },
		"a number":    func(i int, _ string) string { return fmt.Sprintf("Record %d is wrong", i) },
		"an ID":       func(_ int, id string) string { return fmt.Sprintf(`{"error":"%s: type is not known"}`, id) },
		"a wrong one": func(i int, _ string) string { return fmt.Sprintf(`{"error":"records[%d].type"}`, (i+1)%3) },
		"all of them": func(int, string) string {
			var b strings.Builder
			for i := range 1000 {
				fmt.Fprintf(&b, "records[%d] ", i)
			}
			return b.String()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad := map[string]bool{"r17": true, "r620": true, "r999": true}
				s := &script{response: func(r *sent) (*http.Response, error) {
					for i, id := range r.ids {
						if bad[id] {
							return respond(422, message(i, id)), nil
						}
					}
					return accepted(r), nil
				}}
				report, _ := newClient(t, s).UpsertAll(t.Context(), records(1000))
				if report.Rejected != 3 || report.Accepted != 997 {
					t.Errorf("got %v", report)
				}
				most := 10 // for each of the three: alone, and what is between
				if strings.Contains(name, "wrong") || strings.Contains(name, "all") {
					most = 120
				}
				if n := len(s.requests()); n > most {
					t.Errorf("%d requests, want at most %d", n, most)
				}
			})
		})
	}
}

// The half that is put off in an outage is no longer the one before its other half.
func TestSearchGoesOnThroughAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failures := 0
		s := &script{response: func(r *sent) (*http.Response, error) {
			switch {
			case len(r.ids) == 2, r.ids[0] == "r1":
				return respond(400, ""), nil
			case failures < 3:
				failures++
				return respond(503, ""), nil
			}
			return accepted(r), nil
		}}
		var got results
		report, err := newClient(t, s).UpsertAll(within(t, time.Hour), records(2), got.option())
		got.check(t, 2, report)
		if report.Accepted != 1 || report.Rejected != 1 || !errors.Is(err, api.ErrBadRequest) {
			t.Errorf("got %v, %v, want r0 accepted and r1 rejected", report, err)
		}
	})
}
