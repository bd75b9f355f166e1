package job

import (
	"context"
	"fmt"
	"iter"

	"github.com/klarity-go/klarity/examples/internal/source"
)

// items are the items of the input. A [source.Reader] is one.
type items[T any] interface {
	All() iter.Seq2[*T, error]
	// Position is where the item yielded last is; its Line is 0 if there are no lines.
	Position() source.Position
}

// sequence is an iterator as items.
type sequence[T any] iter.Seq2[*T, error]

func (s sequence[T]) All() iter.Seq2[*T, error] { return iter.Seq2[*T, error](s) }
func (sequence[T]) Position() source.Position   { return source.Position{} }

// place names the position of an item: its line or cell, or its number if there are no lines.
func place(at source.Position, index int) string {
	if at.Line > 0 {
		return at.String()
	}
	return fmt.Sprintf("record %d", index+1)
}

// endError is an error that ends the items before their end.
type endError struct{ error }

func (e endError) Unwrap() error { return e.error }

// Ended returns an error that an iterator of [Operation.Items] yields when it cannot go on, such
// as after a lost connection. It is about no item and has no outcome: what came before is sent,
// the run says that the rest was not read, and the exit status is 1.
func Ended(err error) error { return endError{err} }

// prepareItems gets the items of an operation that has a source of its own. The files that are to
// be written are opened before, so that a wrong name costs no request, and emptied after it, so
// that the report of the last run stays when the source says nothing.
func (r *run[T]) prepareItems(ctx context.Context) (err error) {
	if err := r.announce(ctx); err != nil {
		return err
	}
	if err := r.openFiles(); err != nil {
		return err
	}
	in, seq, err := r.operation.Items(r.reading, r.target)
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%w: nothing was sent", context.Cause(ctx))
	case err != nil:
		return err
	}
	r.input, r.items = in, sequence[T](seq)
	return r.beginFiles()
}
