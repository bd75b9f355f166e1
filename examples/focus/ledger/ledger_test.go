package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/apd/v3"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/examples/focus/ledger"
	_ "github.com/klarity-go/klarity/internal/loopback" // no test reaches another machine
	"github.com/klarity-go/klarity/models"
)

var day = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

func record(typ, currency string, costs ...models.CostElement) *models.EstateRecord {
	return &models.EstateRecord{Type: typ, ID: "r", Costs: &models.Costs{Currency: currency, Values: costs}}
}

// begin returns the ledger of a bill of one day: 10 USD of aws, 2 of them negative, and 1 EUR.
func begin() *ledger.Ledger {
	return ledger.New([]bill.Total{
		{Provider: "aws", Currency: "EUR", Day: "2026-10-01", File: *apd.New(1, 0)},
		{Provider: "aws", Currency: "USD", Day: "2026-10-01", File: *apd.New(10, 0), Negative: *apd.New(-2, 0)},
	})
}

func text(lines []ledger.Line) string {
	var b strings.Builder
	for i := range lines {
		l := &lines[i]
		fmt.Fprintln(&b, l.Provider, l.Currency, l.Day, bill.AmountText(&l.File), bill.AmountText(&l.Sent), bill.AmountText(&l.Negative), bill.AmountText(&l.NotSent), bill.AmountText(&l.Difference))
	}
	return b.String()
}

func TestLedger(t *testing.T) {
	euro := record("aws/s3", "EUR", api.Cost(day, "1"))
	twelve := record("aws/s3", "USD", api.Cost(day, "12"), api.ClearedCost(day.AddDate(0, 0, 1)))
	for name, test := range map[string]struct {
		add      func(l *ledger.Ledger)
		complete bool
		want     string
		holds    bool
	}{
		"all": {func(l *ledger.Ledger) { l.Add(euro, true); l.Add(twelve, true) }, true,
			"aws EUR 2026-10-01 1 1 0 0 0\naws USD 2026-10-01 10 12 -2 0 0\n", true},
		"not accepted": {func(l *ledger.Ledger) { l.Add(euro, false); l.Add(twelve, true) }, true,
			"aws EUR 2026-10-01 1 0 0 1 0\naws USD 2026-10-01 10 12 -2 0 0\n", true},
		"lost": {func(l *ledger.Ledger) { l.Add(twelve, true) }, true,
			"aws EUR 2026-10-01 1 0 0 0 1\naws USD 2026-10-01 10 12 -2 0 0\n", false},
		"interrupted": {func(l *ledger.Ledger) { l.Add(twelve, true) }, false,
			"aws EUR 2026-10-01 1 0 0 1 0\naws USD 2026-10-01 10 12 -2 0 0\n", true},
		"twice": {func(l *ledger.Ledger) { l.Add(euro, true); l.Add(twelve, true); l.Add(euro, true) }, false,
			"aws EUR 2026-10-01 1 2 0 0 -1\naws USD 2026-10-01 10 12 -2 0 0\n", false},
		"another day": {func(l *ledger.Ledger) {
			l.Add(euro, true)
			l.Add(record("aws", "USD", api.Cost(day.AddDate(0, 0, 1), "12")), true)
		}, true,
			"aws EUR 2026-10-01 1 1 0 0 0\naws USD 2026-10-01 10 0 -2 0 12\naws USD 2026-10-02 0 12 0 0 -12\n", false},
		"a little": {func(l *ledger.Ledger) {
			l.Add(record("aws", "EUR", api.Cost(day, "1.00000000000000000000000000000000000001")), true)
			l.Add(twelve, true)
		}, true,
			"aws EUR 2026-10-01 1 1.00000000000000000000000000000000000001 0 0 -0.00000000000000000000000000000000000001\naws USD 2026-10-01 10 12 -2 0 0\n", false},
		"begun again": {func(l *ledger.Ledger) { l.Add(euro, true); l.Begin(); l.Add(euro, true); l.Add(twelve, true) }, true,
			"aws EUR 2026-10-01 1 1 0 0 0\naws USD 2026-10-01 10 12 -2 0 0\n", true},
		"without costs": {func(l *ledger.Ledger) {
			l.Add(euro, true)
			l.Add(twelve, true)
			l.Add(&models.EstateRecord{Type: "aws"}, true)
			l.Add(nil, true)
		}, true,
			"aws EUR 2026-10-01 1 1 0 0 0\naws USD 2026-10-01 10 12 -2 0 0\n", true},
	} {
		l := begin()
		test.add(l)
		days := l.Days(test.complete)
		if got := text(days); got != test.want || ledger.Holds(days) != test.holds {
			t.Errorf("%s: got %t\n%s\nwant %t\n%s", name, ledger.Holds(days), got, test.holds, test.want)
		}
	}
}

// Costs that are left out as negative days, and are not negative, are an error of the program.
func TestPositiveNegative(t *testing.T) {
	l := ledger.New([]bill.Total{{Provider: "aws", Currency: "EUR", Day: "2026-10-01", File: *apd.New(1, 0), Negative: *apd.New(1, 0)}})
	l.Add(record("aws/s3", "EUR", api.ClearedCost(day)), true)
	if days := l.Days(true); ledger.Holds(days) {
		t.Errorf("got a ledger that holds: %s", text(days))
	}
}

func TestSum(t *testing.T) {
	days := []ledger.Line{
		{Provider: "a", Currency: "EUR", Day: "1", File: *apd.New(1, 0), Sent: *apd.New(1, -1)}, {Provider: "a", Currency: "EUR", Day: "2", File: *apd.New(2, 0), Sent: *apd.New(2, -2)},
		{Provider: "a", Currency: "USD", Day: "1", File: *apd.New(4, 0)}, {Provider: "b", Currency: "USD", Day: "1", Difference: *apd.New(1, -30)},
	}
	sums := ledger.Sum(days)
	want := "a EUR  3 0.12 0 0 0\na USD  4 0 0 0 0\nb USD  0 0 0 0 0.000000000000000000000000000001\n"
	if got := text(sums); got != want || ledger.Holds(sums) || !ledger.Holds(sums[:2]) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
