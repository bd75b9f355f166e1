package job

import (
	"context"
	"fmt"
	"iter"
)

// items are the items of the input. A [source.Reader] is one.
type items[T any] interface {
	All() iter.Seq2[*T, error]
	// Line and Offset are where the item yielded last is: the line on which it begins, 0 if there
	// are no lines, and the bytes up to its end.
	Line() int
	Offset() int64
}

// sequence is an iterator as items.
type sequence[T any] iter.Seq2[*T, error]

func (s sequence[T]) All() iter.Seq2[*T, error] { return iter.Seq2[*T, error](s) }
func (sequence[T]) Line() int                   { return 0 }
func (sequence[T]) Offset() int64               { return 0 }

// position is the position of an item in the input.
type position struct {
	line   int
	offset int64
}

// place names the position of an item: its line, or its number if there are no lines.
func (p position) place(index int) string {
	if p.line > 0 {
		return fmt.Sprintf("line %d", p.line)
	}
	return fmt.Sprintf("record %d", index+1)
}

// prepareItems gets the items of an operation that has a source of its own. The report is
// created before, so that a wrong name of it costs no request.
func (r *run[T]) prepareItems(ctx context.Context) (err error) {
	if err := r.announce(ctx); err != nil {
		return err
	}
	if r.report, err = createReport(r.flags.Report, nil); err != nil {
		return usageError{err}
	}
	in, seq, err := r.operation.Items(ctx, r.target)
	if err != nil {
		_ = r.report.close() // it is empty
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%w: nothing was sent", context.Cause(ctx))
	case err != nil:
		return err
	}
	r.input, r.items = in, sequence[T](seq)
	return nil
}
