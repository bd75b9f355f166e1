package faults

import (
	"slices"

	"github.com/klarity-go/klarity/internal/faults/backend"
)

// sent is a request with one of a record's versions.
type sentVersion struct {
	attempt
	version int
	request backend.Request
}

// sequences are the requests with each record's versions, in the order in which the SDK
// sent them. It is not ok if there is a version that is not of this run.
func (c *checker) requestsByRecord() (all map[string][]sentVersion, ok bool) {
	all = map[string][]sentVersion{}
	for _, r := range c.state.Requests {
		for _, v := range r.Versions {
			if v < 0 || v >= len(c.in.versions) {
				c.problemf("request %s has version %d, which is not of this run", r.Attempt, v)
				return nil, false
			}
			id := c.in.versions[v].id
			all[id] = append(all[id], sentVersion{c.recorder.attempt(r.Attempt), v, r})
		}
	}
	for _, requests := range all {
		slices.SortFunc(requests, func(a, b sentVersion) int { return a.started.Compare(b.started) })
	}
	return all, true
}

// apart: no two versions of one record are on the way together.
func (c *checker) checkNeverInFlightTogether(all map[string][]sentVersion) {
	for id, requests := range all {
		for i := 1; i < len(requests); i++ {
			if requests[i].started.Before(requests[i-1].ended) {
				c.problemf("two requests with %s are on the way together%s", id, c.history(id))
				return // one tells enough
			}
		}
	}
}

// ordered: the versions of one record are sent in the order of the input, and applied in
// that order too, but for a request that the SDK had given up.
func (c *checker) checkOrder(all map[string][]sentVersion) {
	for id, requests := range all {
		if inOrder(requests) && inOrder(appliedInOrder(requests)) {
			continue
		}
		c.OutOfOrder++
		c.problemf("the versions of %s are out of order%s", id, c.history(id))
	}
}

// applied are the requests that changed the estate, as it read them, without those that had
// been given up when the next one was sent: these come when the network likes.
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
