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

// operation is the operation of a run.
type operation string

const (
	opUpsert operation = "Upsert"
	opDelete operation = "Delete"
	opEnrich operation = "Enrich"
	opApply  operation = "Apply" // changes of all three
)

// Operations returns the operations that runs can have.
func Operations() []string {
	return []string{string(opUpsert), string(opDelete), string(opEnrich), string(opApply)}
}

// resultName is the operation's name in an api.Result.
func (op operation) resultName() string { return strings.ToLower(string(op)) }

// observation is all that the SDK returned and reported in a run.
type observation struct {
	results        []api.Result
	consumed       int // items that the SDK took from the input
	report         api.Report
	err            error
	uploader       any // nil: the run had none
	took           time.Duration
	canceledAt     time.Time     // zero: the caller did not cancel
	cancelLag      time.Duration // from then to the end of the run
	reported       *atomic.Int64 // results
	maxPending     int           // the largest number of items without a result
	pendingHalfway int           // items without a result after the wait in the middle of the input
}

// send sends the input with the SDK.
func send(ctx context.Context, client *api.Client, s *scenario, in *input) (obs observation) {
	ctx, cancel := context.WithTimeout(ctx, s.deadline)
	defer cancel()
	obs.reported = new(atomic.Int64)
	onResult := func(r api.Result) {
		if s.slowCallback && r.Index%64 == 0 {
			time.Sleep(time.Millisecond)
		}
		defer obs.reported.Add(1)
		obs.results = append(obs.results, r)
		if len(obs.results) == s.cancelAfterResults {
			obs.canceledAt = time.Now()
			cancel()
		}
	}
	began := time.Now()
	if s.cancelAfterTime > 0 {
		defer time.AfterFunc(s.cancelAfterTime, cancel).Stop()
	}
	methodFor(s.operation, client, in).send(ctx, s, len(in.versions), onResult, &obs)
	obs.took = time.Since(began)
	if s.cancelAfterTime > 0 && obs.took > s.cancelAfterTime {
		obs.canceledAt = began.Add(s.cancelAfterTime)
	}
	if !obs.canceledAt.IsZero() {
		obs.cancelLag = time.Since(obs.canceledAt)
	}
	return obs
}

// beforeItem is called before item i is passed to the SDK.
func (obs *observation) beforeItem(ctx context.Context, s *scenario, i, items int) {
	obs.maxPending = max(obs.maxPending, i-int(obs.reported.Load()))
	if s.pause > 0 && i%16 == 15 {
		time.Sleep(s.pause)
	}
	if !s.waitHalfway || i != items/2 {
		return
	}
	const patience = 10 * time.Second
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if obs.pendingHalfway = i - int(obs.reported.Load()); obs.pendingHalfway == 0 || time.Now().After(end) || ctx.Err() != nil {
			return
		}
	}
}

// method has the functions of the SDK for an operation.
type method[T any] struct {
	item      func(version int) T
	overwrite func() // called when the SDK does not need an item any more
	stream    func(context.Context, iter.Seq2[T, error], ...api.RunOption) (api.Report, error)
	uploader  func(...api.RunOption) (*api.Uploader[T], error)
}

type sender interface {
	send(ctx context.Context, s *scenario, items int, onResult func(api.Result), obs *observation)
}

func methodFor(op operation, client *api.Client, in *input) sender {
	switch op {
	case opDelete:
		return method[*models.RecordLocator]{
			in.locator, in.overwriteShared,
			func(ctx context.Context, items iter.Seq2[*models.RecordLocator, error], opts ...api.RunOption) (api.Report, error) {
				return client.Delete(ctx, models.PeriodAll, items, opts...)
			},
			func(opts ...api.RunOption) (*api.Uploader[*models.RecordLocator], error) {
				return client.NewDeleter(models.PeriodAll, opts...)
			},
		}
	case opEnrich:
		return method[*models.Enrichment]{in.enrichment, in.overwriteShared, client.Enrich, client.NewEnricher}
	case opApply:
		return method[api.Change]{in.change, in.overwriteShared, client.Apply, client.NewApplier}
	default:
		return method[*models.EstateRecord]{in.record, in.overwriteShared, client.Upsert, client.NewUpserter}
	}
}

func (m method[T]) send(ctx context.Context, s *scenario, items int, onResult func(api.Result), obs *observation) {
	if s.uploader {
		m.upload(ctx, s, items, onResult, obs)
		return
	}
	obs.report, obs.err = m.stream(ctx, func(yield func(T, error) bool) {
		for i := range items {
			obs.beforeItem(ctx, s, i, items)
			obs.consumed++
			if !yield(m.item(i), nil) {
				return
			}
			m.overwrite()
		}
	}, s.options(onResult)...)
}

// upload sends the items with an Uploader.
func (m method[T]) upload(ctx context.Context, s *scenario, items int, onResult func(api.Result), obs *observation) {
	u, err := m.uploader(s.options(onResult)...)
	if err != nil {
		obs.err = err
		return
	}
	obs.uploader = u
	for i := range items {
		obs.beforeItem(ctx, s, i, items)
		index, err := u.Add(ctx, m.item(i))
		m.overwrite()
		if err != nil {
			if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
				obs.err = err
			}
			break
		}
		if index != i {
			obs.err = fmt.Errorf("adding record %d: got index %d, want %d", i, index, i)
			break
		}
		obs.consumed++
	}
	obs.err = errors.Join(obs.err, u.Close(ctx))
	obs.report = u.Report()
}
