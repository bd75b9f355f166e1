package api

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/klarity-go/klarity/models"
)

// Upsert creates or updates the records, in as many requests as it takes. It pulls the
// iterator, and checks and encodes each record, in the goroutine of the caller, only as
// fast as it sends. It returns when every record pulled has its outcome; see [OnResult].
// A record may be changed, and its memory used for the next one, as soon as the iterator
// goes on.
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
// the credentials or a fresh token are refused, when the address looks wrong, or when an
// outage or a Retry-After is longer than [RetryPolicy.Patience]. An iterator that blocks
// has to heed ctx itself.
func (c *Client) Upsert(ctx context.Context, records iter.Seq2[*models.EstateRecord, error], opts ...RunOption) (Report, error) {
	cfg, err := newRunConfig(upsertOperation.name, opts)
	if err != nil {
		return Report{}, err
	}
	v, err := upsertVerb(cfg.period)
	if err != nil {
		return Report{}, err
	}
	return run(ctx, c, v, records, cfg)
}

// UpsertAll is [Client.Upsert] for a slice.
func (c *Client) UpsertAll(ctx context.Context, records []*models.EstateRecord, opts ...RunOption) (Report, error) {
	return c.Upsert(ctx, each(records), opts...)
}

// Delete deletes records from the period, which has no default. Deleting what is not
// there is not an error that the contract knows. Everything else is as in [Client.Upsert];
// records are identified by their nid, or by type and ID where they have none.
func (c *Client) Delete(ctx context.Context, period models.Period, records iter.Seq2[*models.RecordLocator, error], opts ...RunOption) (Report, error) {
	cfg, err := newRunConfig(deleteOperation.name, opts)
	if err != nil {
		return Report{}, err
	}
	v, err := deleteVerb(period)
	if err != nil {
		return Report{}, err
	}
	return run(ctx, c, v, records, cfg)
}

// DeleteAll is [Client.Delete] for a slice.
func (c *Client) DeleteAll(ctx context.Context, period models.Period, records []*models.RecordLocator, opts ...RunOption) (Report, error) {
	return c.Delete(ctx, period, each(records), opts...)
}

// Enrich attaches data to existing records. A second enrichment of a record replaces the
// first, so they are sent in their order. Everything else is as in [Client.Upsert].
func (c *Client) Enrich(ctx context.Context, enrichments iter.Seq2[*models.Enrichment, error], opts ...RunOption) (Report, error) {
	cfg, err := newRunConfig(enrichOperation.name, opts)
	if err != nil {
		return Report{}, err
	}
	return run(ctx, c, enrichVerb(), enrichments, cfg)
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

// run sends what an iterator yields. It is pulled, and its records are encoded, in the
// caller's goroutine.
func run[T any](ctx context.Context, c *Client, e encoder[T], seq iter.Seq2[T, error], cfg runConfig) (Report, error) {
	if err := c.ready(); err != nil {
		return Report{}, err
	}
	if seq == nil {
		return Report{}, &configError{errNoSource}
	}
	s := newStream(ctx, c, cfg)
	defer s.close(nil)

	// When the iterator panics, what was pulled gets its outcome before the panic goes on.
	finished := false
	defer func() {
		if !finished {
			s.cancel(errIterator)
			<-s.sendAll().done
		}
	}()
	ended := pull(s, e, seq)
	// The end of ctx makes requests end; the wait for their results does not end before.
	<-s.sendAll().done
	finished = true

	report, panicked := s.snapshot()
	if panicked != nil {
		panic(panicked.value)
	}
	if ended != nil || !report.OK() {
		return report, &runError{e.name(), report, ended}
	}
	return report, nil
}

var errNoSource = errors.New("the iterator is nil")

var errIterator = errors.New("the iterator panicked")

// pull takes what the iterator yields, and returns why it did not come to the end.
func pull[T any](s *stream, e encoder[T], seq iter.Seq2[T, error]) (ended error) {
	if err := s.ended(); err != nil {
		return err
	}
	var space scratch
	n := 0
	for in, err := range seq {
		if n%64 == 0 {
			space.at(time.Now())
		}
		n++
		var r entry
		if err != nil {
			r.envelope, r.key = e.describe(in)
			r.err = err
		} else {
			r = newEntry(e, in, &space, s.seed, s.cfg.batchBytes)
		}
		if _, err := s.add(s.ctx, &r, true); err != nil {
			s.refuseTaken(&r, err)
			return err
		}
	}
	return nil
}
