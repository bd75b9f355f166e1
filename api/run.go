package api

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// Upsert creates or updates the records, in as many requests as it takes. It pulls the
// iterator only as fast as it sends, from the goroutine of the caller, and returns when
// every record pulled has its outcome; see [OnResult]. A record must not be changed
// before.
//
// An input that comes with an error is Invalid because of that error, and the iteration
// goes on: a reader of a file yields (nil, err) for a line it cannot read.
//
// Two versions of one record (same type and ID) are sent in their order and never at the
// same time. This holds within a run; between runs the caller keeps order.
//
// The error is nil exactly when the iterator was exhausted and every input was accepted.
// Otherwise it wraps what ended the run early, if anything did, and the error of the first
// input that was not accepted. The run ends early, and pulls no more, when ctx ends, when
// the credentials or a fresh token are refused, or when the server asks for a longer wait
// than [RetryPolicy] allows. An iterator that blocks has to heed ctx itself.
func (c *Client) Upsert(ctx context.Context, records iter.Seq2[*models.EstateRecord, error], opts ...RunOption) (Report, error) {
	cfg, err := newRunConfig(upsertOperation, opts)
	if err != nil {
		return Report{}, err
	}
	v, err := upsertVerb(cfg.period)
	if err != nil {
		return Report{}, err
	}
	return send(ctx, c, v, records, cfg)
}

// UpsertAll is [Client.Upsert] for a slice.
func (c *Client) UpsertAll(ctx context.Context, records []*models.EstateRecord, opts ...RunOption) (Report, error) {
	return c.Upsert(ctx, each(records), opts...)
}

// Delete deletes records from the period, which has no default. Deleting what is not
// there is not an error that the contract knows. Everything else is as in [Client.Upsert];
// records are told apart by their nid, or by type and ID where they have none.
func (c *Client) Delete(ctx context.Context, period models.Period, records iter.Seq2[*models.RecordLocator, error], opts ...RunOption) (Report, error) {
	cfg, err := newRunConfig(deleteOperation, opts)
	if err != nil {
		return Report{}, err
	}
	v, err := deleteVerb(period)
	if err != nil {
		return Report{}, err
	}
	return send(ctx, c, v, records, cfg)
}

// DeleteAll is [Client.Delete] for a slice.
func (c *Client) DeleteAll(ctx context.Context, period models.Period, records []*models.RecordLocator, opts ...RunOption) (Report, error) {
	return c.Delete(ctx, period, each(records), opts...)
}

// Enrich attaches data to existing records. A second enrichment of a record replaces the
// first, so they are sent in their order. Everything else is as in [Client.Upsert].
func (c *Client) Enrich(ctx context.Context, enrichments iter.Seq2[*models.Enrichment, error], opts ...RunOption) (Report, error) {
	cfg, err := newRunConfig(enrichOperation, opts)
	if err != nil {
		return Report{}, err
	}
	return send(ctx, c, enrichVerb(), enrichments, cfg)
}

// EnrichAll is [Client.Enrich] for a slice.
func (c *Client) EnrichAll(ctx context.Context, enrichments []*models.Enrichment, opts ...RunOption) (Report, error) {
	return c.Enrich(ctx, each(enrichments), opts...)
}

func each[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// run is one pass over an iterator: the caller's goroutine pulls records into chunks,
// others check and encode the chunks, as many at a time as there are processors, and one
// places what they made into the flow, in the order of the input.
type run[T any] struct {
	flow *flow
	verb verb[T]

	free    chan *chunk[T]
	todo    chan *chunk[T] // to be encoded
	inOrder chan *chunk[T] // to be placed
	size    atomic.Int64   // of a record's JSON, lately
}

// chunk is a few records on their way to a batch.
type chunk[T any] struct {
	records []T
	errs    []error // what the iterator said
	enc     wire.Encoder
	made    chan struct{} // receives when the record's JSON is in enc
	ends    []int         // where each record's JSON ends there
	keys    []Key
	hashes  []uint64 // of the keys
}

const (
	chunkRecords = 64
	chunkBytes   = 256 << 10
)

func send[T any](ctx context.Context, c *Client, v verb[T], seq iter.Seq2[T, error], cfg runConfig) (Report, error) {
	if seq == nil {
		return Report{}, &configError{errNoSource}
	}
	cfg.batchAge = 0
	f := newFlow(ctx, c, v.op, v.env, cfg)
	defer f.cancel(nil)

	encoders := runtime.GOMAXPROCS(0) + 1 // one more, for when a processor is sending
	// The others go on for a while when a chunk is late, because another program has taken
	// the processor of the one who encodes it.
	chunks := encoders + 10
	r := &run[T]{
		flow: f, verb: v,
		free:    make(chan *chunk[T], chunks),
		todo:    make(chan *chunk[T], chunks),
		inOrder: make(chan *chunk[T], chunks),
	}
	for range chunks {
		r.free <- &chunk[T]{made: make(chan struct{}, 1)}
	}
	var workers sync.WaitGroup
	for range encoders {
		workers.Go(r.encode)
	}
	workers.Go(r.place)

	// Also when the iterator panics: what was pulled gets its outcome before the panic
	// goes on its way.
	finished := false
	defer func() {
		if !finished {
			f.cancel(errIterator)
			r.finish(&workers)
		}
	}()
	exhausted := r.pull(ctx, seq)
	finished = true
	r.finish(&workers)

	report, panicked := f.snapshot()
	if panicked != nil {
		panic(panicked.value)
	}
	var cause error
	if !exhausted {
		cause = f.endedBy()
	}
	if cause != nil || !report.OK() {
		return report, &runError{v.op.name, report, cause}
	}
	return report, nil
}

var errNoSource = errors.New("the iterator is nil")

var errIterator = errors.New("the iterator panicked")

// pull fills chunks from the iterator and reports whether it came to the end.
func (r *run[T]) pull(ctx context.Context, seq iter.Seq2[T, error]) (exhausted bool) {
	done, halted := r.flow.ctx.Done(), r.flow.halted
	if ctx.Err() != nil {
		return false
	}
	ch, room := <-r.free, r.room()
	defer func() { r.submit(ch) }()
	for rec, err := range seq {
		ch.records = append(ch.records, rec)
		ch.errs = append(ch.errs, err)
		if len(ch.records) >= room {
			r.submit(ch)
			ch, room = <-r.free, r.room()
		}
		select { // one by one, which costs a fraction of asking both at once
		case <-done:
			return false
		default:
		}
		select {
		case <-halted:
			return false
		default:
		}
	}
	return true
}

// room is how many records the next chunk takes: fewer when they are large.
func (r *run[T]) room() int {
	return int(min(chunkRecords, max(1, chunkBytes/max(1, r.size.Load()))))
}

func (r *run[T]) submit(ch *chunk[T]) {
	r.todo <- ch
	r.inOrder <- ch
}

// encode checks and encodes chunks, as far as they are not longer than a chunk should be.
func (r *run[T]) encode() {
	for ch := range r.todo {
		r.verb.ready(&ch.enc)
		for i := range ch.records {
			if len(ch.enc.Buf) > chunkBytes {
				break // the rest is encoded when it is placed, one record at a time
			}
			r.encodeNext(ch)
			if i == 0 { // the others will be about as long
				ch.enc.Buf = slices.Grow(ch.enc.Buf, min(len(ch.enc.Buf)*len(ch.records)*9/8, chunkBytes))
			}
		}
		if n := len(ch.ends); n > 0 {
			r.size.Store(int64(len(ch.enc.Buf) / n))
		}
		ch.made <- struct{}{}
	}
}

// encodeNext checks and encodes the first record of the chunk that is not yet.
func (r *run[T]) encodeNext(ch *chunk[T]) {
	i := len(ch.ends)
	rec := ch.records[i]
	if ch.errs[i] == nil {
		ch.errs[i] = r.verb.checked(rec, &ch.enc, r.flow.cfg.batchBytes)
	}
	key := r.verb.key(rec)
	ch.ends = append(ch.ends, len(ch.enc.Buf))
	ch.keys = append(ch.keys, key)
	ch.hashes = append(ch.hashes, key.identity(r.flow.seed))
}

// place hands encoded records to the flow, in the order of the input.
func (r *run[T]) place() {
	f := r.flow
	for ch := range r.inOrder {
		<-ch.made
		start, settled := 0, false
		f.mu.Lock()
		for i := range ch.records {
			if i == len(ch.ends) {
				f.mu.Unlock()
				start, ch.enc.Buf = 0, ch.enc.Buf[:0]
				r.encodeNext(ch)
				f.mu.Lock()
			}
			key, end := ch.keys[i], ch.ends[i]
			if err := ch.errs[i]; err != nil {
				f.settleNew(key, verdict{outcome: Invalid, err: &RecordError{Key: key, Err: err}})
				settled = true
			} else if _, err := f.place(f.ctx, key, ch.hashes[i], ch.enc.Buf[start:end], true); err != nil {
				f.settleNew(key, f.unsent(err))
				settled = true
			}
			start = end
		}
		f.mu.Unlock()
		if settled {
			f.drain()
		}
		clear(ch.records)
		clear(ch.errs)
		clear(ch.keys)
		if cap(ch.enc.Buf) > 2*chunkBytes {
			ch.enc.Buf = nil // one long record does not make a chunk large for good
		}
		ch.records, ch.errs, ch.enc.Buf = ch.records[:0], ch.errs[:0], ch.enc.Buf[:0]
		ch.ends, ch.keys, ch.hashes = ch.ends[:0], ch.keys[:0], ch.hashes[:0]
		r.free <- ch
	}
}

// unsent is the verdict on a record that the flow did not take.
func (f *flow) unsent(err error) verdict {
	if f.ctx.Err() != nil {
		return verdict{outcome: Canceled, err: err}
	}
	return verdict{outcome: Failed, err: err}
}

// finish waits until all that was pulled has its outcome.
func (r *run[T]) finish(workers *sync.WaitGroup) {
	close(r.todo)
	close(r.inOrder)
	workers.Wait()
	// The flow's own end makes requests end; the wait for their results does not end before.
	_ = r.flow.flush(context.WithoutCancel(r.flow.ctx))
}

// endedBy says why a run did not come to the end of its input.
func (f *flow) endedBy() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stopped()
}
