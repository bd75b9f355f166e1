package job

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/source"
)

// Run executes an operation on the input that the flags name and returns the exit status.
func Run[T any](ctx context.Context, std Streams, f *Flags, op Operation[T]) int {
	r := &run[T]{
		flags: f, operation: op,
		out:  console.New(std.Out, os.Getenv),
		errs: console.New(std.Err, os.Getenv),
	}
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

	mu       sync.Mutex        // guards pending
	pending  []source.Position // of the items without an outcome, in the order of the input
	complete bool              // the whole input was read

	progress *console.Progress
	problems problems

	// Of the records without an outcome that is known: those that were sent, and those never.
	sent, unsent int
}

// valid is the outcome of an item without an error in a dry run.
const valid = "valid"

var errNotAccepted = errors.New("not every item was accepted")

// prepare opens everything that the run needs. The caller must call closeAll, also after an
// error.
func (r *run[T]) prepare(ctx context.Context, std Streams) (closeAll func(), err error) {
	var closers []func()
	closeAll = func() {
		for _, c := range closers {
			c()
		}
		if r.reader != nil {
			_ = r.reader.Close()
		}
	}
	if !r.flags.DryRun {
		retries := slog.DiscardHandler
		if !r.flags.Quiet {
			retries = &retryLog{program: r.flags.Name(), write: r.note}
		}
		if r.target, err = r.flags.connect(api.WithLogger(slog.New(retries))); err != nil {
			return closeAll, err
		}
		closers = append(closers, r.target.Close)
	}
	if r.operation.Items != nil {
		if err := r.signIn(ctx); err != nil {
			return closeAll, err
		}
		return closeAll, r.prepareItems(ctx)
	}
	var in *Input
	if r.flags.File != "" {
		var closeFile func() error
		in, closeFile, err = r.flags.open(ctx, std)
		if err != nil && ctx.Err() != nil {
			return closeAll, fmt.Errorf("%w: nothing was read or sent", context.Cause(ctx))
		} else if err != nil {
			return closeAll, err
		}
		closers = append(closers, func() { _ = closeFile() })
	} else if r.target != nil && !IsLocal(r.target.URL) {
		return closeAll, usagef("-file is missing: the sample data of this example is only sent to this machine")
	}
	if err := r.signIn(ctx); err != nil { // before anything is read
		return closeAll, err
	}
	if in != nil {
		if err := r.open(in); err != nil && ctx.Err() != nil {
			return closeAll, fmt.Errorf("%w: nothing was read or sent", context.Cause(ctx))
		} else if err != nil {
			return closeAll, err
		}
	}
	if err := r.announce(ctx); err != nil {
		return closeAll, err
	}
	if r.input == nil {
		in, err := r.operation.Sample(r.target)
		if err != nil {
			return closeAll, usageError{err}
		}
		if err := r.open(in); err != nil {
			return closeAll, err
		}
	}
	if r.report, err = createReport(r.flags.Report, r.input.info); err != nil {
		return closeAll, usageError{err}
	}
	return closeAll, nil
}

func (r *run[T]) open(in *Input) error {
	options := in.options
	options.Format = in.Format
	reader, err := r.operation.Open(in.Reader, options)
	if err != nil {
		return usagef("%s: %w", in.Name, err)
	}
	r.input, r.items, r.reader = in, reader, reader
	r.warn()
	return nil
}

// warn prints what was noticed about the input since the last call.
func (r *run[T]) warn() {
	if r.reader == nil {
		return
	}
	for _, w := range r.reader.Warnings() {
		if !r.flags.Quiet {
			console.Fprintln(r.errs, r.errs.Wrap("", r.flags.Name()+": "+console.Printable(w)))
		}
	}
}

// announce prints whether the run uses an emulator, and fills it if the operation needs that.
func (r *run[T]) announce(ctx context.Context) error {
	if r.target == nil || r.target.Emulator == nil {
		return nil
	}
	text := "No credentials are set: this runs on an emulator, inside this program."
	if r.flags.Emulator {
		text = "This runs on an emulator, inside this program: nothing reaches Klarity."
	}
	if !r.flags.Quiet {
		console.Fprintln(r.out, text)
	}
	if r.operation.Prepare == nil {
		return nil
	}
	text, err := r.operation.Prepare(ctx, r.target)
	if err == nil && !r.flags.Quiet {
		console.Fprintln(r.out, text)
	}
	return err
}

// do sends all items, or only checks them in a dry run.
func (r *run[T]) do(ctx context.Context) error {
	progress, to := r.operation.Progress, ""
	if r.target == nil {
		progress = "Checking"
	} else if r.target.Emulator == nil {
		to = " to " + r.target.URL
		if r.operation.Progress != "Uploading" {
			to = " at " + r.target.URL
		}
	}
	progressOut := r.errs
	if r.flags.Quiet {
		progressOut = console.New(nil, os.Getenv)
	} else {
		fmt.Fprintf(r.out, "%s %s%s\n", progress, r.input.Name, to)
	}
	started := time.Now()
	r.progress = console.NewProgress(progressOut, progress, r.input.Size)
	sending, stopNotice := r.onInterrupt(ctx)

	var rep api.Report
	var sendErr error
	if r.target == nil {
		rep = r.check(ctx)
	} else {
		opts := []api.RunOption{api.OnResult(r.result)}
		if n := r.flags.Concurrency; n > 0 {
			opts = append(opts, api.InFlight(n))
		}
		if n := r.flags.BatchBytes; n > 0 {
			opts = append(opts, api.BatchBytes(n))
		}
		rep, sendErr = r.operation.Send(sending, r.target.Client, r.track(ctx), opts...)
	}
	stopNotice()
	r.progress.Stop()
	reportErr := r.report.close()
	r.summarize(ctx, rep, time.Since(started), sendErr)
	if reportErr != nil {
		return reportErr
	}
	if !rep.OK() || !r.complete || len(r.input.Missing) > 0 || rep.Inputs < r.minRecords() {
		return errNotAccepted
	}
	return nil
}

// track yields the items of the input and records their positions.
func (r *run[T]) track(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for item, err := range r.items.All() {
			if ctx.Err() != nil {
				return // interrupted: this item is not sent any more, or is none
			}
			r.mu.Lock()
			r.pending = append(r.pending, r.items.Position())
			r.mu.Unlock()
			if !yield(item, err) {
				return
			}
		}
		r.complete = true
	}
}

// result records the outcome of an item. Outcomes come in the order of the input.
func (r *run[T]) result(res api.Result) {
	outcome := res.Outcome.String()
	if r.target == nil && res.Outcome == api.Accepted {
		outcome = valid
	}
	r.mu.Lock()
	pos := r.pending[0]
	r.pending = r.pending[1:]
	r.mu.Unlock()
	message := ""
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
		if at.Line > 0 {
			message = at.String() + ": " + message
		}
		pos.Column, pos.Letter = at.Column, at.Letter
	}
	r.report.add(entry{
		Index: res.Index, Sheet: pos.Sheet, Line: pos.Line, Column: pos.Column,
		Type: res.Key.Type, ID: res.Key.ID, NID: res.Key.NID, Outcome: outcome, Attempts: res.Attempts,
	}, message)
	r.progress.Done(pos.Offset)
}

// mayBeTaken reports whether the API may have taken a record that was sent and has this error.
func mayBeTaken(err error) bool {
	var e *api.Error
	return !errors.As(err, &e) || e.StatusCode == 0 || e.StatusCode >= 500
}

// check checks all items in a dry run.
func (r *run[T]) check(ctx context.Context) (rep api.Report) {
	for item, err := range r.track(ctx) {
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
