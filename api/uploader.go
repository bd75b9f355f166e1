package api

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// Uploader sends records as they come, for services. It gathers them into batches, which
// leave when they are full (by count or bytes), when their first record has waited for
// [BatchAge], or with [Uploader.Flush]. What becomes of each record is told to the
// function set with [OnResult], by the index that Add returned.
//
// It is safe for concurrent use. Between batches it holds no goroutine. When the
// credentials are refused it goes on: records fail until they are mended.
type Uploader[T any] struct {
	flow     *flow
	verb     verb[T]
	encoders sync.Pool
	turn     chan struct{} // holds a token: who has it may place
	closing  chan struct{} // closed by Close

	closeOnce sync.Once
	closed    chan struct{} // closed when Close is done
	closeErr  error
}

// NewUpserter returns an uploader of records; see [InPeriod].
func (c *Client) NewUpserter(opts ...RunOption) (*Uploader[*models.EstateRecord], error) {
	cfg, err := newRunConfig(upsertOperation, opts)
	if err != nil {
		return nil, err
	}
	v, err := upsertVerb(cfg.period)
	if err != nil {
		return nil, err
	}
	return newUploader(c, v, cfg), nil
}

// NewDeleter returns an uploader of deletions from the period.
func (c *Client) NewDeleter(period models.Period, opts ...RunOption) (*Uploader[*models.RecordLocator], error) {
	cfg, err := newRunConfig(deleteOperation, opts)
	if err != nil {
		return nil, err
	}
	v, err := deleteVerb(period)
	if err != nil {
		return nil, err
	}
	return newUploader(c, v, cfg), nil
}

// NewEnricher returns an uploader of enrichments.
func (c *Client) NewEnricher(opts ...RunOption) (*Uploader[*models.Enrichment], error) {
	cfg, err := newRunConfig(enrichOperation, opts)
	if err != nil {
		return nil, err
	}
	return newUploader(c, enrichVerb(), cfg), nil
}

func newUploader[T any](c *Client, v verb[T], cfg runConfig) *Uploader[T] {
	u := &Uploader[T]{
		flow:     newFlow(context.Background(), c, v.op, v.env, cfg),
		verb:     v,
		encoders: sync.Pool{New: func() any { return new(wire.Encoder) }},
		turn:     make(chan struct{}, 1),
		closing:  make(chan struct{}),
		closed:   make(chan struct{}),
	}
	u.flow.steady = true
	u.turn <- struct{}{}
	return u
}

// Add takes a record and returns its index, by which its [Result] tells it apart. It
// checks and encodes the record, so the record may be changed when Add has returned. It
// blocks while the uploader is full, for as long as ctx allows.
//
// An error means that the record was not taken and gets no result: [ErrClosed], or what
// ended ctx. A record that breaks a rule is taken: its result is Invalid. A result may be
// told before Add has returned the index.
//
// Records of one goroutine are sent in its order as far as they are versions of the same
// record.
func (u *Uploader[T]) Add(ctx context.Context, rec T) (int, error) {
	return u.add(ctx, rec, true)
}

// TryAdd is Add without waiting for room: [ErrFull] means that there is none.
func (u *Uploader[T]) TryAdd(rec T) (int, error) {
	return u.add(context.Background(), rec, false)
}

func (u *Uploader[T]) add(ctx context.Context, rec T, wait bool) (int, error) {
	enc := u.encoders.Get().(*wire.Encoder)
	defer u.encoders.Put(enc)
	enc.Buf = enc.Buf[:0]
	u.verb.ready(enc)
	key := u.verb.key(rec)
	hash := key.identity(u.flow.seed)
	invalid := u.verb.checked(rec, enc, u.flow.cfg.batchBytes)

	if err := u.takeTurn(ctx, wait); err != nil {
		return 0, err
	}
	defer func() { u.turn <- struct{}{} }()
	u.flow.mu.Lock()
	defer u.flow.mu.Unlock()
	if invalid != nil {
		defer func() { go u.flow.drain() }() // the callback's time is not the caller's
		return u.flow.settleNew(key, verdict{outcome: Invalid, err: &RecordError{Key: key, Err: invalid}}), nil
	}
	return u.flow.place(ctx, key, hash, enc.Buf, wait)
}

// takeTurn waits until no other goroutine is placing a record.
func (u *Uploader[T]) takeTurn(ctx context.Context, wait bool) error {
	select {
	case <-u.closing:
		return ErrClosed
	default:
	}
	if !wait {
		select {
		case <-u.turn:
			return nil
		case <-u.flow.stuck: // whose turn it is waits for room
			return ErrFull
		case <-u.closing:
			return ErrClosed
		}
	}
	if ctx.Err() != nil {
		return ended(ctx)
	}
	select {
	case <-u.turn:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	case <-u.closing:
		return ErrClosed
	}
}

// Flush sends what has been taken so far and waits until all of it has its result, or ctx
// ends; then sending goes on nevertheless. Records that were not accepted are no error of
// Flush: their results tell.
func (u *Uploader[T]) Flush(ctx context.Context) error {
	if err := u.flow.flush(ctx); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	return u.panicked()
}

// Close takes no more records, sends those it has, and waits for their results. When ctx
// ends first, what is not delivered by then is canceled, and Close returns the reason
// once every result is told, which is soon unless the function set with [OnResult] takes
// its time. A further Close waits for the first and returns the same.
func (u *Uploader[T]) Close(ctx context.Context) error {
	first := false
	u.closeOnce.Do(func() {
		first = true
		close(u.closing)
	})
	if first {
		u.closeErr = u.shut(ctx)
		close(u.closed)
		return u.closeErr
	}
	select {
	case <-u.closed:
		return u.closeErr
	case <-ctx.Done():
		return fmt.Errorf("close: %w", ended(ctx))
	}
}

func (u *Uploader[T]) shut(ctx context.Context) error {
	f := u.flow
	defer f.cancel(ErrClosed)
	stop := context.AfterFunc(ctx, func() { f.cancel(fmt.Errorf("%w: %w", ErrClosed, context.Cause(ctx))) })
	defer stop()
	// An Add that is blocked ends now; one that is not has placed its record before this
	// goroutine has the turn, which it keeps.
	f.refuse()
	<-u.turn
	_ = f.flush(context.WithoutCancel(ctx))
	if report, _ := f.snapshot(); ctx.Err() != nil && report.Canceled > 0 {
		return fmt.Errorf("close: %s not delivered: %w", plural(report.Canceled, "record"), ended(ctx))
	}
	return u.panicked()
}

// Report is the sum of the results delivered so far.
func (u *Uploader[T]) Report() Report {
	report, _ := u.flow.snapshot()
	return report
}

// Format implements [fmt.Formatter]: an uploader shows what it does, and no record.
func (u *Uploader[T]) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "%s uploader of %v", u.verb.op.name, u.flow.client)
}

func (u *Uploader[T]) panicked() error {
	if _, p := u.flow.snapshot(); p != nil {
		return errors.New(p.text)
	}
	return nil
}
