package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/overview"
	"github.com/klarity-go/klarity/examples/internal/source"
)

// Run executes an operation on the input that the flags name and returns the exit status.
func Run[T any](ctx context.Context, std Streams, f *Flags, op Operation[T]) int {
	r := &run[T]{
		flags: f, operation: op,
		out: console.New(std.Out, os.Getenv), warned: make(map[string]bool),
		errs: console.New(std.Err, os.Getenv),
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	r.reading, r.stopReading = reading, stop
	closeAll, err := r.prepare(ctx, std)
	if err == nil {
		err = r.do(ctx)
	}
	closeAll()
	if errors.Is(err, errNotAccepted) {
		return Failed // the summary has said so
	}
	return exit(std, f.Name(), err)
}

// run is one run over one input.
type run[T any] struct {
	flags     *Flags
	operation Operation[T]
	out, errs *console.Console

	target *Target // nil in a dry run
	input  *Input
	items  items[T]
	reader *source.Reader[T] // the items, if they are those of a file; otherwise nil
	report *report
	failed *failedItems
	page   *os.File // of -html; otherwise nil

	mu       sync.Mutex       // guards pending
	pending  []pendingItem[T] // those without an outcome, in the order of the input
	complete bool             // the whole input was read
	stopped  bool             // by an error after which nothing can be read
	ended    error            // the error with which a source of the program's own has ended early, or nil

	// reading ends with the run's context, and when the SDK has ended the run: nothing that is
	// read then would be sent, and a pipe may stay open for ever.
	reading     context.Context
	stopReading func()

	progress *console.Progress
	problems problems
	overview *overview.Overview
	warned   map[string]bool // what was said about the input

	// Of the records without an outcome that is known: those that were sent, and those never.
	sent, unsent int
}

var errNotAccepted = errors.New("not every item was accepted")

// do sends all items, or only checks them in a dry run.
func (r *run[T]) do(ctx context.Context) error {
	if r.flags.Strict && r.target != nil {
		if err := r.checkAll(ctx); err != nil {
			return err
		}
	}
	progress, to := r.operation.Progress, ""
	if r.target == nil {
		progress = "Checking"
	} else if r.target.Emulator == nil {
		to = " to " + r.target.URL
		if r.operation.Progress != "Uploading" {
			to = " at " + r.target.URL
		}
	}
	if !r.flags.Quiet {
		fmt.Fprintf(r.out, "%s %s%s\n", progress, r.input.Name, to)
	}
	started := time.Now()
	var before []apitest.Total
	// What was deleted or enriched is not what an estate holds because of it.
	compare := r.operation.Record != nil && r.target != nil && r.target.Emulator != nil
	if compare {
		before = r.target.Emulator.Totals("")
	}
	r.overview = overview.New(r.about(started))
	r.progress = console.NewProgress(r.progressConsole(), progress, r.input.Size)
	sending, stopNotice := r.onInterrupt(ctx)

	var rep api.Report
	var sendErr error
	if r.target == nil {
		rep = r.check(ctx)
	} else {
		inFlight := cmp.Or(r.flags.Concurrency, defaultConcurrency)
		opts := []api.RunOption{
			api.OnResult(r.result), api.InFlight(inFlight),
			// Each of them is held a second time, as it was read, until its outcome is known.
			api.MaxBufferedRecords(2 * (inFlight + 1) * 1000),
		}
		if n := r.flags.BatchBytes; n > 0 {
			opts = append(opts, api.BatchBytes(n))
		}
		rep, sendErr = r.operation.Send(sending, r.target.Client, r.track(), opts...)
	}
	stopNotice()
	r.progress.Stop()
	if compare {
		r.overview.SetEstate(before, r.target.Emulator.Totals(""))
	}
	filesErr := r.closeFiles()
	r.summarize(ctx, rep, time.Since(started), sendErr)
	if filesErr != nil {
		return filesErr
	}
	if !rep.OK() || !r.complete || len(r.input.Missing) > 0 || rep.Inputs < r.minRecords() {
		return errNotAccepted
	}
	return nil
}

// progressConsole is where the progress is drawn.
func (r *run[T]) progressConsole() *console.Console {
	if r.flags.Quiet {
		return console.New(nil, os.Getenv)
	}
	return r.errs
}

const defaultConcurrency = 4 // the SDK's own
