package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime/debug"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/examples/focus/ledger"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/models"
)

// books are what a run has of a bill: the bill itself, and what was sent of it.
type books struct {
	*options
	std       job.Streams
	out, errs *console.Console

	bill    *bill.Bill // nil until it was read
	ledger  *ledger.Ledger
	outputs outputs
	sending bool // not only checking
	ended   bool // all records were yielded
}

func newBooks(o *options, std job.Streams) *books {
	return &books{options: o, std: std, out: console.New(std.Out, os.Getenv), errs: console.New(std.Err, os.Getenv)}
}

// items reads the bill and returns its records.
func (b *books) items(ctx context.Context) (*job.Input, iter.Seq2[*models.EstateRecord, error], error) {
	if err := b.outputs.open(b.options); err != nil {
		return nil, nil, job.Usagef("%w", err)
	}
	name, err := b.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := b.outputs.writeNegative(ctx, b.bill); err != nil {
		return nil, nil, fmt.Errorf("-negative %s: %w", b.negative, err)
	}
	b.ledger = ledger.New(b.bill.Totals())
	s := b.bill.Summary()
	in := &job.Input{Name: name}
	if s.Records > 0 {
		in.Name = console.Counted(s.Records, "record") + " of " + name
	}
	if !b.Quiet {
		b.describe(&s)
	}
	return in, b.records(), nil
}

// read reads the bill, with a progress.
func (b *books) read(ctx context.Context) (name string, err error) {
	in := b.open(ctx, b.std)
	defer in.close()
	terminal := b.errs
	if b.Quiet {
		terminal = console.New(nil, os.Getenv)
	} else {
		fmt.Fprintf(b.out, "Reading %s\n", in.name)
	}
	progress := console.NewProgressOf(terminal, "Reading", "row", in.size)
	b.bill, err = bill.Read(ctx, bill.Options{
		Cost: b.cost, Type: b.typeBy, TempDir: b.temp, Buffer: b.buffer, Progress: progress.At,
	}, in.inputs...)
	progress.Stop()
	_, wrongRows := errors.AsType[*bill.RowsError](err)
	_, wrongFile := errors.AsType[*bill.FileError](err)
	if wrongRows || wrongFile {
		return in.name, job.Usagef("%w", err)
	}
	if err != nil {
		return in.name, err
	}
	if err := in.checkUnchanged(b.files); err != nil {
		return in.name, job.Usagef("%w", err)
	}
	return in.name, nil
}

// records yields the records of the bill, and begins the books again when a run begins again.
func (b *books) records() iter.Seq2[*models.EstateRecord, error] {
	return func(yield func(*models.EstateRecord, error) bool) {
		b.ledger.Begin()
		b.ended = false
		for record, err := range b.bill.Records() {
			if err != nil {
				err = job.Ended(err)
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
		b.ended = true
	}
}

func (b *books) done(r *models.EstateRecord, outcome api.Outcome) {
	b.ledger.Add(r, outcome == api.Accepted)
}

// close ends the run: it says whether the books balance, and removes what is on disk. It returns
// the exit status.
func (b *books) close() int {
	status := job.Accepted
	var problems error
	if b.ledger != nil {
		days := b.ledger.Days(b.ended)
		problems = b.outputs.writeReconciliation(days)
		if !b.reconcile(days) {
			status = job.Failed
		}
		if s := b.bill.Summary(); s.NegativeDays > 0 && !b.allowNegative {
			text := fmt.Sprintf("%s: %s, so the exit status is 1: have a look, then say so with -allow-negative", b.Name(), b.negativeText(&s))
			console.Fprintln(b.errs, b.errs.Wrap("", text))
			status = job.Failed
		}
	}
	if b.bill != nil {
		problems = errors.Join(problems, b.bill.Close())
	}
	if problems = errors.Join(problems, b.outputs.close()); problems != nil {
		fmt.Fprintf(b.errs, "%s: %s\n", b.Name(), console.Printable(problems.Error()))
		status = job.Failed
	}
	return status
}

// memoryLimit is what the program needs at most, with room for what is not the heap's: for files of
// any size. Below it the garbage collector is in no hurry.
const memoryLimit = 150 << 20

func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
