package faults

import (
	"slices"

	"github.com/klarity-go/klarity/internal/faults/far"
)

// sent is a request with one of a record's versions.
type sent struct {
	try
	version int
	request far.Request
}

// sequences are the requests with each record's versions, in the order in which the SDK
// sent them. It is not ok if there is a version that is not of this run.
func (c *checker) sequences() (all map[string][]sent, ok bool) {
	all = map[string][]sent{}
	for _, r := range c.state.Requests {
		for _, v := range r.Versions {
			if v < 0 || v >= len(c.in.versions) {
				c.problem("request %s has version %d, which is not of this run", r.Attempt, v)
				return nil, false
			}
			id := c.in.versions[v].id
			all[id] = append(all[id], sent{c.line.named(r.Attempt), v, r})
		}
	}
	for _, of := range all {
		slices.SortFunc(of, func(a, b sent) int { return a.began.Compare(b.began) })
	}
	return all, true
}

// apart: no two versions of one record are on the way together.
func (c *checker) apart(all map[string][]sent) {
	for id, of := range all {
		for i := 1; i < len(of); i++ {
			if of[i].began.Before(of[i-1].ended) {
				c.problem("two requests with %s are on the way together%s", id, c.history(id))
				return // one tells enough
			}
		}
	}
}

// ordered: the versions of one record are sent in the order of the input, and applied in
// that order too, but for a request that the SDK had given up.
func (c *checker) ordered(all map[string][]sent) {
	for id, of := range all {
		if inOrder(of) && inOrder(applied(of)) {
			continue
		}
		c.OutOfOrder++
		c.problem("the versions of %s are out of order%s", id, c.history(id))
	}
}

// applied are the requests that changed the estate, as it read them, without those that had
// been given up when the next one was sent: these come when the network likes.
func applied(of []sent) []sent {
	var all []sent
	for i, s := range of {
		givenUp := s.status == 0 && i+1 < len(of) && !of[i+1].began.Before(s.ended)
		if s.request.Applied && !givenUp {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b sent) int { return a.request.Read.Compare(b.request.Read) })
	return all
}

func inOrder(of []sent) bool {
	return slices.IsSortedFunc(of, func(a, b sent) int { return a.version - b.version })
}
