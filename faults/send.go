package faults

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// operation is what a run asks the API for.
type operation string

const (
	upsert operation = "Upsert"
	remove operation = "Delete"
	enrich operation = "Enrich"
)

// journal is what a run told.
type journal struct {
	results  []api.Result
	taken    int // inputs that the SDK took
	report   api.Report
	err      error
	uploader any // nil: there was none
	took     time.Duration
	gaveUp   time.Time     // when the caller did, if it did
	lag      time.Duration // from then to the end
}

// send puts the input through the SDK.
func send(ctx context.Context, client *api.Client, s *scenario, in *input) (j journal) {
	ctx, cancel := context.WithTimeout(ctx, s.deadline)
	defer cancel()
	onResult := func(r api.Result) {
		j.results = append(j.results, r)
		if len(j.results) == s.cancelAfter {
			j.gaveUp = time.Now()
			cancel()
		}
	}
	began := time.Now()
	if s.patience > 0 {
		defer time.AfterFunc(s.patience, cancel).Stop()
	}
	verbOf(s.operation, client, in).send(ctx, s, len(in.versions), onResult, &j)
	j.took = time.Since(began)
	if s.patience > 0 && j.took > s.patience {
		j.gaveUp = began.Add(s.patience)
	}
	if !j.gaveUp.IsZero() {
		j.lag = time.Since(j.gaveUp)
	}
	return j
}

// verb is how an operation is asked for.
type verb[T any] struct {
	item     func(version int) T
	run      func(context.Context, iter.Seq2[T, error], ...api.RunOption) (api.Report, error)
	uploader func(...api.RunOption) (*api.Uploader[T], error)
}

type sender interface {
	send(ctx context.Context, s *scenario, items int, onResult func(api.Result), j *journal)
}

func verbOf(op operation, client *api.Client, in *input) sender {
	switch op {
	case remove:
		return verb[*models.RecordLocator]{
			in.locator,
			func(ctx context.Context, items iter.Seq2[*models.RecordLocator, error], opts ...api.RunOption) (api.Report, error) {
				return client.Delete(ctx, models.PeriodAll, items, opts...)
			},
			func(opts ...api.RunOption) (*api.Uploader[*models.RecordLocator], error) {
				return client.NewDeleter(models.PeriodAll, opts...)
			},
		}
	case enrich:
		return verb[*models.Enrichment]{in.enrichment, client.Enrich, client.NewEnricher}
	default:
		return verb[*models.EstateRecord]{in.record, client.Upsert, client.NewUpserter}
	}
}

func (v verb[T]) send(ctx context.Context, s *scenario, items int, onResult func(api.Result), j *journal) {
	if s.uploader {
		v.upload(ctx, s, items, onResult, j)
		return
	}
	j.report, j.err = v.run(ctx, func(yield func(T, error) bool) {
		for i := range items {
			j.taken++
			if !yield(v.item(i), nil) {
				return
			}
		}
	}, s.options(onResult)...)
}

// upload adds the items one by one, and closes.
func (v verb[T]) upload(ctx context.Context, s *scenario, items int, onResult func(api.Result), j *journal) {
	u, err := v.uploader(s.options(onResult)...)
	if err != nil {
		j.err = err
		return
	}
	j.uploader = u
	for i := range items {
		index, err := u.Add(ctx, v.item(i))
		if err != nil {
			if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
				j.err = err
			}
			break
		}
		if index != i {
			j.err = fmt.Errorf("record %d got index %d from Add", i, index)
			break
		}
		j.taken++
	}
	j.err = errors.Join(j.err, u.Close(ctx))
	j.report = u.Report()
}
