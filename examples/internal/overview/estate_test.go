package overview

import (
	"fmt"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

func TestWhyAnEstateDiffers(t *testing.T) {
	for _, c := range []struct {
		accepted, duplicates, before, after int
		failed                              bool
		want                                string
	}{
		{3, 0, 0, 3, false, ""},
		{0, 0, 0, 0, false, ""},
		{3, 1, 0, 2, false, "1 is a duplicate"},
		{3, 0, 3, 3, false, ""}, // the same ones once more: nothing differs
		{3, 0, 5, 5, false, "3 were there before and were updated; 2 were there before and are not in the input"},
		{3, 0, 5, 8, false, "5 were there before and are not in the input"},
		{3, 0, 1, 4, false, "1 was there before and is not in the input"},
		{3, 2, 2, 2, false, "2 are duplicates; 1 was there before and was updated; 1 was there before and is not in the input"},
		{3, 0, 0, 1, false, "2 were removed"},
		{0, 0, 4, 4, false, "4 were there before and are not in the input"},
		{0, 0, 4, 1, false, "1 was there before and is not in the input; 3 were removed"},
		{0, 0, 0, 2, false, "2 came from elsewhere"},
		{3, 0, 0, 1500, false, "1,497 came from elsewhere"},
		{3, 0, 0, 4, true, "1 came from elsewhere, or arrived although no response said so"},
	} {
		o := New(aRun(false))
		o.types.counts["vm"] = &typeCount{c.accepted, c.duplicates}
		if c.failed {
			o.outcomes["failed"] = 1
		}
		o.SetEstate([]apitest.Total{{Type: "vm", Records: c.before}}, []apitest.Total{{Type: "vm", Records: c.after}})
		got := o.estate[0]
		if why := strings.Join(got.why, "; "); why != c.want || got.accepted != c.accepted || got.holds != c.after {
			t.Errorf("%+v: got %+v", c, got)
		}
	}
}

func TestEstateOfMoreTypesThanAreCounted(t *testing.T) {
	o := New(aRun(false))
	var after []apitest.Total
	for i := range maxTypes + 5 {
		typ := fmt.Sprintf("type-%04d", i)
		o.Add(Item{Record: record(typ, "a", ""), Outcome: "accepted"})
		after = append(after, apitest.Total{Type: typ, Records: 1})
	}
	o.SetEstate(nil, after)
	last := o.estate[len(o.estate)-1]
	if last.name() != "other types" || last.accepted != 5 || last.holds != 5 || last.why != nil {
		t.Errorf("got %+v, want 5 of other types in both", last)
	}
	if got := textOf(o, 0); !strings.Contains(got, "… and 961 more types") {
		t.Errorf("got\n%s\nwithout the number of types that are not shown", got)
	}
}
