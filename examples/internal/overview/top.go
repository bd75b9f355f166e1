package overview

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/klarity-go/klarity/models"
)

// maxTop is how many of the most expensive records of a currency are kept.
const maxTop = 10

// costly is a record with what it costs.
type costly struct {
	typ, id, name, place string
	total                decimal
	number               int // in the order of the input
}

// top are the most expensive records of a currency: a heap with the cheapest one on top. Of
// records that cost the same, the earlier ones are kept.
type top struct {
	list []costly
	seen int
}

func (t *top) add(r *models.EstateRecord, place string, total decimal) {
	t.seen++
	if total.isZero() || len(t.list) == maxTop && total.cmp(t.list[0].total) <= 0 {
		return
	}
	c := costly{keep(r.Type), keep(r.ID), keep(r.Name), keep(place), total, t.seen}
	if len(t.list) < maxTop {
		heap.Push(t, c)
		return
	}
	t.list[0] = c
	heap.Fix(t, 0)
}

// sorted returns the records, the most expensive first.
func (t *top) sorted() []costly {
	return slices.SortedFunc(slices.Values(t.list), func(a, b costly) int {
		return cmp.Or(b.total.cmp(a.total), a.number-b.number)
	})
}

// Len implements [heap.Interface], as do the others.
func (t *top) Len() int { return len(t.list) }

// Less orders by costs. Of the same, the later record leaves first.
func (t *top) Less(i, j int) bool {
	return cmp.Or(t.list[i].total.cmp(t.list[j].total), t.list[j].number-t.list[i].number) < 0
}

// Swap swaps two records.
func (t *top) Swap(i, j int) { t.list[i], t.list[j] = t.list[j], t.list[i] }

// Push appends a record.
func (t *top) Push(c any) { t.list = append(t.list, c.(costly)) }

// Pop removes the last record.
func (t *top) Pop() any {
	last := t.list[len(t.list)-1]
	t.list = t.list[:len(t.list)-1]
	return last
}
