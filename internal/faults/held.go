package faults

import (
	"slices"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/far"
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
		possible := c.possible(id, versions[id], false)
		is := heldAt(c.state, id, c.in.nids[id])
		switch {
		case slices.Contains(possible, is):
		case !c.s.strict && slices.Contains(c.possible(id, versions[id], true), is):
			c.Overtaken++
		default:
			c.Lost++
			c.problem("%s: the estate holds %+v, want one of %+v%s", id, is, possible, c.history(id))
		}
	}
}

// possible are the states that a record's changes can have left it in; with late, also
// those in which a request that the SDK had given up came after a later change.
func (c *checker) possible(id string, versions []int, late bool) []held {
	_, stood := c.s.plan.Estate[id]
	states := []held{{Current: stood, Same: stood, Version: -1, Data: -1}}
	for n, i := range versions {
		res := c.j.results[i]
		if c.in.versions[i].kind != good || res.Attempts == 0 {
			continue // the API does not take poison, whatever becomes of the answer
		}
		changed := c.each(states, i)
		if res.Outcome == api.Accepted {
			states = changed
		} else {
			states = union(states, changed)
		}
		for _, old := range versions[:n] {
			if late && c.late(old, i) {
				states = union(states, c.each(states, old))
			}
		}
	}
	return states
}

// each is what a version leaves of each of the states.
func (c *checker) each(states []held, version int) (changed []held) {
	change := c.in.versions[version].change
	if change.period == "" {
		change.period = models.Period(c.s.period)
	}
	for _, h := range states {
		changed = union(changed, []held{h.after(version, change)})
	}
	return changed
}

func union(states, more []held) []held {
	states = slices.Clone(states)
	for _, h := range more {
		if !slices.Contains(states, h) {
			states = append(states, h)
		}
	}
	return states
}
