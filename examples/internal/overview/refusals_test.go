package overview

import (
	"fmt"
	"testing"
)

func TestRefusalsAreGroupedByRule(t *testing.T) {
	o := New(aRun(true))
	for i, r := range []struct{ outcome, reason string }{
		{"invalid", `costs.values[0].value: must be a number; is "12,5"`},
		{"invalid", `costs.values[17].value: must be a number; is "a \"quote\" of 3"`},
		{"rejected", `costs.values[0].value: must be a number; is "12,5"`},
		{"invalid", `type: is required`},
		{"invalid", `costs.values[1].value: must be a number; is ""`},
		{"invalid", `type: is required`},
		{"an outcome of another program", `type: is required`},
	} {
		o.Add(Item{Outcome: r.outcome, Reason: r.reason, Place: fmt.Sprint("line ", i+2)})
	}
	got := ""
	for _, r := range o.refusals.sorted() {
		got += fmt.Sprintf("%d %s: %s: %s\n", r.items, r.outcome, r.where(), r.explain())
	}
	want := `3 invalid: line 2, line 3, line 6: costs.values[0].value: must be a number; is "12,5" (and others like it)
2 invalid: line 5, line 7: type: is required
1 rejected: line 4: costs.values[0].value: must be a number; is "12,5"
1 unknown: line 8: type: is required
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestOnlySomePlacesOfAReasonAreNamed(t *testing.T) {
	o := New(aRun(true))
	for i := range 1234 {
		o.Add(Item{Outcome: "failed", Reason: "503", Place: fmt.Sprint("line ", i)})
	}
	got := o.refusals.reasons[0].where()
	if want := "line 0, line 1, line 2, line 3, line 4 and 1,229 more"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
