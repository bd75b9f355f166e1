package apitest

import (
	"slices"
	"strings"
)

// order sorts records by type and ID when somebody asks for them in order. Between two
// questions it only notes what is new, so requests are not held up. It is guarded by
// estate.mu.
type order struct {
	sorted  []*record // a snapshot that was returned does not change
	added   []*record // since then
	removed int       // records in the two that are no longer in the estate
}

func (o *order) add(r *record) { o.added = append(o.added, r) }

// remove notes that one record is no longer in the estate, which has n records now.
func (o *order) remove(n int) {
	if o.removed++; o.removed > n+1000 {
		o.sweep() // records that come and go must not pile up
	}
}

// sweep forgets the records that are no longer in the estate.
func (o *order) sweep() {
	if o.removed == 0 {
		return
	}
	left := func(records []*record) []*record {
		kept := make([]*record, 0, len(records))
		for _, r := range records {
			if len(r.periods) > 0 {
				kept = append(kept, r)
			}
		}
		return kept
	}
	o.sorted, o.added, o.removed = left(o.sorted), left(o.added), 0
}

// snapshot returns all records by type and ID. Some of a snapshot that is kept may no longer
// be in the estate later.
func (o *order) snapshot() []*record {
	o.sweep()
	slices.SortFunc(o.added, func(a, b *record) int { return a.compare(b.recordKey) })
	switch n := len(o.sorted); {
	case len(o.added) == 0:
	case n == 0 || o.sorted[n-1].compare(o.added[0].recordKey) < 0:
		o.sorted = append(o.sorted, o.added...)
	default:
		o.sorted = mergeSorted(o.sorted, o.added)
	}
	o.added = nil
	return o.sorted
}

// mergeSorted merges two sorted lists into a new one.
func mergeSorted(old, added []*record) []*record {
	merged := make([]*record, 0, len(old)+len(added))
	for _, r := range added {
		n, _ := slices.BinarySearchFunc(old, r.recordKey, (*record).compare)
		merged = append(append(merged, old[:n]...), r)
		old = old[n:]
	}
	return append(merged, old...)
}

func (r *record) compare(k recordKey) int {
	if c := strings.Compare(r.typ, k.typ); c != 0 {
		return c
	}
	return strings.Compare(r.id, k.id)
}
