package faults

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/far"
)

// grace is what a run may take beyond its deadline: a busy machine's.
const grace = 2 * time.Second

// checker holds what a run told against what the far side saw.
type checker struct {
	*outcome
	s     *scenario
	in    *input
	j     journal
	state far.State
	line  *recorder

	seen    map[int]int           // requests that came with a version
	applied map[int][]far.Request // those that put it into the estate
}

// check finds what does not hold.
func check(s *scenario, in *input, j journal, state far.State, line *recorder) *outcome {
	o := s.outcome()
	o.Report, o.Took, o.Err = j.report, j.took, fmt.Sprint(j.err)
	c := &checker{o, s, in, j, state, line, map[int]int{}, map[int][]far.Request{}}
	for _, r := range state.Requests {
		for _, v := range r.Versions {
			c.seen[v]++
			if r.Applied {
				c.applied[v] = append(c.applied[v], r)
			}
		}
	}
	for _, requests := range c.applied {
		o.Duplicates += len(requests) - 1
	}
	if c.counts() {
		c.claims()
		switch s.operation {
		case remove:
			c.gone()
		case apply:
			c.left()
		default:
			c.stands()
		}
		if all, ok := c.sequences(); ok {
			c.apart(all)
			c.ordered(all)
		}
	}
	if j.took > s.deadline+grace {
		o.problem("the run took %v, its deadline is %v", j.took, s.deadline)
	}
	if j.lag > grace {
		o.problem("the run went on for %v after the caller had given up", j.lag)
	}
	if s.measure != nil {
		if o.Bound = s.measure(c); o.Bound.Got > o.Bound.Allowed {
			o.problem("%s: %d, want at most %d", o.Bound.What, o.Bound.Got, o.Bound.Allowed)
		}
	}
	if j.behind > 0 {
		o.problem("in the middle of the input %d records stay without a result", j.behind)
	}
	if state.Healed.After(time.Time{}) {
		o.Recovery, o.Recovered = line.recovery(state.Healed)
	}
	if s.plan.Outage.At > 0 && !o.Recovered {
		o.problem("nothing is accepted after the outage, from %v to %v", state.OutageFrom, state.OutageTo)
	}
	return o
}

// counts: one result for each input, in order, and a report that says the same.
func (c *checker) counts() bool {
	r, count := c.j.report, map[api.Outcome]int{}
	for i, res := range c.j.results {
		count[res.Outcome]++
		if res.Index != i {
			c.problem("result %d has index %d", i, res.Index)
			return false
		}
	}
	sum := r.Accepted + r.Invalid + r.Rejected + r.Failed + r.Canceled
	if sum != c.j.taken || r.Inputs != c.j.taken || len(c.j.results) != c.j.taken {
		c.problem("%d inputs, %d results, report on %d, outcomes add up to %d", c.j.taken, len(c.j.results), r.Inputs, sum)
		return false
	}
	if count[api.Accepted] != r.Accepted || count[api.Invalid] != r.Invalid || count[api.Rejected] != r.Rejected ||
		count[api.Failed] != r.Failed || count[api.Canceled] != r.Canceled {
		c.problem("the report is %v, the results are %v", r, count)
	}
	if all := c.j.taken == len(c.in.versions) && r.OK(); !c.s.uploader && (c.j.err == nil) != all {
		c.problem("the run returned %v, its report is %v of %d", c.j.err, r, len(c.in.versions))
	}
	return true
}

// claims: what each result says is what the far side saw.
func (c *checker) claims() {
	for i, res := range c.j.results {
		if want := c.spoken(i); res.Operation != want {
			c.problem("record %d is of operation %q, want %q", i, res.Operation, want)
		}
		switch k := c.in.versions[i].kind; {
		case (k == wrong) != (res.Outcome == api.Invalid):
			c.problem("record %d, of kind %d, is %v: %v", i, k, res.Outcome, res.Err)
		case k == poison && res.Outcome == api.Accepted:
			c.problem("record %d, which the API cannot accept, is accepted", i)
		case k == poison && c.s.poisonIs != 0 && res.Outcome != c.s.poisonIs:
			c.problem("record %d, the API's poison, is %v, want %v: %v", i, res.Outcome, c.s.poisonIs, res.Err)
		case c.s.strict && k == good && res.Outcome != api.Accepted:
			c.problem("record %d is %v: %v", i, res.Outcome, res.Err)
		}
		if (res.Err == nil) != (res.Outcome == api.Accepted) {
			c.problem("record %d is %v with the error %v", i, res.Outcome, res.Err)
		}
		if res.Outcome == api.Accepted && res.Attempts == 0 {
			c.problem("record %d is accepted without having been sent", i)
		}
		if res.Outcome == api.Canceled && c.j.gaveUp.IsZero() && c.j.took < c.s.deadline {
			c.problem("record %d is canceled, and nobody did: %v", i, res.Err)
		}
		// A request that breaks off counts for the SDK and is not seen there, never the
		// other way round.
		if c.seen[i] > res.Attempts {
			c.problem("record %d came %d times and counts %d attempts", i, c.seen[i], res.Attempts)
		}
		if e := (*api.Error)(nil); errors.As(res.Err, &e) && len(e.Body) > 4<<10 {
			c.problem("record %d holds %d bytes of an answer", i, len(e.Body))
		}
		if res.Outcome == api.Accepted && !c.answered(i) {
			c.Lost++
			c.problem("record %d is accepted, but no request with it was applied and answered with 202", i)
		}
	}
}

// spoken is what a result has to say of its operation.
func (c *checker) spoken(version int) string {
	if c.s.operation == apply {
		return c.in.versions[version].spoken()
	}
	return c.s.operation.result()
}

// answered reports whether a request that put the version into the estate got its 202.
func (c *checker) answered(version int) bool {
	for _, r := range c.applied[version] {
		if c.line.named(r.Attempt).status == http.StatusAccepted {
			return true
		}
	}
	return false
}

// stands: each record has its last accepted version, or a later one that was sent and whose
// fate is not known; one without an accepted version has one that was sent, or none.
func (c *checker) stands() {
	type standing struct{ accepted, version int }
	records := map[string]standing{}
	for i, res := range c.j.results {
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
	if c.s.operation == enrich {
		estate = c.state.Enriched
	}
	for id, version := range estate {
		h, ok := records[id]
		if !ok || version < 0 || version >= len(c.j.results) || c.in.versions[version].id != id {
			c.problem("the estate holds %s with version %d, which is not of this run", id, version)
			continue
		}
		h.version = version
		records[id] = h
		if c.j.results[version].Attempts == 0 {
			c.problem("the estate holds version %d of %s, which counts no attempt", version, id)
		}
	}
	for id, h := range records {
		if h.version == h.accepted || h.version > h.accepted && !c.s.strict {
			continue
		}
		if !c.s.strict && h.version >= 0 && c.late(h.version, h.accepted) {
			c.Overtaken++
			continue
		}
		c.Lost++
		c.problem("%s: version %d is accepted, the estate holds %d%s", id, h.accepted, h.version, c.history(id))
	}
}

// gone: a record whose delete is accepted does not stand, and one whose delete was never
// sent does.
func (c *checker) gone() {
	accepted, sent := map[string]bool{}, map[string]bool{}
	for i, res := range c.j.results {
		id := c.in.versions[i].id
		accepted[id] = accepted[id] || res.Outcome == api.Accepted
		sent[id] = sent[id] || res.Attempts > 0
	}
	for id := range c.in.last {
		switch _, stands := c.state.Estate[id]; {
		case accepted[id] && stands:
			c.Lost++
			c.problem("%s: a delete is accepted, the estate still holds it%s", id, c.history(id))
		case !sent[id] && !stands:
			c.problem("%s: no delete was sent, and it is gone%s", id, c.history(id))
		}
	}
}

// processing is how long the emulator may take from the last byte of a request until its
// records are in the estate, on a busy machine. Two requests that come closer together may
// be applied in either order.
const processing = 100 * time.Millisecond

// late reports whether the estate may hold the old version instead of the newer one because
// of a request that the SDK had given up, without an answer, before it sent the newer one: the
// network kept it and delivered it after that. No client can take back what is on the way.
// Of a newer version that is accepted, only the request that says so counts.
func (c *checker) late(old, newer int) bool {
	for _, r := range c.applied[old] {
		gone := c.line.named(r.Attempt)
		if gone.status != 0 || gone.ended.IsZero() {
			continue
		}
		for _, next := range c.applied[newer] {
			t := c.line.named(next.Attempt)
			counts := t.status == http.StatusAccepted || c.j.results[newer].Outcome != api.Accepted
			if counts && t.began.After(gone.ended) && r.Read.Add(processing).After(next.Read) {
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
				t := c.line.named(r.Attempt)
				fmt.Fprintf(&b, "\n    version %d in request %s: sent %s, given up or answered %s with %d; read %s, answered with %d, applied: %v",
					v, r.Attempt, t.began.Format(clock), t.ended.Format(clock), t.status, r.Read.Format(clock), r.Status, r.Applied)
			}
		}
	}
	return b.String()
}
