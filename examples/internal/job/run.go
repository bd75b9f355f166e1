package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/overview"
	"github.com/klarity-go/klarity/examples/internal/source"
	"github.com/klarity-go/klarity/models"
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

	mu       sync.Mutex    // guards pending
	pending  []pendingItem // those without an outcome, in the order of the input
	complete bool          // the whole input was read
	stopped  bool          // by an error after which nothing can be read

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

// pendingItem is what is kept of an item until its outcome is known.
type pendingItem struct {
	at     source.Position
	record *models.EstateRecord // for the overview; nil if it is none
	raw    []byte               // its text, for -failed
}

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
		in, closeFile, err = r.flags.open(r.reading, std)
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
		if r.flags.Strict && r.target != nil {
			if err := in.spool(r.reading, &closers); err != nil {
				return closeAll, err
			}
		}
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
	return closeAll, r.createFiles()
}

// createFiles creates the files that the run writes.
func (r *run[T]) createFiles() (err error) {
	var info os.FileInfo
	if r.input != nil {
		info = r.input.info
	}
	if r.report, err = createReport(r.flags.Report, info, r.flags.Strict && r.target != nil); err != nil {
		return usageError{err}
	}
	if r.page, err = createFile("-html", r.flags.HTML, info, r.report.file); err != nil {
		return usageError{err}
	}
	if r.reader != nil {
		if r.failed, err = createFailedItems(r.flags.FailedItems, info, r.reader.Frame(), r.report.file, r.page); err != nil {
			return usageError{err}
		}
	}
	return nil
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
		if !r.flags.Quiet && !r.warned[w] {
			r.warned[w] = true
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
		rep, sendErr = r.operation.Send(sending, r.target.Client, r.track(ctx), opts...)
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

// about is what the overview says of the run.
func (r *run[T]) about(started time.Time) overview.Run {
	o := overview.Run{Source: r.input.Name, DryRun: r.target == nil, Started: started}
	if r.target != nil {
		o.Target, o.Emulator = r.target.URL, r.target.Emulator != nil
	}
	if o.Emulator {
		o.Target = "an emulator"
	}
	return o
}

// closeFiles completes the files that the run writes.
func (r *run[T]) closeFiles() error {
	var pageErr error
	if r.page != nil {
		pageErr = r.overview.WriteHTML(r.page)
		if err := r.page.Close(); pageErr == nil {
			pageErr = err
		}
		if pageErr != nil {
			pageErr = fmt.Errorf("-html %s is not complete: %w", r.page.Name(), pageErr)
		}
	}
	if r.failed != nil {
		r.failed.frame.Tail = r.reader.Frame().Tail
	}
	return errors.Join(r.report.close(), r.failed.close(r.complete && !r.stopped), pageErr)
}

// keep is what is kept of an item.
func (r *run[T]) keep(item *T) pendingItem {
	p := pendingItem{at: r.items.Position()}
	if item != nil && r.operation.Record != nil {
		p.record = r.operation.Record(item)
	}
	if r.failed != nil {
		p.raw = slices.Clone(r.reader.Raw())
	}
	return p
}

// track yields the items of the input and records their positions.
func (r *run[T]) track(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for item, err := range r.items.All() {
			if ctx.Err() != nil || r.reading.Err() != nil {
				return // interrupted: this item is not sent any more, or is none
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
	r.pending[0] = pendingItem{}
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
		r.failed.add(item.raw)
		reason = message
		if at.Line > 0 {
			message = at.String() + ": " + message
		}
		pos.Column, pos.Letter = at.Column, at.Letter
	}
	r.overview.Add(overview.Item{Record: item.record, Key: res.Key, Outcome: outcome, Place: place(item.at, res.Index), Reason: reason})
	r.report.add(entry{
		Index: res.Index, Sheet: pos.Sheet, Line: pos.Line, Column: pos.Column,
		Type: res.Key.Type, ID: res.Key.ID, NID: res.Key.NID, Outcome: outcome, Attempts: res.Attempts,
	}, message)
	r.progress.Done(pos.Offset)
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
