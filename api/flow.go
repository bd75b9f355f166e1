package api

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// flow takes encoded records, puts them into batches, sends the batches and delivers
// every record's result. Its memory is bounded by the batches that are alive.
//
// Records of the same identity never share a batch, and a batch waits for those before it
// that hold an earlier version of one of its records. A repeated key therefore opens a
// second batch beside the first instead of cutting it short.
type flow struct {
	client *Client
	op     *operation
	env    envelope
	cfg    runConfig
	ctx    context.Context
	cancel context.CancelCauseFunc
	seed   maphash.Seed
	steady bool          // goes on when the credentials are refused, as a service does
	halted chan struct{} // closed with fatal

	mu       sync.Mutex
	room     chan struct{} // tells the one who places that something was settled
	stuck    chan struct{} // who waits for room tells it to who asks here
	keys     map[uint64]*batch
	open     []*batch // being filled, oldest first
	ready    []*batch // sealed and free to go, oldest first
	seq      int
	alive    int // batches not settled yet
	flying   int
	maxBytes int // of a body; lowered when the API answers 413
	hint     int // the size of the latest sealed batch
	fatal    error
	closed   bool // nothing more is placed

	ledger    ledger
	draining  bool
	due       []Result // what the one who drains has in hand
	delivered int
	flushers  []flusher
	report    Report
	panicked  *thrown
}

func newFlow(ctx context.Context, c *Client, op *operation, env envelope, cfg runConfig) *flow {
	ctx, cancel := context.WithCancelCause(ctx)
	return &flow{
		client: c, op: op, env: env, cfg: cfg, ctx: ctx, cancel: cancel,
		seed:     maphash.MakeSeed(),
		halted:   make(chan struct{}),
		room:     make(chan struct{}, 1),
		stuck:    make(chan struct{}),
		keys:     make(map[uint64]*batch),
		maxBytes: cfg.batchBytes,
	}
}

// maxAlive bounds the batches that exist at a time: those in flight, and three that are
// filled or wait.
func (f *flow) maxAlive() int { return f.cfg.inFlight + 3 }

// window bounds the records whose results are not delivered. It is wide enough that one
// slow request does not hold up the others for a good while.
func (f *flow) window() int { return 4 * f.maxAlive() * f.cfg.batchRecords }

// place takes a record, whose key has the hash, into a batch. One goroutine at a time may
// place. With wait it blocks until there is room; otherwise it returns ErrFull. On an error
// the record is not taken. f.mu is held, and free while place waits.
func (f *flow) place(ctx context.Context, key Key, hash uint64, json []byte, wait bool) (int, error) {
	for {
		if f.closed {
			return 0, ErrClosed
		}
		if err := f.stopped(); err != nil {
			return 0, err
		}
		last := f.keys[hash] // the unsettled batch with the latest version of this record
		if b := f.choose(last, len(json)); b != nil {
			return f.put(b, last, key, hash, json), nil
		}
		if f.flying == 0 && len(f.open) > 0 {
			f.seal(f.open[0]) // nothing else would make room
		}
		if !wait {
			return 0, ErrFull
		}
		go f.drain() // or the results that are due may be
		f.mu.Unlock()
		select {
		case <-f.room:
		case f.stuck <- struct{}{}:
		case <-ctx.Done():
		case <-f.ctx.Done():
		}
		f.mu.Lock()
		if ctx.Err() != nil {
			return 0, ended(ctx)
		}
	}
}

// settleNew takes a record whose outcome is known already. f.mu is held; a drain is due.
func (f *flow) settleNew(key Key, v verdict) int {
	index := f.ledger.take(key)
	if e, ok := v.err.(*RecordError); ok {
		e.Index = index
	}
	f.ledger.settle(index, v)
	return index
}

// refuse makes place return ErrClosed from now on, also to one that waits.
func (f *flow) refuse() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.signalRoom()
}

// stopped says why no more records are taken, if so.
func (f *flow) stopped() error {
	if f.fatal != nil {
		return f.fatal
	}
	if f.ctx.Err() != nil {
		return ended(f.ctx)
	}
	return nil
}

// choose finds the batch for a record of n bytes: the oldest open one that comes after
// last and has room, or else a new one. nil: there is no room now.
func (f *flow) choose(last *batch, n int) *batch {
	if f.ledger.open() >= f.window() {
		return nil
	}
	for i := 0; i < len(f.open); {
		b := f.open[i]
		switch {
		case last != nil && b.seq <= last.seq:
			i++
		case b.len() > 0 && b.sizeWith(n) > f.maxBytes:
			f.seal(b) // and the next one is at i
		default:
			return b
		}
	}
	if f.alive >= f.maxAlive() {
		return nil
	}
	f.seq++
	f.alive++
	b := f.client.batches.Get().(*batch)
	b.reset(f.seq, f.env)
	b.buf = slices.Grow(b.buf, max(f.hint-len(b.buf), n+len(f.env.tail)))
	f.open = append(f.open, b)
	return b
}

func (f *flow) put(b, last *batch, key Key, hash uint64, json []byte) int {
	if last != nil {
		b.after(last)
	}
	f.keys[hash] = b
	index := f.ledger.take(key)
	b.add(index, hash, json)
	if b.len() == 1 && f.cfg.batchAge > 0 {
		seq := b.seq
		b.age = time.AfterFunc(f.cfg.batchAge, func() { f.sealAged(seq) })
	}
	if b.len() >= f.cfg.batchRecords {
		f.seal(b)
	}
	return index
}

// seal closes an open batch and sends it as soon as its turn has come.
func (f *flow) seal(b *batch) {
	for i, o := range f.open {
		if o == b {
			f.open = append(f.open[:i], f.open[i+1:]...)
			break
		}
	}
	if b.age != nil {
		b.age.Stop()
	}
	b.seal(func() { f.client.batches.Put(b) })
	f.hint = len(b.buf)
	if b.waiting == 0 {
		f.launch(b)
	}
}

// sealAged seals the batch of that number if it is still open.
func (f *flow) sealAged(seq int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.open {
		if b.seq == seq {
			f.seal(b)
			return
		}
	}
}

// launch sends b now, or when a batch in flight makes place.
func (f *flow) launch(b *batch) {
	if f.flying == f.cfg.inFlight {
		f.ready = append(f.ready, b)
		return
	}
	f.flying++
	go func() {
		// Deferred, so that a transport which panics or ends the goroutine loses no record.
		defer f.drain() // after others have taken off: a slow callback keeps nothing on the ground
		defer f.land(b)
		defer f.salvage(b)
		f.deliver(b)
	}()
}

var errTransport = errors.New("the transport panicked or ended the goroutine")

// thrown is a panic in a user's code. A run panics with the value again when all records
// have their outcomes; an uploader, which has nobody to panic at, returns the text.
type thrown struct {
	value any
	text  string
}

// keep keeps the first panic. f.mu is held, so its text must be there already: a value may
// ask the uploader for its report in order to describe itself.
func (f *flow) keep(t *thrown) {
	if f.panicked == nil {
		f.panicked = t
	}
}

// salvage settles what deliver had to leave, and keeps the panic that made it leave.
func (f *flow) salvage(b *batch) {
	p := recover()
	t, ok := p.(*thrown)
	if p != nil && !ok { // a logger's, say
		t = &thrown{p, fmt.Sprintf("sending panicked: %v", p)}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep(t)
	for _, index := range b.index {
		if f.ledger.pending(index) {
			f.ledger.settle(index, verdict{Failed, &Error{Operation: f.op.name, Err: errTransport}, 1})
		}
	}
}

// land frees what waited for b.
func (f *flow) land(b *batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, hash := range b.hashes {
		if f.keys[hash] == b {
			delete(f.keys, hash)
		}
	}
	defer b.lease.release() // nothing below looks at b's bytes
	f.alive--
	f.flying--
	for _, next := range b.next {
		if next.waiting--; next.waiting == 0 && next.sealed {
			f.ready = append(f.ready, next)
		}
	}
	for len(f.ready) > 0 && f.flying < f.cfg.inFlight {
		next := f.ready[0]
		f.ready = f.ready[1:]
		f.launch(next)
	}
	f.signalRoom()
}

func (f *flow) signalRoom() {
	select {
	case f.room <- struct{}{}:
	default:
	}
}

// settle enters the outcome of the records from to to-1 of b.
func (f *flow) settle(b *batch, from, to int, v verdict) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e, ok := v.err.(*Error); ok && !f.steady && f.fatal == nil && f.client.hopeless(e) {
		f.fatal = e
		close(f.halted)
	}
	for _, index := range b.index[from:to] {
		f.ledger.settle(index, v)
	}
}
