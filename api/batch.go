package api

import "time"

// batch is the body of a request in the making: an envelope's head, the JSON of the
// records with commas between them, and the envelope's tail. Every request for the batch
// or a part of it sends these bytes; no record is encoded twice.
type batch struct {
	seq      int // batches are numbered as they are opened
	envelope *envelope
	buf      []byte
	ends     []int       // where each record's JSON ends in buf
	index    []int       // each record's position in the input
	ids      []uint64    // the identities of its records
	added    []time.Time // when each record was added; an uploader's only
	opened   time.Time   // when the first one was; zero if that does not matter
	bytes    int         // of the records
	body     *sharedBody // buf, once the batch has left

	due     bool // is to leave, and takes records until it does
	waiting int  // unsettled batches that hold an earlier change of one of the records
	next    []*batch
	expired int // records at the beginning that are settled: they waited for too long
}

// envelope is the JSON around the records of a request, by operation and period.
type envelope struct {
	op         *operation
	head, tail string
}

// name is that of the operation.
func (e *envelope) name() string {
	if e == nil {
		return ""
	}
	return e.op.name
}

// sizeWith is the length of the body with one more record of n bytes.
func (b *batch) sizeWith(n int) int { return len(b.buf) + 1 + n + len(b.envelope.tail) }

func (b *batch) add(index int, json []byte) {
	if len(b.ends) > 0 {
		b.buf = append(b.buf, ',')
	}
	b.buf = append(b.buf, json...)
	b.ends = append(b.ends, len(b.buf))
	b.index = append(b.index, index)
	b.bytes += len(json)
}

func (b *batch) len() int { return len(b.ends) }

// start is where record i begins in buf.
func (b *batch) start(i int) int {
	if i == 0 {
		return len(b.envelope.head)
	}
	return b.ends[i-1] + 1
}

// part is the request body for the records from to to-1. That of the whole batch is the
// batch's own bytes.
func (b *batch) part(from, to int) *sharedBody {
	if from == 0 && to == b.len() {
		return b.body
	}
	records := b.buf[b.start(from):b.ends[to-1]]
	body := make([]byte, 0, len(b.envelope.head)+len(records)+len(b.envelope.tail))
	body = append(body, b.envelope.head...)
	body = append(body, records...)
	return newSharedBody(append(body, b.envelope.tail...), nil)
}

// reset makes a batch that is over ready for other records.
func (b *batch) reset(seq int, envelope *envelope) {
	*b = batch{seq: seq, envelope: envelope, buf: append(b.buf[:0], envelope.head...),
		ends: b.ends[:0], index: b.index[:0], ids: b.ids[:0], added: b.added[:0]}
}

// size is the length of the body for the records from to to-1.
func (b *batch) size(from, to int) int {
	return len(b.envelope.head) + b.ends[to-1] - b.start(from) + len(b.envelope.tail)
}

// middle is where the records from to to-1, at least two, part into halves of about the
// same number of bytes.
func (b *batch) middle(from, to int) int {
	half := (b.start(from) + b.ends[to-1]) / 2
	m := from + 1
	for m < to-1 && b.ends[m-1] < half {
		m++
	}
	return m
}

// follow makes b wait until earlier is settled.
func (b *batch) follow(earlier *batch) {
	for i := len(earlier.next) - 1; i >= 0; i-- {
		if earlier.next[i] == b {
			return
		}
	}
	earlier.next = append(earlier.next, b)
	b.waiting++
}
