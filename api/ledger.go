package api

// ledger keeps the result of every record from when it is taken to when the result is
// delivered, which happens in the order of the input.
type ledger struct {
	slots []Result // slots[head:] are not delivered yet; a zero Outcome is not known yet
	head  int
	taken int // how many records have been taken; the next one has this index
}

// take opens a slot and returns the record's index.
func (l *ledger) take(key Key) int {
	if len(l.slots) == cap(l.slots) && l.head > len(l.slots)/2 {
		n := copy(l.slots, l.slots[l.head:])
		clear(l.slots[n:])
		l.slots, l.head = l.slots[:n], 0
	}
	index := l.taken
	l.taken++
	l.slots = append(l.slots, Result{Index: index, Key: key})
	return index
}

// open is how many records have no delivered result.
func (l *ledger) open() int { return len(l.slots) - l.head }

// settle enters what became of a record. Whoever settles a record twice has lost count,
// which is a bug of this package, not a state to go on from.
func (l *ledger) settle(index int, v verdict) {
	r := &l.slots[index-(l.taken-len(l.slots))]
	if r.Outcome != 0 {
		panic("api: a record has two outcomes")
	}
	r.Outcome, r.Err, r.Attempts = v.outcome, v.err, v.attempts
}

// pending reports whether a record that was taken has no outcome yet.
func (l *ledger) pending(index int) bool {
	i := index - (l.taken - len(l.slots))
	return i >= l.head && l.slots[i].Outcome == 0
}

// due moves the results that are next in order, and known, to the end of buf.
func (l *ledger) due(buf []Result, most int) []Result {
	for l.head < len(l.slots) && len(buf) < most && l.slots[l.head].Outcome != 0 {
		buf = append(buf, l.slots[l.head])
		l.slots[l.head] = Result{}
		l.head++
	}
	if l.head == len(l.slots) {
		l.slots, l.head = l.slots[:0], 0
	}
	return buf
}

// verdict is what became of the records of a request.
type verdict struct {
	outcome  Outcome
	err      error
	attempts int
}
