package api

import (
	"slices"
	"sync"
	"time"
)

// batcher decides which batch a record goes to, and which batch is sent next.
//
// Two changes of one record never share a batch, and a batch waits for those before it
// that hold an earlier change of one of its records. A record joins only a batch with a
// higher number than the one with the change before it, so batches cannot wait for each
// other in a cycle. A repeated key opens a further batch beside the first, which goes on
// filling.
//
// It knows neither goroutines nor HTTP. The lock of its stream guards it.
type batcher struct {
	maxRecords int
	maxBytes   int // of a body; lowered when the API responds with 413
	limitBytes int // what maxBytes grows back to
	pool       *sync.Pool

	seq    int
	latest map[uint64]*batch // by identity: the unsettled batch with its latest change
	unsent []*batch          // oldest first
	open   []openBatches     // those that take records, by envelope; there are few of these
	ready  []*batch          // those that are due and wait for no other
}

func newBatcher(maxRecords, maxBytes int, pool *sync.Pool) batcher {
	return batcher{maxRecords: maxRecords, maxBytes: maxBytes, limitBytes: maxBytes, pool: pool, latest: make(map[uint64]*batch)}
}

// openBatches are the batches of an envelope that take records, oldest first.
type openBatches struct {
	envelope *envelope
	batches  []*batch
}

// openOf finds the open batches of an envelope.
func (q *batcher) openOf(e *envelope) *openBatches {
	for i := range q.open {
		if q.open[i].envelope == e {
			return &q.open[i]
		}
	}
	q.open = append(q.open, openBatches{envelope: e})
	return &q.open[len(q.open)-1]
}

// put adds a record to a batch, and returns the batch.
func (q *batcher) put(r *entry, index int) *batch {
	var earlier [len(r.ids)]*batch // the unsettled batches with the latest changes of this record
	var last *batch                // of them
	for i, id := range r.ids[:r.nids] {
		earlier[i] = q.latest[id]
		if last == nil || earlier[i] != nil && earlier[i].seq > last.seq {
			last = earlier[i]
		}
	}
	b := q.choose(r, last)
	for i, id := range r.ids[:r.nids] {
		if earlier[i] != nil {
			b.follow(earlier[i])
		}
		q.latest[id] = b
		b.ids = append(b.ids, id)
	}
	b.add(index, r.json)
	if b.len() == q.maxRecords {
		q.fill(b)
	}
	return b
}

// choose finds the oldest open batch after last with room for the record, or opens one.
func (q *batcher) choose(r *entry, last *batch) *batch {
	open, i := q.openOf(r.envelope), 0
	if last != nil {
		i, _ = slices.BinarySearchFunc(open.batches, last.seq+1, bySeq)
	}
	for i < len(open.batches) {
		b := open.batches[i]
		if b.len() == 0 || b.sizeWith(len(r.json)) <= q.maxBytes {
			return b
		}
		q.fill(b) // and the next one is at i
	}
	q.seq++
	b := q.pool.Get().(*batch)
	b.reset(q.seq, r.envelope)
	q.unsent = append(q.unsent, b)
	open.batches = append(open.batches, b)
	return b
}

func bySeq(b *batch, seq int) int { return b.seq - seq }

// fill closes a batch to further records; it is due then.
func (q *batcher) fill(b *batch) {
	q.close(b)
	q.makeDue(b)
}

// close takes b from the batches that take records.
func (q *batcher) close(b *batch) {
	open := q.openOf(b.envelope)
	open.batches = without(open.batches, b)
}

func without(list []*batch, b *batch) []*batch {
	if i, found := slices.BinarySearchFunc(list, b.seq, bySeq); found {
		return slices.Delete(list, i, i+1)
	}
	return list
}

func (q *batcher) makeDue(b *batch) {
	if !b.due {
		b.due = true
		q.enqueue(b)
	}
}

// enqueue makes b ready to be sent if it is due and waits for no other batch.
func (q *batcher) enqueue(b *batch) {
	if !b.due || b.waiting > 0 {
		return
	}
	if i, found := slices.BinarySearchFunc(q.ready, b.seq, bySeq); !found {
		q.ready = slices.Insert(q.ready, i, b)
	}
}

// makeOldestDue makes the oldest open batch due, which frees the records that wait longest.
func (q *batcher) makeOldestDue() {
	var oldest *batch
	for _, open := range q.open {
		if len(open.batches) > 0 && (oldest == nil || open.batches[0].seq < oldest.seq) {
			oldest = open.batches[0]
		}
	}
	if oldest != nil {
		q.makeDue(oldest)
	}
}

func (q *batcher) makeAllDue() {
	for _, open := range q.open {
		for _, b := range open.batches {
			q.makeDue(b)
		}
	}
}

// makeAgedDue makes the batches due that were opened by then, and returns when the oldest
// of the others was opened, or zero.
func (q *batcher) makeAgedDue(then time.Time) (oldest time.Time) {
	for _, open := range q.open {
		for _, b := range open.batches {
			if b.due || !b.opened.After(then) {
				q.makeDue(b)
				continue
			}
			if oldest.IsZero() || b.opened.Before(oldest) {
				oldest = b.opened
			}
			break
		}
	}
	return oldest
}

// next returns the next batch to send, or nil. It takes no records from now on.
func (q *batcher) next() *batch {
	for len(q.ready) > 0 {
		b := q.ready[0]
		q.ready = slices.Delete(q.ready, 0, 1)
		if b.waiting > 0 {
			continue // since it was ready, a record has joined it that waits; it comes again
		}
		q.close(b)
		q.unsent = without(q.unsent, b)
		b.buf = append(b.buf, b.envelope.tail...)
		b.body = newSharedBody(b.buf, func() { q.pool.Put(b) })
		return b
	}
	return nil
}

// settle makes the batches ready that waited for b only.
func (q *batcher) settle(b *batch) {
	for _, id := range b.ids {
		if q.latest[id] == b {
			delete(q.latest, id)
		}
	}
	for _, next := range b.next {
		next.waiting--
		q.enqueue(next)
	}
}

// leastBytes is the smallest size of batches after a 413. A server that refuses less than a
// single large record has another reason.
const leastBytes = 64 << 10

// lower makes later batches smaller than one that was too large.
func (q *batcher) lower(size int) { q.maxBytes = min(q.maxBytes, max(size/2, leastBytes)) }

// raise lets later batches grow again, slowly, as long as such a size is accepted.
func (q *batcher) raise(size int) {
	if size > q.maxBytes/2 {
		q.maxBytes = min(q.maxBytes+q.maxBytes/64, q.limitBytes)
	}
}
