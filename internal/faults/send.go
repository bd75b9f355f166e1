package faults

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
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
	apply  operation = "Apply" // changes of the other three
)

// Operations are what runs ask for.
func Operations() []string {
	return []string{string(upsert), string(remove), string(enrich), string(apply)}
}

// result is the operation's name in a result.
func (op operation) result() string { return strings.ToLower(string(op)) }

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
	told     *atomic.Int64
	open     int // the most items without a result, at any time
	behind   int // items without one in the middle of the input, which has waited for them
}

// send puts the input through the SDK.
func send(ctx context.Context, client *api.Client, s *scenario, in *input) (j journal) {
	ctx, cancel := context.WithTimeout(ctx, s.deadline)
	defer cancel()
	j.told = new(atomic.Int64)
	onResult := func(r api.Result) {
		if s.slow && r.Index%64 == 0 {
			time.Sleep(time.Millisecond)
		}
		defer j.told.Add(1)
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

// before is called before an item is handed over.
func (j *journal) before(ctx context.Context, s *scenario, i, items int) {
	j.open = max(j.open, i-int(j.told.Load()))
	if s.pace > 0 && i%16 == 15 {
		time.Sleep(s.pace)
	}
	if !s.halfway || i != items/2 {
		return
	}
	const patience = 10 * time.Second
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if j.behind = i - int(j.told.Load()); j.behind == 0 || time.Now().After(end) || ctx.Err() != nil {
			return
		}
	}
}

// verb is how an operation is asked for.
type verb[T any] struct {
	item     func(version int) T
	spoil    func() // called when an item is not the SDK's any more
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
			in.locator, in.spoil,
			func(ctx context.Context, items iter.Seq2[*models.RecordLocator, error], opts ...api.RunOption) (api.Report, error) {
				return client.Delete(ctx, models.PeriodAll, items, opts...)
			},
			func(opts ...api.RunOption) (*api.Uploader[*models.RecordLocator], error) {
				return client.NewDeleter(models.PeriodAll, opts...)
			},
		}
	case enrich:
		return verb[*models.Enrichment]{in.enrichment, in.spoil, client.Enrich, client.NewEnricher}
	case apply:
		return verb[api.Change]{in.change, in.spoil, client.Apply, client.NewApplier}
	default:
		return verb[*models.EstateRecord]{in.record, in.spoil, client.Upsert, client.NewUpserter}
	}
}

func (v verb[T]) send(ctx context.Context, s *scenario, items int, onResult func(api.Result), j *journal) {
	if s.uploader {
		v.upload(ctx, s, items, onResult, j)
		return
	}
	j.report, j.err = v.run(ctx, func(yield func(T, error) bool) {
		for i := range items {
			j.before(ctx, s, i, items)
			j.taken++
			if !yield(v.item(i), nil) {
				return
			}
			v.spoil()
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
		j.before(ctx, s, i, items)
		index, err := u.Add(ctx, v.item(i))
		v.spoil()
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
