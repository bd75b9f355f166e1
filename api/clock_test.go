package api

import (
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/models"
)

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
		if got := earliestMonth("", now).Format("2006-01"); got != want {
			t.Errorf("at %s: got %s, want %s", at, got, want)
		}
	}
	now := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
	if got := earliestMonth(models.InsertInPeriodPrevious, now).Format("2006-01"); got != "2025-12" {
		t.Errorf("the period before January: got %s", got)
	}
}
