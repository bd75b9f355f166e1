package status

import (
	"slices"
	"time"
)

// Verdict says whether the backups of a record are good enough.
type Verdict string

// The verdicts.
const (
	OK   Verdict = "ok"   // the last backup of each set is not older than the policy allows
	Late Verdict = "late" // that of a set is
	None Verdict = "none" // there is no backup that counts
)

// Policy is what the verdicts are made by.
type Policy struct {
	Now time.Time // when the run began
	// MaxAge is how long ago the last backup may have begun. One that is exactly as old is ok.
	MaxAge time.Duration
	// Retired is the age from which a set does not count any more, as long as its record has a
	// newer one, because its paths were changed or it moved to another repository. 0 is never.
	Retired time.Duration
}

// Age is how long before Now a backup began; not less than 0.
func (p Policy) Age(b *Backup) time.Duration { return max(0, p.Now.Sub(b.Begun)) }

func (p Policy) late(s *Set) bool { return p.Age(s.Last) > p.MaxAge }

// Status is the state of the backups of one record.
type Status struct {
	Row     *Row
	Verdict Verdict
	// Decisive is the set that the verdict is made of: of those that count, the one whose last
	// backup is the oldest, so that one good copy does not hide one that is late. It is nil if the
	// verdict is None.
	Decisive *Set
	// Sets are all sets of the record, the newest first, and those without a backup that counts at
	// the end.
	Sets []*Set
}

// Retired reports whether a set of the status does not count.
func (s *Status) Retired(set *Set, p Policy) bool {
	return p.Retired > 0 && set.Last != nil && set != s.Sets[0] && p.Age(set.Last) > p.Retired
}

// Of is the verdict about one of the sets by itself.
func (p Policy) Of(s *Set) Verdict {
	switch {
	case s.Last == nil:
		return None
	case p.late(s):
		return Late
	}
	return OK
}

// Statuses are the states of all records of the map, in its order.
func (c *Catalog) Statuses(p Policy) []Status {
	byRow := map[*Row][]*Set{}
	for _, s := range c.order {
		for _, row := range s.rows {
			byRow[row] = append(byRow[row], s)
		}
	}
	statuses := make([]Status, 0, len(c.m.rows))
	for _, row := range c.m.rows {
		s := Status{Row: row, Verdict: None, Sets: byRow[row]}
		slices.SortStableFunc(s.Sets, newestFirst)
		for _, set := range s.Sets {
			if set.Last != nil && !s.Retired(set, p) {
				s.Decisive = set // the last one is the oldest
			}
		}
		if s.Decisive != nil {
			s.Verdict = p.Of(s.Decisive)
		}
		statuses = append(statuses, s)
	}
	return statuses
}

func newestFirst(a, b *Set) int {
	switch {
	case a.Last == nil && b.Last == nil:
		return 0
	case a.Last == nil:
		return 1
	case b.Last == nil:
		return -1
	}
	return b.Last.Begun.Compare(a.Last.Begun)
}
