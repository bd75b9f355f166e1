package faults

import (
	"slices"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/models"
)

// recordState is the state of a record that may be created, deleted and created again.
type recordState struct {
	Current, Previous bool // the periods that it exists in; if none, it is deleted
	Version           int  // of its last upsert; -1: it is deleted, or no upsert of this run reached it
	OriginalNID       bool // it exists, with the nid that it has in the initial estate
	Enrichment        int  // the version of the enrichment of that nid; -1: none
}

func (r recordState) exists() bool { return r.Current || r.Previous }

// apply returns the state after a change.
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
		if r.OriginalNID { // deleting the record deletes its enrichment, too
			r.OriginalNID, r.Enrichment = false, -1
		}
	}
	return r
}

// observedState returns the state of a record in the backend.
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

// checkRecordStates checks the estate after an Apply run: each record is in a state that its
// changes can lead to, in their order. All accepted changes have been applied; of those that
// were sent and whose outcome is unknown, any may have been.
func (c *checker) checkRecordStates() {
	versions := map[string][]int{}
	for i := range c.obs.results {
		id := c.input.versions[i].id
		versions[id] = append(versions[id], i)
	}
	for id := range c.state.Estate {
		if _, ok := c.input.lastVersion[id]; !ok {
			c.problemf("the estate has the record %s, which is not of this run", id)
		}
	}
	for id := range c.input.lastVersion {
		want := c.possibleStates(id, versions[id], false)
		got := observedState(c.state, id, c.input.nids[id])
		switch {
		case slices.Contains(want, got):
		case !c.scenario.strict && slices.Contains(c.possibleStates(id, versions[id], true), got):
			c.Overtaken++
		default:
			c.Lost++
			c.problemf("%s: got %+v, want one of %+v%s", id, got, want, c.history(id))
		}
	}
}

// possibleStates returns the states that a record's changes can lead to. With late, these
// include states in which an abandoned request was applied after a later change.
func (c *checker) possibleStates(id string, versions []int, late bool) []recordState {
	_, existed := c.scenario.plan.InitialEstate[id]
	states := []recordState{{Current: existed, OriginalNID: existed, Version: -1, Enrichment: -1}}
	for n, i := range versions {
		res := c.obs.results[i]
		if c.input.versions[i].kind != validItem || res.Attempts == 0 {
			continue // the API never applies poison, even if its response is lost
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

// applyToEach returns the states after a version is applied to each of the states.
func (c *checker) applyToEach(states []recordState, version int) (changed []recordState) {
	change := c.input.versions[version].change
	if change.period == "" {
		change.period = models.Period(c.scenario.period)
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
