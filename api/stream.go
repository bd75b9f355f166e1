package api

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"
)

// stream takes encoded records, sends them in batches, and reports every record's result. A
// run has one for as long as it lasts, an uploader until it is closed.
//
// It has no goroutine of its own. Each batch in flight has one, which ends when all its
// records have an outcome, and so has each [notifier] while there is something to report.
type stream struct {
	client     *Client
	cfg        runConfig
	ctx        context.Context
	cancel     context.CancelCauseFunc
	seed       maphash.Seed
	start      time.Time
	log        *logger
	persistent bool          // an uploader's: it goes on whatever fails
	stop       chan struct{} // closed with fatal

	mu        sync.Mutex // guards the fields below; held while nothing waits and no user's code runs
	batches   batcher
	results   results
	bytes     int64           // of the records in batches that are not settled
	inFlight  int             // batches that are being sent
	waiting   []chan struct{} // callers that wait for room, in their order
	age       *time.Timer     // makes batches due; nil while none is open
	budget    budget
	fatal     error       // why the run ends early
	closed    bool        // no record is taken any more
	failure   *Error      // the latest one, while nothing has been accepted since
	notifiers []*notifier // of the functions that results are reported to
	due       []call      // reused memory
	panicked  *panicError
}

// entry is a record as the stream takes it.
type entry struct {
	envelope *envelope // nil: invalid, and of no operation
	key      Key
	ids      [2]uint64 // its identities
	nids     int
	json     []byte
	err      error // why it is invalid
	at       time.Time
	fn       func(Result) // its own, or nil
}

func newStream(ctx context.Context, c *Client, cfg runConfig) *stream {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &stream{
		client: c, cfg: cfg, ctx: ctx, cancel: cancel,
		seed:    maphash.MakeSeed(),
		start:   time.Now(),
		stop:    make(chan struct{}),
		batches: newBatcher(cfg.batchRecords, cfg.batchBytes, c.batches),
		budget:  newBudget(cfg.bisectBudget),
	}
	s.log = &logger{Logger: c.logger, panicked: s.keepPanic}
	s.notifiers = []*notifier{{what: "a function given to AddFunc", next: s.results.ownDue, returned: s.results.ownReturned}}
	if cfg.onResult != nil {
		s.notifiers = append(s.notifiers, &notifier{
			what:     "the function set with OnResult",
			next:     func(calls []call) []call { return s.results.due(calls, cfg.onResult) },
			returned: s.results.markReported,
		})
	}
	return s
}

// add takes a record and returns its index. With wait it blocks until there is room;
// otherwise ErrFull says that there is none. On an error the record is not taken.
func (s *stream) add(ctx context.Context, r *entry, wait bool) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.endedLocked(); err != nil {
		return 0, err
	}
	if len(s.waiting) > 0 || !s.roomLocked(r) {
		if !wait {
			s.sendOldestLocked()
			return 0, ErrFull
		}
		if err := s.waitForRoomLocked(ctx, r); err != nil {
			return 0, err
		}
	}
	if r.err != nil {
		return s.settleNewLocked(r, Invalid, r.err), nil
	}
	index := s.results.take(r)
	s.bytes += int64(len(r.json))
	b := s.batches.put(r, index)
	if s.persistent {
		b.added = append(b.added, r.at)
	}
	if b.len() == 1 && s.cfg.batchAge > 0 {
		s.openedLocked(b)
	}
	if len(s.batches.ready) > 0 {
		s.dispatchLocked()
	}
	return index, nil
}

// refuseTaken settles a record that was pulled when the stream had ended.
func (s *stream) refuseTaken(r *entry, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, canceled := why.(*contextEnd)
	switch {
	case r.err != nil:
		s.settleNewLocked(r, Invalid, r.err)
	case canceled:
		s.settleNewLocked(r, Canceled, why)
	default:
		s.settleNewLocked(r, Failed, &endedError{why})
	}
}

// ended says why no more records are taken, if so.
func (s *stream) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endedLocked()
}

// endedLocked says why no more records are taken, if so.
func (s *stream) endedLocked() error {
	switch {
	case s.closed:
		return ErrClosed
	case s.fatal != nil:
		return s.fatal
	case s.ctx.Err() != nil:
		return s.contextErrorLocked(s.ctx)
	}
	return nil
}

// contextErrorLocked is the error for the end of ctx, with the latest failure, which may be why
// the caller gave up.
func (s *stream) contextErrorLocked(ctx context.Context) *contextEnd {
	e := contextError(ctx)
	e.failure = s.failure
	return e
}

func (s *stream) contextError(ctx context.Context) *contextEnd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.contextErrorLocked(ctx)
}

// settleNewLocked takes a record that already has its outcome.
func (s *stream) settleNewLocked(r *entry, o Outcome, err error) int {
	index := s.results.take(r)
	s.results.settle(index, o, err, 0)
	s.notifyLocked()
	return index
}

// openedLocked notes when a batch was opened. A timer makes the oldest one due in time.
func (s *stream) openedLocked(b *batch) {
	b.opened = time.Now()
	if s.age == nil {
		s.age = time.AfterFunc(s.cfg.batchAge, s.aged)
	}
}

func (s *stream) aged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.age = nil
	if next := s.batches.makeAgedDue(now.Add(-s.cfg.batchAge)); !next.IsZero() && s.ctx.Err() == nil {
		s.age = time.AfterFunc(next.Add(s.cfg.batchAge).Sub(now), s.aged)
	}
	s.dispatchLocked()
}

// dispatchLocked starts sending the batches that are ready, up to the limit in flight.
func (s *stream) dispatchLocked() {
	for s.inFlight < s.cfg.inFlight {
		b := s.batches.next()
		if b == nil {
			return
		}
		s.inFlight++
		go s.deliver(b)
	}
}

// deliver sends a batch until each of its records has an outcome, whatever a user's code
// does.
func (s *stream) deliver(b *batch) {
	d := newDelivery(s, b)
	defer b.body.release() // the batch is not used any more
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, index := range b.index {
			if s.results.pending(index) {
				s.results.settle(index, Failed, &Error{Operation: b.envelope.op.name, Err: errUserCode}, d.attempts(i))
			}
		}
		s.batches.settle(b)
		s.bytes -= int64(b.bytes)
		s.inFlight--
		s.dispatchLocked()
		s.notifyLocked()
		s.wakeLocked()
	}()
	defer func() {
		if p := recover(); p != nil {
			s.keepPanic(asPanic(p, "sending"))
		}
	}()
	d.run()
}

var errUserCode = errors.New("the transport, the limiter or the tracer panicked or ended the goroutine")

// settle sets the outcome of the records from to to-1 of b.
func (s *stream) settle(b *batch, from, to int, o Outcome, err error, attempts int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, index := range b.index[from:to] {
		s.results.settle(index, o, err, attempts)
	}
	if o == Accepted {
		s.failure = nil
	}
	s.notifyLocked()
}

// end ends a run early: no more records are taken, and those that wait fail.
func (s *stream) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fatal == nil && !s.persistent {
		s.fatal = err
		close(s.stop)
	}
}

// flush sends what is held and waits until all that was taken so far has been reported, or ctx
// ends.
func (s *stream) flush(ctx context.Context) error {
	wait := s.sendAll()
	select {
	case <-wait.done:
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		s.results.unregister(wait)
		return s.contextErrorLocked(ctx)
	}
}

// sendAll makes all batches due, and returns what to wait for until their results have been
// reported.
func (s *stream) sendAll() *flush {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches.makeAllDue()
	s.dispatchLocked()
	return s.results.flushed()
}

// refuse makes add return ErrClosed from now on, also to callers that wait.
func (s *stream) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.wakeLocked()
}

// close cancels what is left, and stops the timer.
func (s *stream) close(cause error) {
	s.cancel(cause)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.age != nil {
		s.age.Stop()
	}
}

// unreported is how many records' results have not been reported.
func (s *stream) unreported() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.results.held()
}

func (s *stream) snapshot() (Report, *panicError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.results.report, s.panicked
}
