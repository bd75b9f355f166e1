package overview

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/models"
)

// TestWhatIsKeptIsBounded adds records each of which is a new one in everything: types, days,
// currencies, reasons, places.
func TestWhatIsKeptIsBounded(t *testing.T) {
	const records = 300_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	o := New(aRun(true))
	long := strings.Repeat("x", 10_000)
	value := "1.25"
	rec := record("", "", "")
	rec.Costs = &models.Costs{Values: make([]models.CostElement, 1)}
	rec.Costs.Values[0].Value = &value
	day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	o.Add(Item{Record: record("vm", "a", ""), Outcome: Valid})
	for i := range records - 1 {
		suffix := fmt.Sprint(i)
		rec.Type, rec.ID, rec.Name = "type "+suffix, "id "+suffix, long[i%9999:]
		rec.Costs.Currency = fmt.Sprint("C", i%(2*maxCurrencies))
		rec.Costs.Values[0].Date = strfmt.Date(day.AddDate(0, 0, i%100_000))
		place := fmt.Sprintf("sheet %d, row %d", i%100, i)
		o.Add(Item{Record: rec, Outcome: Valid, Place: place})
		o.Add(Item{Record: rec, Outcome: "invalid", Place: place, Reason: strings.Repeat("a", i%200) + "b" + suffix + long[:i%300]})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	days, tops := 0, 0
	for key, sum := range o.sums.pairs {
		days += len(sum.days)
		byDay := sum.rest
		for _, d := range sum.days {
			byDay.add(d)
		}
		if byDay.cmp(sum.total) != 0 {
			t.Errorf("%v: got %s by day, want %s", key, byDay, sum.total)
		}
	}
	for _, top := range o.sums.currencies {
		tops += len(top.list)
	}
	for _, c := range []struct {
		what      string
		got, most int
	}{
		{"pairs", len(o.sums.pairs), maxPairs + maxCurrencies + 1},
		{"currencies", len(o.sums.currencies), maxCurrencies + 1},
		{"days", days, maxDays},
		{"most expensive records", tops, maxTop * maxCurrencies},
		{"types", len(o.types.counts), maxTypes},
		{"hashes", len(o.duplicates.seen), min(records, maxNames)},
		{"duplicates", len(o.duplicates.list), maxDuplicates},
		{"prefixes", len(o.duplicates.places.prefixes), 31},
		{"reasons", len(o.refusals.reasons), maxReasons},
		{"refused rows", len(o.refusals.rows), maxRefusedRows},
		{"outcomes", len(o.outcomes), 5},
		{"megabytes", int(after.HeapAlloc-before.HeapAlloc) >> 20, 40},
		{"kilobytes of text", len(textOf(o, 0)) >> 10, 64},
		{"kilobytes of page", len(htmlOf(t, o)) >> 10, 4 << 10},
	} {
		t.Logf("%s: %d of %d", c.what, c.got, c.most)
		if c.got > c.most {
			t.Errorf("%s: got %d, want %d at most", c.what, c.got, c.most)
		}
	}
	if o.good != records || o.refusals.items != records-1 {
		t.Errorf("got %d records and %d refusals, want %d and one fewer", o.good, o.refusals.items, records)
	}
	counted := o.refusals.uncounted
	for _, r := range o.refusals.reasons {
		counted += r.items
	}
	if counted != records-1 {
		t.Errorf("got %d refusals by reason, want %d", counted, records-1)
	}
	inPairs := o.sums.unsummed
	for _, sum := range o.sums.pairs {
		inPairs += sum.records
	}
	if inPairs != records {
		t.Errorf("got %d records in sums, want %d", inPairs, records)
	}
	for _, want := range []string{
		"There are more than 1,000 pairs of type and currency", "Costs are kept by day for 65,536 pairs", "there are more than 300 currencies",
	} {
		if text := strings.Join(strings.Fields(textOf(o, 0)), " "); !strings.Contains(text, want) {
			t.Errorf("the text does not say %q", want)
		}
	}
	runtime.KeepAlive(o)
}

func TestFullSetOfNamesIsSaid(t *testing.T) {
	o := New(aRun(true))
	for i := range maxNames {
		o.duplicates.seen[uint64(i)] = 0
	}
	rec := record("vm", "a", "")
	for range 2 {
		o.Add(Item{Record: rec, Outcome: Valid})
	}
	if len(o.duplicates.seen) > maxNames {
		t.Errorf("got %d hashes, want %d at most", len(o.duplicates.seen), maxNames)
	}
	const want = "Duplicates were only looked for among the first 1,048,576 types and IDs."
	if got := textOf(o, 0); !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwithout %q", got, want)
	}
}

func TestLongCostIsSaid(t *testing.T) {
	o := New(aRun(true))
	o.Add(Item{Record: record("vm", "a", "EUR", "2026-11-01="+strings.Repeat("9", 65), "2026-11-02=1"), Outcome: Valid})
	const want = "1 cost of more than 64 characters was not added."
	if got := textOf(o, 0); !strings.Contains(got, want) || !strings.Contains(got, "1.00") {
		t.Errorf("got\n%s\nwithout %q", got, want)
	}
}

func BenchmarkAdd(b *testing.B) {
	var costs []string
	for d := range 30 {
		costs = append(costs, fmt.Sprintf("2026-11-%02d=12.3%d", d+1, d))
	}
	rec := record("licence/office", "", "EUR", costs...)
	o := New(aRun(true))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		rec.ID = fmt.Sprint(i)
		o.Add(Item{Record: rec, Outcome: Valid, Place: "line 17"})
	}
}
