package estate

import "cmp"

// DefaultSize is how many distinct records a pool usually holds. They take about 4 kB each
// as Go values, more together than a processor's nearest caches.
const DefaultSize = 2000

// Settings are what is the same for the pools of all contenders.
type PoolOptions struct {
	Size int     // 0 is DefaultSize
	Key  KeyFunc // nil is Unique
}

// Pool makes records of a contender's own type.
type Pool[T any] struct {
	records []T
	setID   func(*T, string)
	key     KeyFunc
}

// NewPool builds a pool. convert makes a contender's record from a plain one, setID gives
// it another ID, and settings say
// how many there are and how the IDs are numbered.
func NewPool[T any](convert func(Record) T, setID func(*T, string), s PoolOptions) *Pool[T] {
	size, key := cmp.Or(s.Size, DefaultSize), s.Key
	if key == nil {
		key = Unique
	}
	p := &Pool[T]{records: make([]T, size), setID: setID, key: key}
	for n := range p.records {
		p.records[n] = convert(Typical(n))
	}
	return p
}

// Len is how many distinct records there are.
func (p *Pool[T]) Len() int { return len(p.records) }

// At makes record i.
func (p *Pool[T]) At(i int) *T {
	r := new(T)
	*r = p.records[i%len(p.records)]
	p.setID(r, ID(p.key(i)))
	return r
}

// Plain makes a pool of plain records.
func NewPlainPool(s PoolOptions) *Pool[Record] {
	return NewPool(func(r Record) Record { return r }, func(r *Record, id string) { r.ID = id }, s)
}
