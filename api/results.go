package api

import "slices"

// results keeps the result of every record from when it is taken to when the caller has
// been told, which happens in the order of the input. Its owner guards it.
type results struct {
	slots []Result // a ring: slots[i&(len-1)] is that of record i; a zero Outcome is not known yet
	taken int      // records so far; the next one has this index
	next  int      // the first one that is not on its way to the caller
	told  int      // records whose caller has been told
	flush []*flush // who waits for that

	report Report
}

// flush waits until the first n records have been told.
type flush struct {
	n    int
	done chan struct{}
}

// held is how many records have a place.
func (r *results) held() int { return r.taken - r.told }

// take opens a place for a record and returns its index.
func (r *results) take(operation string, key Key) int {
	if r.taken-r.next == len(r.slots) {
		r.grow()
	}
	index := r.taken
	r.taken++
	s := r.slot(index)
	s.Index, s.Operation, s.Key = index, operation, key
	return index
}

func (r *results) slot(index int) *Result { return &r.slots[index&(len(r.slots)-1)] }

func (r *results) grow() {
	larger := make([]Result, max(64, 2*len(r.slots)))
	for i := r.next; i < r.taken; i++ {
		larger[i&(len(larger)-1)] = *r.slot(i)
	}
	r.slots = larger
}

// settle enters what became of a record. Whoever settles a record twice has lost count,
// which is a bug of this package, not a state to go on from.
func (r *results) settle(index int, o Outcome, err error, attempts int) {
	s := r.slot(index)
	if s.Outcome != 0 {
		panic("api: a record has two outcomes")
	}
	s.Outcome, s.Err, s.Attempts = o, err, attempts
}

// pending reports whether a record that was taken has no outcome yet.
func (r *results) pending(index int) bool { return index >= r.next && r.slot(index).Outcome == 0 }

// due moves up to most results that are known, and next in order, to the end of buf.
func (r *results) due(buf []Result, most int) []Result {
	for r.next < r.taken && len(buf) < most && r.slot(r.next).Outcome != 0 {
		s := r.slot(r.next)
		buf = append(buf, *s)
		*s = Result{}
		r.next++
	}
	return buf
}

// tell counts results that the caller has been told.
func (r *results) tell(told []Result) {
	for i := range told {
		r.report.count(told[i].Outcome)
		if told[i].Err != nil && r.report.first == nil {
			first := told[i]
			r.report.first = &first
		}
	}
	r.report.Inputs += len(told)
	r.told += len(told)
	waiting := r.flush[:0]
	for _, f := range r.flush {
		if f.n <= r.told {
			close(f.done)
		} else {
			waiting = append(waiting, f)
		}
	}
	r.flush = waiting
}

// flushed is done when all records taken so far have been told.
func (r *results) flushed() *flush {
	f := &flush{r.taken, make(chan struct{})}
	if f.n <= r.told {
		close(f.done)
	} else {
		r.flush = append(r.flush, f)
	}
	return f
}

// forget drops a wait that was given up.
func (r *results) forget(f *flush) {
	r.flush = slices.DeleteFunc(r.flush, func(other *flush) bool { return other == f })
}
