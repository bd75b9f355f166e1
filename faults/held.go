package faults

import (
	"slices"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/faults/far"
	"github.com/klarity-go/klarity/models"
)

// held is what the estate holds of a record that comes, goes and comes back.
type held struct {
	Current, Previous bool // the periods that it is in; without one it is gone
	Version           int  // the upsert that it was left by; -1: it is gone, or none of this run's
	Same              bool // it stands, with the nid that it had in the beginning
	Data              int  // the enrichment of that nid; -1: there is none
}

func (h held) stands() bool { return h.Current || h.Previous }

// after is what a change leaves.
func (h held) after(version int, c change) held {
	switch c.operation {
	case upsert:
		h.Version = version
		if c.period == models.PeriodPrevious {
			h.Previous = true
		} else {
			h.Current = true
		}
	case enrich:
		h.Data = version
	case remove:
		if !h.stands() || c.by != byID && !h.Same {
			return h
		}
		h.Current = h.Current && c.period == models.PeriodPrevious
		h.Previous = h.Previous && c.period == models.PeriodCurrent
		if h.stands() {
			return h
		}
		h.Version = -1
		if h.Same { // what the nid is enriched with goes with the record
			h.Same, h.Data = false, -1
		}
	}
	return h
}

// heldAt is what the far side holds of a record.
func heldAt(state far.State, id, nid string) held {
	h := held{Version: -1, Data: -1, Same: nid != "" && state.Changed.NIDs[id] == nid}
	if version, ok := state.Estate[id]; ok {
		h.Version = version
	}
	if data, ok := state.Changed.Data[id]; ok {
		h.Data = data
	}
	for _, p := range state.Changed.Periods[id] {
		h.Current = h.Current || p == models.PeriodCurrent
		h.Previous = h.Previous || p == models.PeriodPrevious
	}
	return h
}

// left: each record is as its changes left it, in their order: those that were accepted,
// and some or none of those that were sent and whose fate is not known.
func (c *checker) left() {
	versions := map[string][]int{}
	for i := range c.j.results {
		id := c.in.versions[i].id
		versions[id] = append(versions[id], i)
	}
	for id := range c.state.Estate {
		if _, ok := c.in.last[id]; !ok {
			c.problem("the estate holds %s, which is not of this run", id)
		}
	}
	for id := range c.in.last {
		possible := c.possible(id, versions[id])
		is := heldAt(c.state, id, c.in.nids[id])
		switch {
		case slices.Contains(possible, is):
		case !c.s.strict && c.undone(versions[id]):
			c.Overtaken++
		default:
			c.Lost++
			c.problem("%s: the estate holds %+v, want one of %+v%s", id, is, possible, c.history(id))
		}
	}
}

// possible are the states that a record's changes can have left it in.
func (c *checker) possible(id string, versions []int) []held {
	_, stood := c.s.plan.Estate[id]
	states := []held{{Current: stood, Same: stood, Version: -1, Data: -1}}
	for _, i := range versions {
		v, res := c.in.versions[i], c.j.results[i]
		if v.kind != good || res.Attempts == 0 {
			continue // the API does not take poison, whatever becomes of the answer
		}
		change := v.change
		if change.period == "" {
			change.period = models.Period(c.s.period)
		}
		var next []held
		for _, h := range states {
			if res.Outcome != api.Accepted {
				next = append(next, h)
			}
			if h = h.after(i, change); !slices.Contains(next, h) {
				next = append(next, h)
			}
		}
		states = next
	}
	return states
}

// undone reports whether a request that the SDK had given up before may have undone one of
// a record's changes.
func (c *checker) undone(versions []int) bool {
	for n, old := range versions {
		for _, newer := range versions[n+1:] {
			if c.late(old, newer) {
				return true
			}
		}
	}
	return false
}
