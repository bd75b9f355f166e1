package overview

import (
	"fmt"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/console"
)

func TestTextOfTheSheet(t *testing.T) {
	o := ofSheet(t)
	for name, columns := range map[string]int{"log": 0, "terminal": 200, "narrow": 60, "very-narrow": 36} {
		got := textOf(o, columns)
		golden(t, "sheet-"+name+".txt", got)
		limit := maxColumns
		if columns > 0 {
			limit = min(limit, columns-1)
		}
		if n := widest(got); n > limit {
			t.Errorf("%s: got a line of %d columns, want %d at most", name, n, limit)
		}
	}
}

// cases are the runs whose text and page are read by heart: few records, or none.
func cases() map[string]*Overview {
	accepted, list := api.Accepted.String(), map[string]*Overview{}
	add := func(name string, run Run, items ...Item) *Overview {
		o := New(run)
		for i, it := range items {
			if it.Place == "" {
				it.Place = fmt.Sprintf("line %d", i+2)
			}
			o.Add(it)
		}
		list[name] = o
		return o
	}
	add("empty", aRun(true))
	add("only-refused", aRun(true),
		Item{Record: record("vm", "a", ""), Outcome: "invalid", Reason: `type: is "x"`},
		Item{Outcome: "invalid", Reason: "the row is empty"},
		Item{Key: api.Key{Type: "vm", ID: "c"}, Outcome: "invalid", Reason: `type: is "y"`})
	add("refused-by-the-api", aRun(false),
		Item{Record: record("vm", "a", ""), Outcome: "rejected", Reason: "400 Bad Request"},
		Item{Record: record("vm", "b", ""), Outcome: "failed"},
		Item{Record: record("vm", "c", ""), Outcome: "canceled", Reason: "interrupted"})
	bare := record("disk", "b", "")
	bare.Name, bare.Tags = " ", nil
	add("no-costs", aRun(true),
		Item{Record: record("vm", "a", ""), Outcome: Valid}, Item{Record: bare, Outcome: Valid})
	add("only-cleared", aRun(true), Item{Record: record("vm", "a", "EUR", "2026-11-01"), Outcome: Valid})
	add("zero", aRun(true),
		Item{Record: record("vm", "a", "EUR", "2026-11-01=0", "2026-11-02="), Outcome: Valid})
	add("one", aRun(false), Item{Record: record("vm", "a", "EUR", "2026-11-01=1234567.5"), Outcome: accepted})
	add("different-days", aRun(true),
		Item{Record: record("vm", "a", "EUR", "2026-11-01=1", "2026-11-02=99999", "2026-11-04"), Outcome: Valid},
		Item{Record: record("disk", "b", "EUR", "2026-10-01=0.001", "2026-12-31=2.25"), Outcome: Valid})
	var five []Item
	for i, currency := range []string{"EUR", "USD", "SEK", "JPY", "PLN"} {
		for j := range 5 - i {
			r := record("vm", fmt.Sprint(currency, j), currency, fmt.Sprintf("2026-11-01=%d", 100*i+j))
			five = append(five, Item{Record: r, Outcome: Valid})
		}
	}
	add("five-currencies", aRun(true), five...)
	run := aRun(false)
	run.Target, run.Emulator = "an emulator in this program", true
	o := add("estate", run,
		Item{Record: record("vm", "a", "EUR", "2026-11-01=1"), Outcome: accepted},
		Item{Record: record("vm", "a", "EUR", "2026-11-01=2"), Outcome: accepted},
		Item{Record: record("vm", "b", "EUR", "2026-11-01=3"), Outcome: accepted},
		Item{Record: record("disk", "c", "EUR", "2026-11-01=4"), Outcome: accepted},
		Item{Record: record("switch", "d", "EUR", "2026-11-01=4"), Outcome: accepted},
		Item{Record: record("switch", "e", "EUR", "2026-11-01=4"), Outcome: "failed", Reason: "timeout"})
	o.SetEstate(
		[]apitest.Total{{Type: "vm", Records: 3}, {Type: "old", Records: 2}},
		[]apitest.Total{{Type: "vm", Records: 4}, {Type: "old", Records: 2}, {Type: "disk", Records: 1}, {Type: "switch", Records: 2}})
	return list
}

func TestTextOfFewRecords(t *testing.T) {
	for name, o := range cases() {
		got := textOf(o, 0)
		golden(t, name+".txt", got)
		for _, bad := range []string{"NaN", "Inf", "1 records", "%!", "<nil>", "  \n", "\n\n\n"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s: got\n%s\nwhich has %q in it", name, got, bad)
			}
		}
	}
}

func TestNumbersAreAlignedBesideWideCharacters(t *testing.T) {
	o := New(aRun(true))
	for _, typ := range []string{"vm", "日本語入力", "cafe\u0301", "🚀/👍🏽", "한글"} {
		o.Add(Item{Record: record(typ, typ, "EUR", "2026-11-01=1234.5"), Outcome: Valid, Place: "line 2"})
	}
	column := -1
	for line := range strings.Lines(textOf(o, 0)) {
		before, _, found := strings.Cut(line, "1,234.50")
		if !found {
			continue
		}
		if strings.Contains(line, "line 2") {
			break // the next table
		}
		if got := console.Width(before); column < 0 {
			column = got
		} else if got != column {
			t.Errorf("got %q with its number in column %d, want %d", line, got, column)
		}
	}
	if column < 0 {
		t.Error("found no number")
	}
}

// TestNoDigitIsLost holds the text, at any width, to the digits of a long number.
func TestNoDigitIsLost(t *testing.T) {
	const value, want = "1234567890123456789012345.678901234567890123", "1,234,567,890,123,456,789,012,345.678901234567890123"
	o := New(aRun(true))
	o.Add(Item{Record: record("a/long/type/of/a/record/"+strings.Repeat("x", 200), "i", "EUR", "2026-11-01="+value), Outcome: Valid})
	for columns := 20; columns < 120; columns++ {
		text := textOf(o, columns)
		if n := widest(text); n >= columns {
			t.Errorf("%d columns: got a line of %d\n%s", columns, n, text)
		}
		if joined := strings.Join(strings.Fields(text), ""); !strings.Contains(joined, want) {
			t.Errorf("%d columns: got\n%s\nwithout %s", columns, text, want)
		}
	}
}

func TestTextShowsTheLargestOfMany(t *testing.T) {
	o := New(aRun(true))
	for i := range 30 {
		o.Add(Item{Record: record(fmt.Sprintf("type-%02d", i), "a", "EUR", fmt.Sprintf("2026-11-01=%d", i+1)), Outcome: Valid})
	}
	text := textOf(o, 0)
	for _, want := range []string{"type-29", "type-16", "  16 other types       16  136.00", "  total                30  465.00"} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwithout %q", text, want)
		}
	}
	if strings.Contains(text, "type-15") {
		t.Errorf("got\n%s\nwith type-15, which is small", text)
	}
}
