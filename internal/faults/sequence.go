package faults

import (
	"slices"

	"github.com/klarity-go/klarity/internal/faults/backend"
)

// sentVersion is a version of a record in a request.
type sentVersion struct {
	attempt
	version int
	request backend.Request
}

// requestsByRecord returns the requests with each record's versions, in the order in which the
// SDK sent them. It is not ok if there is a version that is not of this run.
func (c *checker) requestsByRecord() (all map[string][]sentVersion, ok bool) {
	all = map[string][]sentVersion{}
	for _, r := range c.state.Requests {
		for _, v := range r.Versions {
			if v < 0 || v >= len(c.input.versions) {
				c.problemf("request %s has version %d, which is not of this run", r.Attempt, v)
				return nil, false
			}
			id := c.input.versions[v].id
			all[id] = append(all[id], sentVersion{c.recorder.attempt(r.Attempt), v, r})
		}
	}
	for _, requests := range all {
		slices.SortFunc(requests, func(a, b sentVersion) int { return a.started.Compare(b.started) })
	}
	return all, true
}

// checkNeverInFlightTogether checks that no two requests with versions of one record are in
// flight at the same time.
func (c *checker) checkNeverInFlightTogether(all map[string][]sentVersion) {
	for id, requests := range all {
		for i := 1; i < len(requests); i++ {
			if requests[i].started.Before(requests[i-1].ended) {
				c.problemf("two requests with %s are in flight at the same time%s", id, c.history(id))
				return // one example is enough
			}
		}
	}
}

// checkOrder checks that the versions of each record are sent in the order of the input, and,
// except for abandoned requests, also applied in that order.
func (c *checker) checkOrder(all map[string][]sentVersion) {
	for id, requests := range all {
		if inOrder(requests) && inOrder(appliedInOrder(requests)) {
			continue
		}
		c.OutOfOrder++
		c.problemf("the versions of %s are out of order%s", id, c.history(id))
	}
}

// appliedInOrder returns the requests that changed the estate, in the order in which the backend
// read them, without those that the SDK had abandoned when it sent the next one: the network
// may deliver these at any time.
func appliedInOrder(requests []sentVersion) []sentVersion {
	var applied []sentVersion
	for i, s := range requests {
		abandoned := s.status == 0 && i+1 < len(requests) && !requests[i+1].started.Before(s.ended)
		if s.request.Applied && !abandoned {
			applied = append(applied, s)
		}
	}
	slices.SortStableFunc(applied, func(a, b sentVersion) int { return a.request.ReadAt.Compare(b.request.ReadAt) })
	return applied
}

func inOrder(requests []sentVersion) bool {
	return slices.IsSortedFunc(requests, func(a, b sentVersion) int { return a.version - b.version })
}
