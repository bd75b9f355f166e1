package api

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

var testEnv = &envelope{op: upsertOperation, head: `{"records":[`, tail: `]}`}

func testBatcher(maxRecords, maxBytes int) *batcher {
	q := newBatcher(maxRecords, maxBytes, &sync.Pool{New: func() any { return new(batch) }})
	return &q
}

func testEntry(k Key, n int) *entry {
	r := &entry{envelope: testEnv, key: k, json: make([]byte, n)}
	r.ids, r.nids = k.identities(seed)
	return r
}

// A change goes to a batch behind that of the change before it, also when that was named
// in another way; so no two batches wait for each other.
func TestChangesOfARecordGoToBatchesInTheirOrder(t *testing.T) {
	for s := range uint64(20) {
		rng := rand.New(rand.NewPCG(s, 0))
		q := testBatcher(5, 300)
		latest := map[Key]int{} // number of the batch with the latest change, by each name
		var inFlight []*batch
		for i := range 400 {
			n := rng.IntN(12)
			var k Key
			switch rng.IntN(3) {
			case 0:
				k = Key{Type: "vm", ID: fmt.Sprint(n)}
			case 1:
				k = Key{NID: fmt.Sprint("NID-", n)}
			default:
				k = Key{Type: "vm", ID: fmt.Sprint(n), NID: fmt.Sprint("nid-", rng.IntN(12))}
			}
			b := q.put(testEntry(k, 20+rng.IntN(60)), i)
			if b.index[len(b.index)-1] != i {
				t.Fatalf("seed %d: record %d is not the last one of its batch", s, i)
			}
			names, n := k.names()
			for _, name := range names[:n] {
				if b.seq <= latest[name] {
					t.Fatalf("seed %d: a change of %v is in batch %d, the one before in %d", s, k, b.seq, latest[name])
				}
				latest[name] = b.seq
			}
			if rng.IntN(3) == 0 {
				q.makeOldestDue()
			}
			if b := q.next(); b != nil {
				inFlight = append(inFlight, b)
			}
			if len(inFlight) > 3 {
				i := rng.IntN(len(inFlight))
				q.settle(inFlight[i])
				inFlight = slices.Delete(inFlight, i, i+1)
			}
		}
		// Nothing is stuck: when all is due and all that leaves is settled, all leaves.
		q.makeAllDue()
		for len(inFlight) > 0 || len(q.unsent) > 0 {
			for b := q.next(); b != nil; b = q.next() {
				inFlight = append(inFlight, b)
			}
			if len(inFlight) == 0 {
				t.Fatalf("seed %d: %d batches wait for nothing that moves", s, len(q.unsent))
			}
			q.settle(inFlight[0])
			inFlight = inFlight[1:]
		}
		if len(q.latest) != 0 || len(takingRecords(q)) != 0 || len(q.ready) != 0 {
			t.Errorf("seed %d: %d keys, %d open and %d ready batches are left", s, len(q.latest), len(takingRecords(q)), len(q.ready))
		}
	}
}

func TestBatchThatIsDueFillsUntilItLeaves(t *testing.T) {
	q := testBatcher(10, 1000)
	b := q.put(testEntry(Key{Type: "vm", ID: "0"}, 10), 0)
	q.makeAllDue()
	for i := range 8 {
		if other := q.put(testEntry(Key{Type: "vm", ID: fmt.Sprint(i + 1)}, 10), i+1); other != b {
			t.Fatalf("record %d went to another batch than the one that is due", i+1)
		}
	}
	if left := q.next(); left != b || b.len() != 9 {
		t.Errorf("got batch %p with %d records, want %p with 9", left, left.len(), b)
	}
	if next := q.put(testEntry(Key{Type: "vm", ID: "9"}, 10), 9); next == b {
		t.Error("a batch that has left takes records")
	}
}

func TestBatchWaitsForAChangeThatJoinedItWhenItWasDue(t *testing.T) {
	q := testBatcher(10, 1000)
	q.put(testEntry(Key{Type: "vm", ID: "a"}, 10), 0)
	q.makeAllDue()
	first := q.next()
	second := q.put(testEntry(Key{Type: "vm", ID: "b"}, 10), 1)
	q.makeAllDue()
	if joined := q.put(testEntry(Key{Type: "vm", ID: "a"}, 10), 2); joined != second {
		t.Fatal("the change went to another batch")
	}
	if b := q.next(); b != nil {
		t.Fatal("a batch left while the change before one of its own is under way")
	}
	q.settle(first)
	if b := q.next(); b != second {
		t.Errorf("got %v, want the batch that waited", b)
	}
}

func TestAgedBatchesBecomeDueInTheirOrder(t *testing.T) {
	q := testBatcher(10, 1000)
	start := time.Now()
	for i := range 3 { // three versions, so three batches
		q.put(testEntry(Key{Type: "vm", ID: "a"}, 10), i).opened = start.Add(time.Duration(i) * time.Second)
	}
	if next := q.makeAgedDue(start.Add(time.Second)); next != start.Add(2*time.Second) {
		t.Errorf("the next batch to become due was opened at %v, want 2s", next.Sub(start))
	}
	if open := takingRecords(q); !open[0].due || !open[1].due || open[2].due {
		t.Errorf("due: %v %v %v, want the first two", open[0].due, open[1].due, open[2].due)
	}
	if next := q.makeAgedDue(start.Add(time.Minute)); !next.IsZero() {
		t.Errorf("got %v, want no further one", next)
	}
}

// One key with many changes has a batch for each. Placing one must not look at all of them.
func TestManyBatchesAreNoBurden(t *testing.T) {
	q := testBatcher(1000, 4<<20)
	const n = 100_000
	start := time.Now()
	for i := range n {
		q.put(testEntry(Key{Type: "vm", ID: "a"}, 10), i)
	}
	if open := takingRecords(q); len(open) != n {
		t.Errorf("%d batches, want %d", len(open), n)
	}
	t.Logf("%v for each", time.Since(start)/n)
}

// takingRecords are the batches that take records, oldest first.
func takingRecords(q *batcher) (all []*batch) {
	for _, o := range q.open {
		all = append(all, o.batches...)
	}
	slices.SortFunc(all, func(a, b *batch) int { return a.seq - b.seq })
	return all
}
