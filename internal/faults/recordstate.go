package faults

import (
	"slices"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/models"
)

// held is what the estate holds of a record that comes, goes and comes back.
type recordState struct {
	Current, Previous bool // the periods that it is in; without one it is gone
	Version           int  // the upsert that it was left by; -1: it is gone, or none of this run's
	OriginalNID       bool // it stands, with the nid that it had in the beginning
	Enrichment        int  // the enrichment of that nid; -1: there is none
}

func (r recordState) exists() bool { return r.Current || r.Previous }

// after is what a change leaves.
func (r recordState) apply(version int, c change) recordState {
	switch c.operation {
	case opUpsert:
		r.Version = version
		if c.period == models.PeriodPrevious {
			r.Previous = true
		} else {
			r.Current = true
		}
	case opEnrich:
		r.Enrichment = version
	case opDelete:
		if !r.exists() || c.by != byID && !r.OriginalNID {
			return r
		}
		r.Current = r.Current && c.period == models.PeriodPrevious
		r.Previous = r.Previous && c.period == models.PeriodCurrent
		if r.exists() {
			return r
		}
		r.Version = -1
		if r.OriginalNID { // what the nid is enriched with goes with the record
			r.OriginalNID, r.Enrichment = false, -1
		}
	}
	return r
}

// heldAt is what the far side holds of a record.
func observedState(state backend.State, id, nid string) recordState {
	r := recordState{Version: -1, Enrichment: -1, OriginalNID: nid != "" && state.Details.NIDs[id] == nid}
	if version, ok := state.Estate[id]; ok {
		r.Version = version
	}
	if data, ok := state.Details.EnrichmentsByNID[id]; ok {
		r.Enrichment = data
	}
	for _, p := range state.Details.Periods[id] {
		r.Current = r.Current || p == models.PeriodCurrent
		r.Previous = r.Previous || p == models.PeriodPrevious
	}
	return r
}

// left: each record is as its changes left it, in their order: those that were accepted,
// and some or none of those that were sent and whose fate is not known.
func (c *checker) checkRecordStates() {
	versions := map[string][]int{}
	for i := range c.obs.results {
		id := c.in.versions[i].id
		versions[id] = append(versions[id], i)
	}
	for id := range c.state.Estate {
		if _, ok := c.in.lastVersion[id]; !ok {
			c.problemf("the estate holds %s, which is not of this run", id)
		}
	}
	for id := range c.in.lastVersion {
		want := c.possibleStates(id, versions[id], false)
		got := observedState(c.state, id, c.in.nids[id])
		switch {
		case slices.Contains(want, got):
		case !c.s.strict && slices.Contains(c.possibleStates(id, versions[id], true), got):
			c.Overtaken++
		default:
			c.Lost++
			c.problemf("%s: the estate holds %+v, want one of %+v%s", id, got, want, c.history(id))
		}
	}
}

// possible are the states that a record's changes can have left it in; with late, also
// those in which a request that the SDK had given up came after a later change.
func (c *checker) possibleStates(id string, versions []int, late bool) []recordState {
	_, existed := c.s.plan.InitialEstate[id]
	states := []recordState{{Current: existed, OriginalNID: existed, Version: -1, Enrichment: -1}}
	for n, i := range versions {
		res := c.obs.results[i]
		if c.in.versions[i].kind != validItem || res.Attempts == 0 {
			continue // the API does not take poison, whatever becomes of the answer
		}
		changed := c.applyToEach(states, i)
		if res.Outcome == api.Accepted {
			states = changed
		} else {
			states = union(states, changed)
		}
		for _, old := range versions[:n] {
			if late && c.mayHaveBeenOvertaken(old, i) {
				states = union(states, c.applyToEach(states, old))
			}
		}
	}
	return states
}

// each is what a version leaves of each of the states.
func (c *checker) applyToEach(states []recordState, version int) (changed []recordState) {
	change := c.in.versions[version].change
	if change.period == "" {
		change.period = models.Period(c.s.period)
	}
	for _, h := range states {
		changed = union(changed, []recordState{h.apply(version, change)})
	}
	return changed
}

func union(states, more []recordState) []recordState {
	states = slices.Clone(states)
	for _, h := range more {
		if !slices.Contains(states, h) {
			states = append(states, h)
		}
	}
	return states
}
