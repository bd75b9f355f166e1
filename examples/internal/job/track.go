package job

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/overview"
	"github.com/klarity-go/klarity/examples/internal/source"
	"github.com/klarity-go/klarity/models"
)

// pendingItem is what is kept of an item until its outcome is known.
type pendingItem[T any] struct {
	at     source.Position
	item   *T                   // nil if it is that of a file: there, the reader uses it again
	record *models.EstateRecord // for the overview; nil if it is none
	raw    []byte               // its text, for -failed
}

// keep is what is kept of an item.
func (r *run[T]) keep(item *T) pendingItem[T] {
	p := pendingItem[T]{at: r.items.Position()}
	if r.reader == nil {
		p.item = item
	}
	if item != nil && r.operation.Record != nil && r.wantsOverview() {
		p.record = r.operation.Record(item)
	}
	if r.failed != nil && r.reader != nil {
		p.raw = slices.Clone(r.reader.Raw())
	}
	return p
}

// track yields the items of the input and records their positions.
func (r *run[T]) track() iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for item, err := range r.items.All() {
			if r.reading.Err() != nil {
				return // interrupted: this item is not sent any more, or is none
			}
			if ended, ok := errors.AsType[endError](err); ok {
				r.ended = ended
				return
			}
			if e, ok := errors.AsType[*source.Error](err); ok {
				r.stopped = r.stopped || e.Last()
				r.checkRest(e)
			}
			r.mu.Lock()
			r.pending = append(r.pending, r.keep(item))
			r.mu.Unlock()
			if !yield(item, err) {
				return
			}
		}
		r.complete = true
	}
}

// checkRest adds the rules that an item breaks besides its cells that are wrong, so that a row is
// mended in one pass.
func (r *run[T]) checkRest(e *source.Error) {
	rest, ok := e.Rest.(*T)
	if !ok {
		return
	}
	broken, ok := errors.AsType[*api.RecordError](r.operation.Check(rest))
	if !ok {
		return
	}
	for _, f := range broken.Fields() {
		e.Also(f.Field, errors.New(strings.TrimPrefix(f.Error(), f.Field+": ")))
	}
}

// result records the outcome of an item. Outcomes come in the order of the input.
func (r *run[T]) result(res api.Result) {
	outcome := res.Outcome.String()
	if r.target == nil && res.Outcome == api.Accepted {
		outcome = overview.Valid
	}
	r.mu.Lock()
	item := r.pending[0]
	r.pending[0] = pendingItem[T]{}
	r.pending = r.pending[1:]
	r.mu.Unlock()
	pos := item.at
	message, reason := "", ""
	if res.Outcome == api.Failed && endsRun(res.Err) {
		r.stopReading()
	}
	switch {
	case res.Outcome != api.Canceled && res.Outcome != api.Failed:
	case res.Attempts == 0:
		r.unsent++
	case mayBeTaken(res.Err):
		r.sent++
	}
	if res.Err != nil {
		var at source.Position
		at, res.Key, message = errorDetails(pos, res.Key, res.Err)
		r.problems.add(place(at, res.Index), res.Key, outcome, message)
		r.failed.add(item.text())
		reason = message
		if at.Line > 0 {
			message = at.String() + ": " + message
		}
		pos.Column, pos.Letter = at.Column, at.Letter
	}
	if r.wantsOverview() {
		r.overview.Add(overview.Item{Record: item.record, Key: res.Key, Outcome: outcome, Place: place(item.at, res.Index), Reason: reason})
	}
	r.report.add(entry{
		Index: res.Index, Sheet: pos.Sheet, Line: pos.Line, Column: pos.Column,
		Type: res.Key.Type, ID: res.Key.ID, NID: res.Key.NID, Outcome: outcome, Attempts: res.Attempts,
	}, message)
	r.progress.Done(pos.Offset)
	if r.operation.Done != nil && item.item != nil {
		r.operation.Done(item.item, res.Outcome)
	}
}

// text is the item as it is written to the file of -failed, or nil if that is not known.
func (p pendingItem[T]) text() []byte {
	if p.item == nil {
		return p.raw
	}
	text, err := json.Marshal(p.item)
	if err != nil {
		return nil // its data have a value that JSON has not
	}
	return append(text, '\n')
}

// endsRun reports whether the SDK has ended the run with an error of a record: the patience is
// spent, the address is wrong, or there is no token.
func endsRun(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && (e.Note != "" || e.Operation == "token")
}

// mayBeTaken reports whether the API may have taken a record that was sent and has this error.
func mayBeTaken(err error) bool {
	var e *api.Error
	return !errors.As(err, &e) || e.StatusCode == 0 || e.StatusCode >= 500
}

// check checks all items in a dry run.
func (r *run[T]) check(ctx context.Context) (rep api.Report) {
	for item, err := range r.track() {
		res := api.Result{Index: rep.Inputs, Outcome: api.Accepted}
		if err == nil {
			res.Key = r.operation.Key(item)
			err = r.operation.Check(item)
		}
		rep.Inputs++
		if err != nil {
			res.Outcome, res.Err = api.Invalid, err
			rep.Invalid++
		} else {
			rep.Accepted++
		}
		r.result(res)
		if ctx.Err() != nil {
			break
		}
	}
	return rep
}
