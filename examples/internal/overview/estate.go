package overview

import (
	"cmp"
	"slices"
	"strings"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// maxCompared is how many types the outputs compare.
const maxCompared = 40

// comparison is how many records of a type were accepted, and how many the estate holds.
type comparison struct {
	typ             string // "" for all types for which there was no room
	accepted, holds int
	why             []string // they differ
}

// SetEstate says how many records of each type an emulator's estate held before the run, and how
// many after it: both are what [apitest.Emulator.Totals] returns. The outputs then compare that
// with what was accepted.
//
// The totals do not tell a record that the run changed from one that it did not name. So the
// reasons are a reading of the numbers: they hold if nobody else wrote meanwhile.
func (o *Overview) SetEstate(before, after []apitest.Total) {
	counts := make(map[string][2]int) // before and after
	for i, totals := range [][]apitest.Total{before, after} {
		for _, t := range totals {
			typ := t.Type
			if o.types.counts[typ] == nil && o.types.others.records > 0 {
				typ = "" // it may be one of those
			}
			c := counts[typ]
			c[i] += t.Records
			counts[typ] = c
		}
	}
	accepted := make(map[string]typeCount)
	for typ := range counts {
		accepted[typ] = typeCount{}
	}
	for typ, c := range o.types.counts {
		accepted[typ] = *c
	}
	if o.types.others.records > 0 {
		accepted[""] = o.types.others
	}
	o.estate = make([]comparison, 0, len(accepted))
	for typ, a := range accepted {
		c := comparison{typ: typ, accepted: a.records, holds: counts[typ][1]}
		if a.records != c.holds || a.duplicates > 0 {
			c.why = o.why(a, counts[typ][0], c.holds)
		}
		o.estate = append(o.estate, c)
	}
	slices.SortFunc(o.estate, func(a, b comparison) int { // those that differ first, other types last
		return cmp.Or(rank(a.why == nil, b.why == nil), rank(a.typ == "", b.typ == ""), strings.Compare(a.typ, b.typ))
	})
}

// rank orders false before true.
func rank(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// why says why an estate that held some records before holds another number of them than were
// accepted. If nothing was removed, and nothing came from elsewhere, it holds those of before and
// those that were accepted, and those that are both once.
func (o *Overview) why(accepted typeCount, before, after int) (why []string) {
	different := accepted.records - accepted.duplicates
	missing := different + before - after
	updated := max(0, min(missing, before, different))
	removed := max(0, missing-updated)
	kept := max(0, before-updated-removed)

	say := func(n int, one, many string) {
		switch {
		case n == 1:
			why = append(why, "1 "+one)
		case n > 1:
			why = append(why, console.Count(n)+" "+many)
		}
	}
	say(accepted.duplicates, "is a duplicate", "are duplicates")
	say(updated, "was there before and was updated", "were there before and were updated")
	say(kept, "was there before and is not in the input", "were there before and are not in the input")
	say(removed, "was removed", "were removed")
	elsewhere := "came from elsewhere"
	if o.outcomes["failed"]+o.outcomes["canceled"] > 0 {
		elsewhere += ", or arrived although no response said so"
	}
	say(-missing, elsewhere, elsewhere)
	return why
}

func (c *comparison) name() string {
	if c.typ == "" {
		return "other types"
	}
	return c.typ
}
