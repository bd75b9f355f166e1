package estate

import "cmp"

// DefaultSize is the default number of distinct records of a pool. Each takes about 4 kB as Go
// values, so together they exceed the L2 cache of a processor.
const DefaultSize = 2000

// PoolOptions are the options of a pool.
type PoolOptions struct {
	Size int     // 0 means DefaultSize
	Key  KeyFunc // nil means Unique
}

// Pool makes records of a contender's type.
type Pool[T any] struct {
	records []T
	setID   func(*T, string)
	key     KeyFunc
}

// NewPool makes a pool. convert makes a contender's record from a plain one, and setID sets its
// ID.
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

// Len is the number of distinct records.
func (p *Pool[T]) Len() int { return len(p.records) }

// At makes record i.
func (p *Pool[T]) At(i int) *T {
	r := new(T)
	*r = p.records[i%len(p.records)]
	p.setID(r, ID(p.key(i)))
	return r
}

// NewPlainPool makes a pool of plain records.
func NewPlainPool(s PoolOptions) *Pool[Record] {
	return NewPool(func(r Record) Record { return r }, func(r *Record, id string) { r.ID = id }, s)
}
