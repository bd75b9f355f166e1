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

// grace is how long a run may exceed its deadline, on a busy machine.
const grace = 2 * time.Second

// checker compares a run's results with what the backend received.
type checker struct {
	*runResult
	scenario *scenario
	input    *input
	obs      observation
	state    backend.State
	recorder *recorder

	received map[int]int               // the number of requests with each version
	applied  map[int][]backend.Request // the requests that applied each version
}

// verify checks a run, and returns its result with all problems found.
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
		result.problemf("the run took %v, want at most %v, its deadline and some grace", obs.took, s.deadline+grace)
	}
	if obs.cancelLag > grace {
		result.problemf("the run went on for %v after it was canceled, want at most %v", obs.cancelLag, grace)
	}
	if s.measureBound != nil {
		if result.Bound = s.measureBound(c); result.Bound.Got > result.Bound.Max {
			result.problemf("%s: got %d, want at most %d", result.Bound.Quantity, result.Bound.Got, result.Bound.Max)
		}
	}
	if obs.pendingHalfway > 0 {
		result.problemf("the input waited in its middle, and %d records got no result, want 0", obs.pendingHalfway)
	}
	if state.LastFault.After(time.Time{}) {
		result.Recovery, result.Recovered = rec.recoveryTime(state.LastFault)
	}
	if s.plan.Outage.AtRequest > 0 && !result.Recovered {
		result.problemf("no request was accepted after the outage, from %v to %v", state.OutageStart, state.OutageEnd)
	}
	return result
}

// checkReport checks that each input has one result, in order, and that the report agrees.
func (c *checker) checkReport() bool {
	r, count := c.obs.report, map[api.Outcome]int{}
	for i, res := range c.obs.results {
		count[res.Outcome]++
		if res.Index != i {
			c.problemf("result %d: got index %d, want %d", i, res.Index, i)
			return false
		}
	}
	sum := r.Accepted + r.Invalid + r.Rejected + r.Failed + r.Canceled
	if sum != c.obs.consumed || r.Inputs != c.obs.consumed || len(c.obs.results) != c.obs.consumed {
		c.problemf("%d inputs, but %d results, a report on %d inputs, and outcomes for %d", c.obs.consumed, len(c.obs.results), r.Inputs, sum)
		return false
	}
	if count[api.Accepted] != r.Accepted || count[api.Invalid] != r.Invalid || count[api.Rejected] != r.Rejected ||
		count[api.Failed] != r.Failed || count[api.Canceled] != r.Canceled {
		c.problemf("got the report %v, want the counts of the results, %v", r, count)
	}
	if all := c.obs.consumed == len(c.input.versions) && r.OK(); !c.scenario.uploader && (c.obs.err == nil) != all {
		c.problemf("the run returned the error %v, want one only if not all of the %d inputs are accepted: %v", c.obs.err, len(c.input.versions), r)
	}
	return true
}

// checkOutcomes checks each result against its item and against what the backend received.
func (c *checker) checkOutcomes() {
	for i, res := range c.obs.results {
		if want := c.wantOperation(i); res.Operation != want {
			c.problemf("record %d: got operation %q, want %q", i, res.Operation, want)
		}
		switch k := c.input.versions[i].kind; {
		case k == invalidItem && res.Outcome != api.Invalid:
			c.problemf("record %d: got %v, want %v: %v", i, res.Outcome, api.Invalid, res.Err)
		case k != invalidItem && res.Outcome == api.Invalid:
			c.problemf("record %d: got %v, but it breaks no rule: %v", i, res.Outcome, res.Err)
		case k == poisonItem && res.Outcome == api.Accepted:
			c.problemf("record %d: got accepted, but it is poison", i)
		case k == poisonItem && c.scenario.poisonOutcome != 0 && res.Outcome != c.scenario.poisonOutcome:
			c.problemf("record %d, which is poison: got %v, want %v: %v", i, res.Outcome, c.scenario.poisonOutcome, res.Err)
		case c.scenario.strict && k == validItem && res.Outcome != api.Accepted:
			c.problemf("record %d: got %v, want %v: %v", i, res.Outcome, api.Accepted, res.Err)
		}
		if (res.Err == nil) != (res.Outcome == api.Accepted) {
			c.problemf("record %d is %v and has the error %v, want an error if and only if it is not accepted", i, res.Outcome, res.Err)
		}
		if res.Outcome == api.Accepted && res.Attempts == 0 {
			c.problemf("record %d is accepted with 0 attempts, want at least 1", i)
		}
		if res.Outcome == api.Canceled && c.obs.canceledAt.IsZero() && c.obs.took < c.scenario.deadline {
			c.problemf("record %d is canceled, but the caller did not cancel: %v", i, res.Err)
		}
		// The backend may have seen fewer attempts than the SDK counts, as requests can be lost
		// on the way, but never more.
		if c.received[i] > res.Attempts {
			c.problemf("record %d: got %d attempts, want at least the %d that the backend received", i, res.Attempts, c.received[i])
		}
		if e := (*api.Error)(nil); errors.As(res.Err, &e) && len(e.Body) > 4<<10 {
			c.problemf("the error of record %d holds %d bytes of a response, want at most %d", i, len(e.Body), 4<<10)
		}
		if res.Outcome == api.Accepted && !c.acknowledged(i) {
			c.Lost++
			c.problemf("record %d is accepted, but no request with it was applied and got a 202", i)
		}
	}
}

// wantOperation is the operation that a version's result must have.
func (c *checker) wantOperation(version int) string {
	if c.scenario.operation == opApply {
		return c.input.versions[version].wantOperation()
	}
	return c.scenario.operation.resultName()
}

// acknowledged reports whether a request that applied the version got a 202.
func (c *checker) acknowledged(version int) bool {
	for _, r := range c.applied[version] {
		if c.recorder.attempt(r.Attempt).status == http.StatusAccepted {
			return true
		}
	}
	return false
}

// checkEstate checks the estate after upserts or enrichments: each record has its last accepted
// version, or a later one that was sent and whose outcome is unknown. A record without an
// accepted version has one that was sent, or is not in the estate.
func (c *checker) checkEstate() {
	type versions struct{ accepted, inEstate int }
	records := map[string]versions{}
	for i, res := range c.obs.results {
		id := c.input.versions[i].id
		record, ok := records[id]
		if !ok {
			record = versions{-1, -1}
		}
		if res.Outcome == api.Accepted {
			record.accepted = i
		}
		records[id] = record
	}
	estate := c.state.Estate
	if c.scenario.operation == opEnrich {
		estate = c.state.Enrichments
	}
	for id, version := range estate {
		record, ok := records[id]
		if !ok || version < 0 || version >= len(c.obs.results) || c.input.versions[version].id != id {
			c.problemf("%s: the estate has version %d, which is not of this run", id, version)
			continue
		}
		record.inEstate = version
		records[id] = record
		if c.obs.results[version].Attempts == 0 {
			c.problemf("%s: the estate has version %d, whose result counts 0 attempts", id, version)
		}
	}
	for id, record := range records {
		if record.inEstate == record.accepted || record.inEstate > record.accepted && !c.scenario.strict {
			continue
		}
		if !c.scenario.strict && record.inEstate >= 0 && c.mayHaveBeenOvertaken(record.inEstate, record.accepted) {
			c.Overtaken++
			continue
		}
		c.Lost++
		c.problemf("%s: the estate has version %d, want %d, the last accepted one%s", id, record.inEstate, record.accepted, c.history(id))
	}
}

// checkDeleted checks the estate after deletes: a record whose delete was accepted is not in
// it, and one whose delete was never sent is.
func (c *checker) checkDeleted() {
	accepted, sent := map[string]bool{}, map[string]bool{}
	for i, res := range c.obs.results {
		id := c.input.versions[i].id
		accepted[id] = accepted[id] || res.Outcome == api.Accepted
		sent[id] = sent[id] || res.Attempts > 0
	}
	for id := range c.input.lastVersion {
		switch _, exists := c.state.Estate[id]; {
		case accepted[id] && exists:
			c.Lost++
			c.problemf("%s: a delete is accepted, but the estate still has the record%s", id, c.history(id))
		case !sent[id] && !exists:
			c.problemf("%s: no delete was sent, but the record is not in the estate%s", id, c.history(id))
		}
	}
}

// processingTime is how long the emulator may take, on a busy machine, from reading the last
// byte of a request until its records are in the estate. Requests that arrive closer together
// may be applied in either order.
const processingTime = 100 * time.Millisecond

// mayHaveBeenOvertaken reports whether the estate may have the old version in place of the newer
// one because the network delivered a request late: the SDK had abandoned that request, without
// a response, before it sent the newer version. No client can recall a request in flight. If
// the newer version is accepted, only requests with it that got a 202 are considered.
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

// history describes all requests with a key, as recorded by both sides.
func (c *checker) history(id string) string {
	const clock = "05.000000"
	var b strings.Builder
	for _, r := range c.state.Requests {
		for _, v := range r.Versions {
			if v >= 0 && v < len(c.input.versions) && c.input.versions[v].id == id {
				attempt := c.recorder.attempt(r.Attempt)
				fmt.Fprintf(&b, "\n    version %d in request %s: driver: sent %s, ended %s, status %d; backend: read %s, status %d, applied %v",
					v, r.Attempt, attempt.started.Format(clock), attempt.ended.Format(clock), attempt.status, r.ReadAt.Format(clock), r.Status, r.Applied)
			}
		}
	}
	return b.String()
}
