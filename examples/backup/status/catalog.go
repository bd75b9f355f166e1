package status

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Set is what is kept of the backups that one host has of the same paths in one repository. Of borg,
// which does not tell paths, it is what the host has under the names that a row of the map names, or
// all the rest of the host.
type Set struct {
	Repository *Repository
	Host       string
	Paths      []string // sorted; nil for borg

	Last    *Backup // the latest that counts; nil if there is none
	Backups int     // how many count

	// Those that do not count: of the future, and not finished.
	Future       int
	NewestFuture time.Time
	Unfinished   int

	rows []*Row
}

// Archive is the name of borg's latest archive, or "".
func (s *Set) Archive() string {
	if s.Last == nil {
		return ""
	}
	return s.Last.Archive
}

// Mapped reports whether the set belongs to a record.
func (s *Set) Mapped() bool { return len(s.rows) > 0 }

// ClockSkew is how far ahead of the clock of the run a backup may have begun and still count.
const ClockSkew = 5 * time.Minute

// Catalog keeps the latest backup, and the number of them, for each set. What it holds grows with
// the number of sets, not with that of backups.
type Catalog struct {
	m     *Map
	now   time.Time
	sets  map[string]*Set
	order []*Set
	names map[*Repository]string // a short key of each
}

// NewCatalog returns an empty catalog. now is the time of the run.
func NewCatalog(m *Map, now time.Time) *Catalog {
	return &Catalog{m: m, now: now, sets: map[string]*Set{}, names: map[*Repository]string{}}
}

// Add adds a backup of a repository. Backups may come in any order; of two that began at the same
// time, the one that is added last is the latest. One that began more than
// ClockSkew after now is counted apart, and does not make a host look safe until its time has come.
func (c *Catalog) Add(r *Repository, b Backup) {
	s := c.set(r, &b)
	switch {
	case b.Unfinished:
		s.Unfinished++
	case b.Begun.After(c.now.Add(ClockSkew)):
		s.Future++
		if b.Begun.After(s.NewestFuture) {
			s.NewestFuture = b.Begun
		}
	default:
		s.Backups++
		// Borg tells seconds only: of two in the same one, that which was added later is the later.
		if s.Last == nil || !b.Begun.Before(s.Last.Begun) {
			s.Last = &b
		}
	}
}

// set is the set that a backup belongs to.
func (c *Catalog) set(r *Repository, b *Backup) *Set {
	if _, ok := c.names[r]; !ok {
		c.names[r] = strconv.Itoa(len(c.names))
	}
	slices.Sort(b.Paths)
	parts := append([]string{c.names[r], strings.ToLower(b.Host)}, b.Paths...)
	var rows []*Row
	if len(b.Paths) == 0 { // each archive has another name: what they have in common is the row
		if rows = c.m.rowsOf(b); len(rows) > 0 {
			parts = append(parts, strconv.Itoa(rows[0].Line))
		}
	}
	key := strings.Join(parts, "\x00")
	s := c.sets[key]
	if s == nil {
		if len(b.Paths) > 0 {
			rows = c.m.rowsOf(b)
		}
		s = &Set{Repository: r, Host: b.Host, Paths: b.Paths, rows: rows}
		c.sets[key] = s
		c.order = append(c.order, s)
	}
	return s
}

// Sets are all sets, in the order in which they were first seen.
func (c *Catalog) Sets() []*Set { return c.order }

// ClockIsWrong reports whether it seems to be the clock of the run that is wrong, and not that of
// a host: nothing counts because all of it is of the future, or of at least three hosts more than half
// have a backup of the future. What the others have would look younger than it is.
func (c *Catalog) ClockIsWrong() bool {
	ahead := map[string]bool{} // by host
	counts := false
	for _, s := range c.order {
		host := strings.ToLower(s.Host)
		ahead[host] = ahead[host] || s.Future > 0
		counts = counts || s.Last != nil
	}
	n := 0
	for _, isAhead := range ahead {
		if isAhead {
			n++
		}
	}
	return n > 0 && !counts || len(ahead) >= 3 && 2*n > len(ahead)
}

// Unmapped are the sets that belong to no record: the map does not name them.
func (c *Catalog) Unmapped() []*Set {
	return slices.DeleteFunc(slices.Clone(c.order), (*Set).Mapped)
}

// Latest yields the latest backup of each set of a repository. What is learned about it later, such
// as its size, can be added to it.
func (c *Catalog) Latest(r *Repository) iter.Seq[*Backup] {
	return func(yield func(*Backup) bool) {
		for _, s := range c.order {
			if s.Repository == r && s.Last != nil && !yield(s.Last) {
				return
			}
		}
	}
}
