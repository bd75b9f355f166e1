package faults

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/backend"
)

// grace is what a run may take beyond its deadline: a busy machine's.
const grace = 2 * time.Second

// checker holds what a run told against what the far side saw.
type checker struct {
	*runResult
	s        *scenario
	in       *input
	obs      observation
	state    backend.State
	recorder *recorder

	received map[int]int               // requests that came with a version
	applied  map[int][]backend.Request // those that put it into the estate
}

// check finds what does not hold.
func verify(s *scenario, in *input, obs observation, state backend.State, rec *recorder) *runResult {
	result := s.newResult()
	result.Report, result.Took, result.Err = obs.report, obs.took, fmt.Sprint(obs.err)
	c := &checker{result, s, in, obs, state, rec, map[int]int{}, map[int][]backend.Request{}}
	for _, r := range state.Requests {
		for _, v := range r.Versions {
			c.received[v]++
			if r.Applied {
				c.applied[v] = append(c.applied[v], r)
			}
		}
	}
	for _, requests := range c.applied {
		result.Duplicates += len(requests) - 1
	}
	if c.checkReport() {
		c.checkOutcomes()
		switch s.operation {
		case opDelete:
			c.checkDeleted()
		case opApply:
			c.checkRecordStates()
		default:
			c.checkEstate()
		}
		if all, ok := c.requestsByRecord(); ok {
			c.checkNeverInFlightTogether(all)
			c.checkOrder(all)
		}
	}
	if obs.took > s.deadline+grace {
		result.problemf("the run took %v, its deadline is %v", obs.took, s.deadline)
	}
	if obs.cancelLag > grace {
		result.problemf("the run went on for %v after the caller had given up", obs.cancelLag)
	}
	if s.measureBound != nil {
		if result.Bound = s.measureBound(c); result.Bound.Got > result.Bound.Max {
			result.problemf("%s: %d, want at most %d", result.Bound.Quantity, result.Bound.Got, result.Bound.Max)
		}
	}
	if obs.pendingHalfway > 0 {
		result.problemf("in the middle of the input %d records stay without a result", obs.pendingHalfway)
	}
	if state.LastFault.After(time.Time{}) {
		result.Recovery, result.Recovered = rec.recoveryTime(state.LastFault)
	}
	if s.plan.Outage.AtRequest > 0 && !result.Recovered {
		result.problemf("nothing is accepted after the outage, from %v to %v", state.OutageStart, state.OutageEnd)
	}
	return result
}

// counts: one result for each input, in order, and a report that says the same.
func (c *checker) checkReport() bool {
	r, count := c.obs.report, map[api.Outcome]int{}
	for i, res := range c.obs.results {
		count[res.Outcome]++
		if res.Index != i {
			c.problemf("result %d has index %d", i, res.Index)
			return false
		}
	}
	sum := r.Accepted + r.Invalid + r.Rejected + r.Failed + r.Canceled
	if sum != c.obs.consumed || r.Inputs != c.obs.consumed || len(c.obs.results) != c.obs.consumed {
		c.problemf("%d inputs, %d results, report on %d, outcomes add up to %d", c.obs.consumed, len(c.obs.results), r.Inputs, sum)
		return false
	}
	if count[api.Accepted] != r.Accepted || count[api.Invalid] != r.Invalid || count[api.Rejected] != r.Rejected ||
		count[api.Failed] != r.Failed || count[api.Canceled] != r.Canceled {
		c.problemf("the report is %v, the results are %v", r, count)
	}
	if all := c.obs.consumed == len(c.in.versions) && r.OK(); !c.s.uploader && (c.obs.err == nil) != all {
		c.problemf("the run returned %v, its report is %v of %d", c.obs.err, r, len(c.in.versions))
	}
	return true
}

// claims: what each result says is what the far side saw.
func (c *checker) checkOutcomes() {
	for i, res := range c.obs.results {
		if want := c.wantOperation(i); res.Operation != want {
			c.problemf("record %d is of operation %q, want %q", i, res.Operation, want)
		}
		switch k := c.in.versions[i].kind; {
		case (k == invalidItem) != (res.Outcome == api.Invalid):
			c.problemf("record %d, of kind %d, is %v: %v", i, k, res.Outcome, res.Err)
		case k == poisonItem && res.Outcome == api.Accepted:
			c.problemf("record %d, which the API cannot accept, is accepted", i)
		case k == poisonItem && c.s.poisonOutcome != 0 && res.Outcome != c.s.poisonOutcome:
			c.problemf("record %d, the API's poison, is %v, want %v: %v", i, res.Outcome, c.s.poisonOutcome, res.Err)
		case c.s.strict && k == validItem && res.Outcome != api.Accepted:
			c.problemf("record %d is %v: %v", i, res.Outcome, res.Err)
		}
		if (res.Err == nil) != (res.Outcome == api.Accepted) {
			c.problemf("record %d is %v with the error %v", i, res.Outcome, res.Err)
		}
		if res.Outcome == api.Accepted && res.Attempts == 0 {
			c.problemf("record %d is accepted without having been sent", i)
		}
		if res.Outcome == api.Canceled && c.obs.canceledAt.IsZero() && c.obs.took < c.s.deadline {
			c.problemf("record %d is canceled, and nobody did: %v", i, res.Err)
		}
		// A request that breaks off counts for the SDK and is not seen there, never the
		// other way round.
		if c.received[i] > res.Attempts {
			c.problemf("record %d came %d times and counts %d attempts", i, c.received[i], res.Attempts)
		}
		if e := (*api.Error)(nil); errors.As(res.Err, &e) && len(e.Body) > 4<<10 {
			c.problemf("record %d holds %d bytes of an answer", i, len(e.Body))
		}
		if res.Outcome == api.Accepted && !c.acknowledged(i) {
			c.Lost++
			c.problemf("record %d is accepted, but no request with it was applied and answered with 202", i)
		}
	}
}

// spoken is what a result has to say of its operation.
func (c *checker) wantOperation(version int) string {
	if c.s.operation == opApply {
		return c.in.versions[version].wantOperation()
	}
	return c.s.operation.resultName()
}

// answered reports whether a request that put the version into the estate got its 202.
func (c *checker) acknowledged(version int) bool {
	for _, r := range c.applied[version] {
		if c.recorder.attempt(r.Attempt).status == http.StatusAccepted {
			return true
		}
	}
	return false
}

// stands: each record has its last accepted version, or a later one that was sent and whose
// fate is not known; one without an accepted version has one that was sent, or none.
func (c *checker) checkEstate() {
	type standing struct{ accepted, version int }
	records := map[string]standing{}
	for i, res := range c.obs.results {
		id := c.in.versions[i].id
		h, ok := records[id]
		if !ok {
			h = standing{-1, -1}
		}
		if res.Outcome == api.Accepted {
			h.accepted = i
		}
		records[id] = h
	}
	estate := c.state.Estate
	if c.s.operation == opEnrich {
		estate = c.state.Enrichments
	}
	for id, version := range estate {
		h, ok := records[id]
		if !ok || version < 0 || version >= len(c.obs.results) || c.in.versions[version].id != id {
			c.problemf("the estate holds %s with version %d, which is not of this run", id, version)
			continue
		}
		h.version = version
		records[id] = h
		if c.obs.results[version].Attempts == 0 {
			c.problemf("the estate holds version %d of %s, which counts no attempt", version, id)
		}
	}
	for id, h := range records {
		if h.version == h.accepted || h.version > h.accepted && !c.s.strict {
			continue
		}
		if !c.s.strict && h.version >= 0 && c.mayHaveBeenOvertaken(h.version, h.accepted) {
			c.Overtaken++
			continue
		}
		c.Lost++
		c.problemf("%s: version %d is accepted, the estate holds %d%s", id, h.accepted, h.version, c.history(id))
	}
}

// gone: a record whose delete is accepted does not stand, and one whose delete was never
// sent does.
func (c *checker) checkDeleted() {
	accepted, sent := map[string]bool{}, map[string]bool{}
	for i, res := range c.obs.results {
		id := c.in.versions[i].id
		accepted[id] = accepted[id] || res.Outcome == api.Accepted
		sent[id] = sent[id] || res.Attempts > 0
	}
	for id := range c.in.lastVersion {
		switch _, exists := c.state.Estate[id]; {
		case accepted[id] && exists:
			c.Lost++
			c.problemf("%s: a delete is accepted, the estate still holds it%s", id, c.history(id))
		case !sent[id] && !exists:
			c.problemf("%s: no delete was sent, and it is gone%s", id, c.history(id))
		}
	}
}

// processing is how long the emulator may take from the last byte of a request until its
// records are in the estate, on a busy machine. Two requests that come closer together may
// be applied in either order.
const processingTime = 100 * time.Millisecond

// late reports whether the estate may hold the old version instead of the newer one because
// of a request that the SDK had given up, without an answer, before it sent the newer one: the
// network kept it and delivered it after that. No client can take back what is on the way.
// Of a newer version that is accepted, only the request that says so counts.
func (c *checker) mayHaveBeenOvertaken(old, newer int) bool {
	for _, r := range c.applied[old] {
		abandoned := c.recorder.attempt(r.Attempt)
		if abandoned.status != 0 || abandoned.ended.IsZero() {
			continue
		}
		for _, next := range c.applied[newer] {
			t := c.recorder.attempt(next.Attempt)
			relevant := t.status == http.StatusAccepted || c.obs.results[newer].Outcome != api.Accepted
			if relevant && t.started.After(abandoned.ended) && r.ReadAt.Add(processingTime).After(next.ReadAt) {
				return true
			}
		}
	}
	return false
}

// history is what both sides know of the requests with a key.
func (c *checker) history(id string) string {
	const clock = "05.000000"
	var b strings.Builder
	for _, r := range c.state.Requests {
		for _, v := range r.Versions {
			if v >= 0 && v < len(c.in.versions) && c.in.versions[v].id == id {
				t := c.recorder.attempt(r.Attempt)
				fmt.Fprintf(&b, "\n    version %d in request %s: sent %s, given up or answered %s with %d; read %s, answered with %d, applied: %v",
					v, r.Attempt, t.started.Format(clock), t.ended.Format(clock), t.status, r.ReadAt.Format(clock), r.Status, r.Applied)
			}
		}
	}
	return b.String()
}
