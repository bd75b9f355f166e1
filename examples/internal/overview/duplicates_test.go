package overview

import (
	"fmt"
	"testing"
)

func TestDuplicates(t *testing.T) {
	o := New(aRun(true))
	for i, rec := range []struct{ typ, id, outcome string }{
		{"vm", "a", Valid}, {"disk", "a", Valid}, {"vm", "A", Valid}, {"v", "ma", Valid},
		{"vm", "b", "invalid"}, {"vm", "b", Valid}, // a refused record is not there to be merged into
		{"vm", "a", Valid}, {"vm", "a", Valid}, {"vm", "a", "invalid"},
	} {
		o.Add(Item{Record: record(rec.typ, rec.id, ""), Outcome: rec.outcome, Place: fmt.Sprint("line ", i+2)})
	}
	got := fmt.Sprint(o.duplicates.found, o.duplicates.list, o.types.counts["vm"].duplicates)
	if want := "2 [{vm a line 8 line 2} {vm a line 9 line 2}] 2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPlacesArePacked(t *testing.T) {
	var p places
	for _, place := range []string{"line 1", "line 134217727", "record 12", "sheet “Q3”, row 8", "17"} {
		if got := p.text(p.number(place)); got != place {
			t.Errorf("%q: got %q", place, got)
		}
	}
	for _, place := range []string{"", "line", "line 134217728", "line 007", "line 99999999999999999999"} {
		if got := p.text(p.number(place)); got != "further up" {
			t.Errorf("%q: got %q, want it to be unknown", place, got)
		}
	}
	for i := range 100 {
		place := fmt.Sprintf("sheet %d, row 5", i)
		if got := p.text(p.number(place)); got != place && (i < 25 || got != "further up") {
			t.Errorf("%q: got %q", place, got)
		}
	}
}
