package faults

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/faults/far"
)

// grace is what a run may take beyond its deadline: a busy machine's.
const grace = 2 * time.Second

// checker holds what a run told against what the far side saw.
type checker struct {
	*outcome
	in    input
	j     journal
	state far.State
	line  *recorder

	seen    map[int]int           // requests that came with a version
	applied map[int][]far.Request // those that put it into the estate
}

// check finds what does not hold.
func check(s *scenario, in input, j journal, state far.State, line *recorder) outcome {
	o := outcome{scenario: s, report: j.report, took: j.took, err: j.err}
	c := &checker{&o, in, j, state, line, map[int]int{}, map[int][]far.Request{}}
	for _, r := range state.Requests {
		for _, v := range r.Versions {
			c.seen[v]++
			if r.Applied {
				c.applied[v] = append(c.applied[v], r)
			}
		}
	}
	for _, requests := range c.applied {
		o.duplicates += len(requests) - 1
	}
	if c.counts() {
		c.claims()
		c.estate()
	}
	if j.took > s.deadline+grace {
		c.problem("the run took %v, its deadline is %v", j.took, s.deadline)
	}
	if j.lag > grace {
		c.problem("the run went on for %v after the caller had given up", j.lag)
	}
	if state.Healed.After(time.Time{}) {
		o.recovery, o.recovered = line.recovery(state.Healed)
	}
	return o
}

func (c *checker) problem(format string, args ...any) {
	const most = 8
	if len(c.problems) < most {
		c.problems = append(c.problems, fmt.Sprintf(format, args...))
	}
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
	if all := c.j.taken == len(c.in.records) && r.OK(); !c.scenario.uploader && (c.j.err == nil) != all {
		c.problem("the run returned %v, its report is %v of %d", c.j.err, r, len(c.in.records))
	}
	return true
}

// claims: what each result says is what the far side saw.
func (c *checker) claims() {
	for i, res := range c.j.results {
		switch k := c.in.kinds[i]; {
		case (k == wrong) != (res.Outcome == api.Invalid):
			c.problem("record %d, of kind %d, is %v: %v", i, k, res.Outcome, res.Err)
		case k == poison && res.Outcome == api.Accepted:
			c.problem("record %d, which the API cannot accept, is accepted", i)
		case c.scenario.strict && k == good && res.Outcome != api.Accepted:
			c.problem("record %d is %v: %v", i, res.Outcome, res.Err)
		}
		if (res.Err == nil) != (res.Outcome == api.Accepted) {
			c.problem("record %d is %v with the error %v", i, res.Outcome, res.Err)
		}
		if res.Outcome == api.Accepted && res.Attempts == 0 {
			c.problem("record %d is accepted without having been sent", i)
		}
		if res.Outcome == api.Canceled && c.scenario.cancelAfter == 0 && c.j.took < c.scenario.deadline {
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
			c.lost++
			c.problem("record %d is accepted, but no request with it was applied and answered with 202", i)
		}
	}
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

// estate: each key holds its last accepted version, or a later one that was sent and whose
// fate is not known; a key without an accepted version holds one that was sent, or none.
func (c *checker) estate() {
	type held struct{ accepted, version int }
	keys := map[string]held{}
	for i, res := range c.j.results {
		id := c.in.records[i].ID
		k, ok := keys[id]
		if !ok {
			k = held{-1, -1}
		}
		if res.Outcome == api.Accepted {
			k.accepted = i
		}
		keys[id] = k
	}
	for id, version := range c.state.Estate {
		k, ok := keys[id]
		if !ok || version < 0 || version >= len(c.j.results) || c.in.records[version].ID != id {
			c.problem("the estate holds %s with version %d, which is not of this run", id, version)
			continue
		}
		k.version = version
		keys[id] = k
		if c.j.results[version].Attempts == 0 {
			c.problem("the estate holds version %d of %s, which counts no attempt", version, id)
		}
	}
	for id, k := range keys {
		if k.version == k.accepted || k.version > k.accepted && !c.scenario.strict {
			continue
		}
		if !c.scenario.strict && k.version >= 0 && c.late(k.version, k.accepted) {
			c.overtaken++
			continue
		}
		c.lost++
		c.problem("%s: version %d is accepted, the estate holds %d%s", id, k.accepted, k.version, c.history(id))
	}
}

// processing is how long the emulator may take from the last byte of a request until its
// records are in the estate, on a busy machine. Two requests that come closer together may
// be applied in either order.
const processing = 100 * time.Millisecond

// late reports whether the estate holds the old version instead of the new one because of
// a request that the SDK had given up, without an answer, before it sent the new one: the
// network kept it and delivered it after that. No client can take back what is on the way.
func (c *checker) late(old, accepted int) bool {
	for _, r := range c.applied[old] {
		gone := c.line.named(r.Attempt)
		if gone.status != 0 || gone.ended.IsZero() {
			continue
		}
		for _, newer := range c.applied[accepted] {
			if t := c.line.named(newer.Attempt); t.status == http.StatusAccepted && t.began.After(gone.ended) && r.Read.Add(processing).After(newer.Read) {
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
			if v >= 0 && v < len(c.in.records) && c.in.records[v].ID == id {
				t := c.line.named(r.Attempt)
				fmt.Fprintf(&b, "\n    version %d in request %s: sent %s, given up or answered %s with %d; read %s, answered with %d, applied: %v",
					v, r.Attempt, t.began.Format(clock), t.ended.Format(clock), t.status, r.Read.Format(clock), r.Status, r.Applied)
			}
		}
	}
	return b.String()
}
