package overview

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// chartFrom returns the chart of records of one day each, "2026-11-01=5", in types of their own.
func chartFrom(t *testing.T, costs ...string) chart {
	t.Helper()
	o := New(aRun(true))
	for i, cost := range costs {
		o.Add(Item{Record: record(fmt.Sprintf("type-%02d", i), "a", "EUR", cost), Outcome: Valid})
	}
	c, ok := chartOf(&o.sections(maxPageRows)[0])
	if !ok {
		t.Fatal("there is no chart")
	}
	return c
}

func TestPeriodsOfAChart(t *testing.T) {
	for _, c := range []struct {
		first, last string
		unit        string
		bars        int
		omitted     string
	}{
		{"2026-11-01", "2026-11-01", "day", 1, ""},
		{"2026-02-27", "2026-03-01", "day", 3, ""},
		{"2026-01-01", "2026-04-02", "day", 92, ""},
		{"2026-01-01", "2026-04-03", "month", 4, ""},
		{"2022-01-31", "2026-12-01", "month", 60, ""},
		{"2021-12-31", "2026-12-01", "year", 6, ""},
		{"1960-06-01", "2026-12-01", "year", 60, "1.00 EUR of other days is not drawn."},
		{"1967-06-01", "2026-12-01", "year", 60, ""},
	} {
		got := chartFrom(t, c.first+"=1", c.last+"=2")
		if got.Unit != c.unit || len(got.Bars) != c.bars || got.Omitted != c.omitted {
			t.Errorf("%s to %s: got %d bars of a %s, %q; want %d of a %s, %q", c.first, c.last,
				len(got.Bars), got.Unit, got.Omitted, c.bars, c.unit, c.omitted)
		}
	}
}

func TestChartFoldsSmallTypes(t *testing.T) {
	var costs []string
	for i := range 20 {
		costs = append(costs, fmt.Sprintf("2026-11-%02d=%d", i+1, i+1))
	}
	c := chartFrom(t, costs...)
	if got, want := len(c.Series), maxSeries; got != want {
		t.Fatalf("got %d series, want %d", got, want)
	}
	if got, want := c.Series[maxSeries-1].Name, "13 other types"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	sum, total := new(big.Rat), new(big.Rat)
	for _, bar := range c.Bars {
		total.Add(total, rat(bar.Total))
		for _, amount := range bar.Amounts {
			sum.Add(sum, rat(amount))
		}
	}
	if want := big.NewRat(210, 1); sum.Cmp(want) != 0 || total.Cmp(want) != 0 {
		t.Errorf("got %s by type and %s in all, want %s", sum, total, want)
	}
}

func TestAxis(t *testing.T) {
	for value, want := range map[string]string{
		"1": "1 0.75 0.5 0.25 0", "630": "800 600 400 200 0", "210": "300 200 100 0", "0.003": "0.003 0.002 0.001 0",
		"1000": "1,000 750 500 250 0", "3900000": "4 m 3 m 2 m 1 m 0", "8000000000": "8 bn 6 bn 4 bn 2 bn 0",
		"99":                   "100 75 50 25 0",
		"12345678901234567890": "1.5e+19 1e+19 5e+18 m 0",
	} {
		c := chartFrom(t, "2026-11-01="+value)
		if got := strings.Join(c.Ticks, " "); got != want && !strings.Contains(want, "e+") {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
		if len(c.Ticks) != len(c.Grid) || len(c.Ticks) > 5 {
			t.Errorf("%s: got %d labels for %d lines", value, len(c.Ticks), len(c.Grid))
		}
	}
}

func TestNoChartWithoutCosts(t *testing.T) {
	for name, o := range cases() {
		for _, s := range o.sections(9) {
			if c, ok := chartOf(&s); ok != (s.total.total.String() != "0.00") {
				t.Errorf("%s, %s: got a chart %t: %+v", name, s.currency, ok, c)
			}
		}
	}
}
