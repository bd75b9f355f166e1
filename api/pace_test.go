package api

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/models"
)

func TestPauseIsNeverShortened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, start := newPace(), time.Now()
		p.pause(time.Minute)
		p.pause(time.Second)
		if err := p.enter(t.Context()); err != nil || time.Since(start) != time.Minute {
			t.Errorf("entered after %v, %v", time.Since(start), err)
		}
	})
}

func TestLimitFallsByHalvesAndRisesByOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace()
		enter := func() (n int) { // how many can be in flight
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			for n < 100 && p.enter(ctx) == nil {
				n++
			}
			return n
		}
		leave := func(n int, accepted bool) {
			for range n {
				p.leave(accepted)
			}
		}
		for range 8 {
			p.enter(t.Context())
		}
		p.throttled()
		leave(8, false)
		n := enter()
		if n != 4 {
			t.Errorf("%d may be in flight after 8 were throttled, want 4", n)
		}
		leave(n, true)
		if n = enter(); n != 5 && n != 4 {
			t.Errorf("%d may be in flight after 4 successes, want one more at most", n)
		}
		leave(n, false)
		for range 3000 { // successes
			p.enter(t.Context())
			p.leave(true)
		}
		if n = enter(); n != 100 {
			t.Errorf("%d may be in flight after many successes, want no limit", n)
		}
	})
}

func TestDelayIsRandomBelowADoublingBound(t *testing.T) {
	p := RetryPolicy{BaseDelay: time.Second, MaxDelay: 8 * time.Second}.withDefaults()
	for tries, bound := range map[int]time.Duration{1: 1, 2: 2, 3: 4, 4: 8, 5: 8, 99: 8} {
		seen := map[time.Duration]bool{}
		for range 200 {
			d := p.delay(tries, 0)
			if d < 0 || d >= bound*time.Second {
				t.Fatalf("after %d tries: %v, want below %v", tries, d, bound*time.Second)
			}
			seen[d/(bound*100*time.Millisecond)] = true
		}
		if len(seen) < 8 { // of ten tenths
			t.Errorf("after %d tries the delays fall into %d tenths of the bound", tries, len(seen))
		}
	}
}

func TestQuotaIsRefilledBySuccesses(t *testing.T) {
	q := newQuota(2)
	q.give() // never above what it was
	if got := fmt.Sprint(q.take(), q.take(), q.take()); got != "true true false" {
		t.Errorf("got %s", got)
	}
	q.give()
	if !q.take() || q.take() {
		t.Error("one success gives one retry")
	}
}

func TestTokenIsNotUsedInItsLastMoments(t *testing.T) {
	for life, margin := range map[time.Duration]time.Duration{time.Hour: 10 * time.Second, time.Minute: 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c := newCachedToken(&oauth2.Token{AccessToken: "x", Expiry: time.Now().Add(life)}, 0)
			if c.expiry != life-margin {
				t.Errorf("a token of %v is used for %v, want %v", life, c.expiry, life-margin)
			}
		})
	}
}

func TestEarliestMonthIsTheEarliestOnEarth(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-01T11:59:59Z": "2026-10", "2026-11-01T12:00:00Z": "2026-11", "2026-11-30T23:59:59Z": "2026-11",
		"2027-01-01T05:00:00Z": "2026-12", "2027-01-02T05:00:00+14:00": "2027-01",
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := earliestMonth("", now); got != want {
			t.Errorf("at %s: got %s, want %s", at, got, want)
		}
	}
	now := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
	if got := earliestMonth(models.InsertInPeriodPrevious, now); got != "2025-12" {
		t.Errorf("the period before January: got %s", got)
	}
}
