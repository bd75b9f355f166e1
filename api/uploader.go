package api

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/klarity-go/klarity/models"
)

// Uploader sends records as they come, for services. It gathers them into batches, which
// leave when they are full (by count or bytes), when their first record has waited for
// [BatchAge], or with [Uploader.Flush]. The outcome of each record is reported to
// the function set with [OnResult], by the index that Add returned, or to one of its own: see
// [Uploader.AddFunc].
//
// It is safe for concurrent use, and holds no goroutine while it has nothing to send. It
// holds at most 32,000 records and 16 MiB of their JSON ([MaxBufferedRecords],
// [MaxBufferedBytes]), and goes on whatever fails: it takes every failure, refused
// credentials too, for an outage (see [RetryPolicy]), in which Add blocks when the uploader
// is full. A full one takes up to 31 MB of memory, with what it notes about each record; so
// 64 of them take 2 GB when the API is out of reach.
type Uploader[T any] struct {
	stream  *stream
	encoder encoder[T]
	scratch sync.Pool // of *scratch

	closeOnce sync.Once
	closed    chan struct{} // closed when Close is done
	closeErr  error
}

// NewUpserter returns an uploader of records; see [InPeriod].
func (c *Client) NewUpserter(opts ...RunOption) (*Uploader[*models.EstateRecord], error) {
	cfg, err := newRunConfig(upsertOperation.name, opts)
	if err != nil {
		return nil, err
	}
	v, err := upsertVerb(cfg.period)
	if err != nil {
		return nil, err
	}
	return newUploader(c, v, cfg)
}

// NewDeleter returns an uploader of deletions from the period.
func (c *Client) NewDeleter(period models.Period, opts ...RunOption) (*Uploader[*models.RecordLocator], error) {
	cfg, err := newRunConfig(deleteOperation.name, opts)
	if err != nil {
		return nil, err
	}
	v, err := deleteVerb(period)
	if err != nil {
		return nil, err
	}
	return newUploader(c, v, cfg)
}

// NewEnricher returns an uploader of enrichments.
func (c *Client) NewEnricher(opts ...RunOption) (*Uploader[*models.Enrichment], error) {
	cfg, err := newRunConfig(enrichOperation.name, opts)
	if err != nil {
		return nil, err
	}
	return newUploader(c, enrichVerb(), cfg)
}

func newUploader[T any](c *Client, e encoder[T], cfg runConfig) (*Uploader[T], error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	u := &Uploader[T]{
		stream:  newStream(context.Background(), c, cfg),
		encoder: e,
		scratch: sync.Pool{New: func() any { return new(scratch) }},
		closed:  make(chan struct{}),
	}
	u.stream.persistent = true
	return u, nil
}

// Add takes a record and returns its index, which its [Result] has as well. It
// checks and encodes the record, so the record may be changed when Add has returned. It
// blocks while the uploader is full, for as long as ctx allows; who comes first is first.
//
// An error means that the record was not taken and gets no result: [ErrClosed], or what
// ended ctx. A record that breaks a rule is taken: its result is Invalid. A result may be
// reported before Add has returned the index.
//
// Records of one goroutine are sent in its order as far as they are versions of the same
// record.
func (u *Uploader[T]) Add(ctx context.Context, rec T) (int, error) {
	return u.add(ctx, rec, nil, true)
}

// AddFunc is Add with a function for this record's result. It is called once, as soon as the
// outcome is known, so not in the order of the input, and before [OnResult]'s function is
// called for the record; perhaps before AddFunc has returned. It is never called when AddFunc
// returns an error. The functions of an uploader are called one at a time, beside OnResult's,
// from goroutines of the SDK.
//
// fn must not wait for the uploader: while it takes its time, other results wait, and so does
// an Add when the uploader is full. So what fn calls of the uploader has a context that ends.
// A panic in fn loses no result: it is returned by [Uploader.Flush] and [Uploader.Close].
func (u *Uploader[T]) AddFunc(ctx context.Context, rec T, fn func(Result)) (int, error) {
	return u.add(ctx, rec, fn, true)
}

// TryAdd is Add without waiting for room: [ErrFull] means that there is none, or that
// others wait for it.
func (u *Uploader[T]) TryAdd(rec T) (int, error) {
	return u.add(context.Background(), rec, nil, false)
}

func (u *Uploader[T]) add(ctx context.Context, rec T, fn func(Result), wait bool) (int, error) {
	if wait && ctx.Err() != nil {
		return 0, u.stream.contextError(ctx)
	}
	space := u.scratch.Get().(*scratch)
	defer u.scratch.Put(space)
	space.at(time.Now())
	r := newEntry(u.encoder, rec, space, u.stream.seed, u.stream.cfg.batchBytes)
	r.fn = fn
	return u.stream.add(ctx, &r, wait)
}

// Flush sends what has been taken so far and waits until all of it has its result, or ctx
// ends; then sending goes on nevertheless. Records that were not accepted are no error of
// Flush: their results say so.
func (u *Uploader[T]) Flush(ctx context.Context) error {
	if err := u.stream.flush(ctx); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	return u.panicked()
}

// closeGrace is how long Close waits, beyond its context's end, for results to be reported.
const closeGrace = 500 * time.Millisecond

// Close takes no more records, sends those it has, and waits for their results. When ctx
// ends first, what is not delivered by then is canceled, and Close returns the reason as
// soon as every result has been reported, or half a second later: when the function set with
// [OnResult], or a transport that ignores its context, takes longer than that, the other
// results are reported after it has returned. A further Close waits for the first and returns the same.
func (u *Uploader[T]) Close(ctx context.Context) error {
	first := false
	u.closeOnce.Do(func() { first = true })
	if first {
		u.closeErr = u.shut(ctx)
		close(u.closed)
		return u.closeErr
	}
	select {
	case <-u.closed:
		return u.closeErr
	case <-ctx.Done():
		return fmt.Errorf("close: %w", contextError(ctx))
	}
}

func (u *Uploader[T]) shut(ctx context.Context) error {
	s := u.stream
	s.refuse() // an Add that is blocked ends now
	wait := s.sendAll()
	select {
	case <-wait.done:
	case <-ctx.Done():
		s.close(fmt.Errorf("%w: %w", ErrClosed, context.Cause(ctx)))
		grace := time.NewTimer(closeGrace)
		defer grace.Stop()
		select {
		case <-wait.done:
		case <-grace.C:
			return fmt.Errorf("close: %s not reported: %w", plural(s.unreported(), "result"), s.contextError(ctx))
		}
		if report, _ := s.snapshot(); report.Canceled > 0 {
			return fmt.Errorf("close: %s not delivered: %w", plural(report.Canceled, "record"), s.contextError(ctx))
		}
	}
	s.close(ErrClosed)
	return u.panicked()
}

// Report is the sum of the results delivered so far.
func (u *Uploader[T]) Report() Report {
	report, _ := u.stream.snapshot()
	return report
}

// Format implements [fmt.Formatter]: an uploader shows what it does, and no record.
func (u *Uploader[T]) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "%s uploader of %v", u.encoder.name(), u.stream.client)
}

func (u *Uploader[T]) panicked() error {
	if _, p := u.stream.snapshot(); p != nil {
		return errors.New(p.text)
	}
	return nil
}
