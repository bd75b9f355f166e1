package page

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/console"
)

func TestChartsHaveABarForEachDay(t *testing.T) {
	all := charts([]apitest.Cost{
		{Date: "2026-02-27", Value: "10", Currency: "EUR"},
		{Date: "2026-02-28", Value: "1", Currency: "USD"},
		{Date: "2026-03-01", Value: "5.5", Currency: "EUR"},
		{Date: "2026-03-02", Value: "", Currency: "EUR"},
		{Date: "2026-03-03", Value: "0.001", Currency: "EUR"},
	})
	if len(all) != 2 || all[0].Currency != "EUR" || all[1].Currency != "USD" {
		t.Fatalf("got %+v, want one for EUR and one for USD", all)
	}
	c := all[0]
	if c.Total != "15.501" || c.Rounded != "15.50" || c.Days != 4 || c.Most != "10" || c.First != "27 Feb 2026" || c.Last != "3 Mar 2026" {
		t.Errorf("got %+v", c)
	}
	var got []string
	for _, b := range c.Bars {
		got = append(got, fmt.Sprint(b.X, " ", b.Height))
	}
	// 28 February has no value, and the smallest one can be seen.
	if want := "2 100.00, 22 55.00, 32 0.00, 42 1.00"; strings.Join(got, ", ") != want {
		t.Errorf("bars: got %s, want %s", strings.Join(got, ", "), want)
	}
}

func TestLongCostsAreDrawnInPart(t *testing.T) {
	var costs []apitest.Cost
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 1000 {
		costs = append(costs, apitest.Cost{Date: first.AddDate(0, 0, i).Format(time.DateOnly), Value: "1", Currency: "EUR"})
	}
	c := charts(costs)[0]
	if len(c.Bars) != maxBars || !c.Skipped || c.Days != 1000 || c.Total != "1000" || c.Last != "26 Sep 2026" {
		t.Errorf("got %d bars to %s of %d days, %s in all, want the latest %d", len(c.Bars), c.Last, c.Days, c.Total, maxBars)
	}
}

// Values that no invoice has must not hang or break the page.
func TestAbsurdValues(t *testing.T) {
	huge := strings.Repeat("9", 100_000)
	for _, c := range charts([]apitest.Cost{{Date: "2026-01-01", Value: huge, Currency: "EUR"}, {Date: "2026-01-02", Value: "1", Currency: "EUR"}, {Date: "2026-01-01", Value: ".", Currency: "USD"}}) {
		for _, b := range c.Bars {
			if strings.Contains(b.Height+b.Y, "N") || strings.Contains(b.Height+b.Y, "I") || len(b.Title) > 2*maxShown {
				t.Errorf("got the bar %.100v", b)
			}
		}
		if len(c.Total) > maxDigits || len(c.Label()) > 3*maxShown {
			t.Errorf("got the total %.100s", c.Total)
		}
	}
}

func TestMoney(t *testing.T) {
	for in, want := range map[string]string{
		"1234567.5": "1,234,567.50", "0": "0.00", ".5": "0.50", "999": "999.00", "1000": "1,000.00", "-96.00": "−96.00", "": "", "0.12345": "0.12345", "x": "x", "1e5": "1e5",
	} {
		if got := money(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	long := strings.Repeat("ä", 400)
	if got := clip(long); !strings.HasPrefix(long, got[:maxShown]) || !strings.HasSuffix(got, "… (800 bytes)") || strings.ToValidUTF8(got, "") != got {
		t.Errorf("got %q", got)
	}
	if got := clip("short"); got != "short" {
		t.Errorf("got %q", got)
	}
	if got := console.Counted(1, "day") + ", " + console.Counted(1234, "day"); got != "1 day, 1,234 days" {
		t.Errorf("got %q", got)
	}
}
