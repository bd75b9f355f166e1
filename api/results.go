package api

import "slices"

// results keeps the result of every record from when it is taken until it has been reported,
// which happens in the order of the input. The lock of its stream guards it.
type results struct {
	slots    []Result // a ring: slots[i&(len-1)] is that of record i; a zero Outcome is not known yet
	taken    int      // records so far; the next one has this index
	next     int      // the first one whose result is not taken out to be reported
	reported int      // records whose result has been reported
	bytes    int64    // of the reasons of results that have not been reported
	flush    []*flush // who waits for that

	// A record may have a function of its own. That is called first, as soon as the outcome is
	// known; only then is the result due in the order of the input.
	own      map[int]func(Result) // those that have not returned
	ownCalls []call               // those that are due

	report Report
}

// call is a function of a user's and the result that it is called with.
type call struct {
	fn     func(Result)
	result Result
}

// flush waits until the first n records have been reported.
type flush struct {
	n    int
	done chan struct{}
}

// held is how many records are taken and not reported.
func (r *results) held() int { return r.taken - r.reported }

// take opens a place for a record, which may have a function of its own, and returns its index.
func (r *results) take(e *entry) int {
	if r.taken-r.next == len(r.slots) {
		r.grow()
	}
	index := r.taken
	r.taken++
	s := r.slot(index)
	s.Index, s.Operation, s.Key = index, e.envelope.name(), e.key
	if e.fn != nil {
		if r.own == nil {
			r.own = make(map[int]func(Result))
		}
		r.own[index] = e.fn
	}
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

// settle sets the result of a record. To settle one twice is a bug of this package, not a
// state to go on from.
func (r *results) settle(index int, o Outcome, err error, attempts int) {
	s := r.slot(index)
	if s.Outcome != 0 {
		panic("api: a record has two outcomes")
	}
	s.Outcome, s.Attempts = o, attempts
	if o != Accepted {
		if e, ok := err.(*RecordError); ok { // an iterator may yield what CheckRecord has returned
			err = e.Err
		}
		held := heldBytes(err)
		r.bytes += held
		s.Err = &RecordError{Operation: s.Operation, Index: index, Key: s.Key, Outcome: o, Err: err, held: held}
	}
	if fn := r.own[index]; fn != nil {
		r.ownCalls = append(r.ownCalls, call{fn, *s})
	}
}

// pending reports whether a record that was taken has no outcome yet.
func (r *results) pending(index int) bool { return index >= r.next && r.slot(index).Outcome == 0 }

// due appends calls of fn for results that are next in order.
func (r *results) due(calls []call, fn func(Result)) []call {
	for r.next < r.taken && len(calls) < mostCalls && r.slot(r.next).Outcome != 0 {
		if len(r.own) > 0 && r.own[r.next] != nil {
			break // it has not returned
		}
		s := r.slot(r.next)
		calls = append(calls, call{fn, *s})
		*s = Result{}
		r.next++
	}
	return calls
}

// mostCalls is how many results are taken out at a time.
const mostCalls = 256

// markReported counts results that have been reported to the caller.
func (r *results) markReported(reported []call) {
	for i := range reported {
		result := &reported[i].result
		r.report.count(result.Outcome)
		if e, ok := result.Err.(*RecordError); ok {
			r.bytes -= e.held
		}
		if result.Err != nil && r.report.first == nil {
			first := *result
			r.report.first = &first
		}
	}
	r.report.Inputs += len(reported)
	r.reported += len(reported)
	waiting := r.flush[:0]
	for _, f := range r.flush {
		if f.n <= r.reported {
			close(f.done)
		} else {
			waiting = append(waiting, f)
		}
	}
	r.flush = waiting
}

// ownDue appends the next call of a record's own function: only one, so that each counts as
// soon as it has returned.
func (r *results) ownDue(calls []call) []call {
	if len(r.ownCalls) == 0 {
		r.ownCalls = nil
		return calls
	}
	calls = append(calls, r.ownCalls[0])
	r.ownCalls[0] = call{}
	r.ownCalls = r.ownCalls[1:]
	return calls
}

// ownReturned notes that records' own functions have returned.
func (r *results) ownReturned(calls []call) {
	for i := range calls {
		delete(r.own, calls[i].result.Index)
	}
	if len(r.own) == 0 {
		r.own = nil
	}
}

// flushed is done when all records taken so far have been reported.
func (r *results) flushed() *flush {
	f := &flush{r.taken, make(chan struct{})}
	if f.n <= r.reported {
		close(f.done)
	} else {
		r.flush = append(r.flush, f)
	}
	return f
}

// unregister drops a wait that was given up.
func (r *results) unregister(f *flush) {
	r.flush = slices.DeleteFunc(r.flush, func(other *flush) bool { return other == f })
}
