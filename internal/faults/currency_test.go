package faults

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	iso "github.com/bojanz/currency"
	cldr "golang.org/x/text/currency"

	"github.com/klarity-go/klarity/internal/currency"
)

// TestCurrenciesAreThoseOfTheSources holds the list of the SDK and of the emulator against two
// sources. Neither is enough: github.com/bojanz/currency is made from the list of codes in use
// that the standard's maintainer publishes, but for the metals and others without a minor unit.
// golang.org/x/text/currency has those, and codes that are not in use any more, but its data is
// of 2017.
//
// The test is in this module so that no user of the SDK depends on them. Their versions are
// pinned here, so a code that comes or goes is seen when they are updated, and not in the middle
// of other work, as with Debian's iso-codes, of which each release has another version.
func TestCurrenciesAreThoseOfTheSources(t *testing.T) {
	set := func(lists ...string) map[string]bool {
		codes := map[string]bool{}
		for _, list := range lists {
			for _, code := range strings.Fields(list) {
				codes[code] = true
			}
		}
		return codes
	}
	active := set(iso.GetCurrencyCodes()...)
	want := maps.Clone(active)
	for code := range since(t, time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)) {
		want[code] = true
	}
	for code, why := range map[string]string{
		"XXX": "stands for no currency",
		"XTS": "is for tests",
		"CNH": "is not of ISO 4217, but the market's name for CNY abroad",
	} {
		if !want[code] {
			t.Errorf("%s, which %s, is no exception any more", code, why)
		}
		delete(want, code)
	}
	// Zimbabwe's dollar of 2009 was out of use within weeks, so the second source ends it then. The
	// standard had the code until 2024, when ZWG came.
	if want["ZWL"] {
		t.Error("ZWL is no exception any more")
	}
	want["ZWL"] = true

	if got := set(currency.Accepted); !maps.Equal(got, want) {
		t.Errorf("the SDK's list\nhas  %q beyond the sources\nlacks %q", beyond(got, want), beyond(want, got))
	}
	if got := beyond(set(currency.Withdrawn), active); len(got) != len(strings.Fields(currency.Withdrawn)) {
		t.Errorf("of the withdrawn codes %q are in use", beyond(set(currency.Withdrawn), set(got...)))
	}
	// What is active and not in the first source has no minor unit.
	for _, code := range beyond(set(currency.Active, currency.Units), active) {
		if code[0] != 'X' || !set(currency.Units)[code] {
			t.Errorf("%s is not in use", code)
		}
	}
}

// since returns the codes that the second source has in use on a day since the given one.
func since(t *testing.T, begin time.Time) map[string]bool {
	codes := map[string]bool{}
	for it := cldr.Query(cldr.Historical, cldr.NonTender); it.Next(); {
		if to, ended := it.To(); !ended || !to.Before(begin) {
			codes[it.Unit().String()] = true
		}
	}
	if len(codes) < 150 {
		t.Fatalf("the second source has %d codes, want 150 at least", len(codes))
	}
	return codes
}

// beyond returns what a has and b has not.
func beyond(a, b map[string]bool) (codes []string) {
	for _, code := range slices.Sorted(maps.Keys(a)) {
		if !b[code] {
			codes = append(codes, code)
		}
	}
	return codes
}
