package job

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/source"
)

// Run does what the flags say and returns the exit status.
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
		return Failed // it has been said
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
	reader *source.Reader[T]
	report *report

	mu       sync.Mutex
	pending  []position // of the items that have no outcome yet, in their order
	complete bool       // the input was read to its end

	progress *console.Progress
	problems problems
}

// place is where in the input an item stands.
type position struct {
	line   int
	offset int64
}

// valid is what a dry run calls an item without an error.
const valid = "valid"

var errNotAccepted = errors.New("not every item was accepted")

// prepare opens everything that the run needs. What it returns closes all that is open,
// also after an error.
func (r *run[T]) prepare(ctx context.Context, std Streams) (closeAll func(), err error) {
	var closers []func()
	closeAll = func() {
		for _, c := range closers {
			c()
		}
	}
	if !r.flags.DryRun {
		if r.target, err = Connect(); err != nil {
			return closeAll, err
		}
		closers = append(closers, r.target.Close)
	}
	if r.flags.File != "" {
		in, closeFile, err := r.flags.open(ctx, std)
		if err != nil {
			return closeAll, err
		}
		closers = append(closers, func() { closeFile() })
		if err := r.open(in); err != nil && ctx.Err() != nil {
			return closeAll, fmt.Errorf("%w: nothing was read or sent", context.Cause(ctx))
		} else if err != nil {
			return closeAll, err
		}
	} else if r.target != nil && !r.target.isLocal() {
		return closeAll, usagef("-file is missing: the data that this example ships is invented, and is sent to no other machine")
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

func (r *run[T]) open(in *Input) (err error) {
	if r.reader, err = r.operation.Open(in.Reader, in.Format); err != nil {
		return usagef("%s: %w", in.Name, err)
	}
	r.input = in
	return nil
}

// announce says what the run talks to, and fills a new emulator if the verb wants that.
func (r *run[T]) announce(ctx context.Context) error {
	if r.target == nil || r.target.Emulator == nil {
		return nil
	}
	switch {
	case !r.flags.Quiet:
		console.Fprintln(r.out, "No credentials are set: this runs on an emulator, inside this program.")
	case r.flags.File != "":
		// Quiet as it is, a job whose credentials got lost has to hear of it.
		fmt.Fprintf(r.errs, "%s: no credentials are set: this runs on an emulator, and nothing reaches Klarity\n", r.operation.Name)
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

// do runs all items through the SDK, or through its checks alone.
func (r *run[T]) do(ctx context.Context) error {
	progress, to := r.operation.Progress, ""
	if r.target == nil {
		progress = "Checking"
	} else if r.target.Emulator == nil {
		to = " to " + r.target.URL
		if r.operation.Name != "upload" {
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
	stopNotice := r.onInterrupt(ctx)

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
		rep, sendErr = r.operation.Send(ctx, r.target.Client, r.items(ctx), opts...)
	}
	stopNotice()
	r.progress.Stop()
	reportErr := r.report.close()
	r.summarize(ctx, rep, time.Since(started), sendErr)
	if reportErr != nil {
		return reportErr
	}
	if !rep.OK() || !r.complete {
		return errNotAccepted
	}
	return nil
}

// onInterrupt sees to it that an interrupted run says what it waits for, and that the report
// has all that is known, should the next interrupt kill. What it returns ends that.
func (r *run[T]) onInterrupt(ctx context.Context) (end func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		r.progress.Note(r.errs, fmt.Sprintf("%v: waiting for answers; once more stops at once", context.Cause(ctx)))
		r.report.flush()
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// items yields the input's items and notes where they stand.
func (r *run[T]) items(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for item, err := range r.reader.All() {
			if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
				return // the reading was interrupted: that is no item
			}
			r.mu.Lock()
			r.pending = append(r.pending, position{r.reader.Line(), r.reader.Offset()})
			r.mu.Unlock()
			if !yield(item, err) {
				return
			}
		}
		r.complete = true
	}
}

// result takes an item's outcome. Outcomes come in the order of the items.
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
	if res.Err != nil {
		pos.line, res.Key, message = errorDetails(pos.line, res.Key, res.Err)
		r.problems.add(pos.line, res.Key, outcome, message)
		message = fmt.Sprintf("line %d: %s", pos.line, message)
	}
	r.report.add(res.Index, res.Key, outcome, message)
	r.progress.Done(pos.offset)
}

// check is a dry run: everything but the sending.
func (r *run[T]) check(ctx context.Context) (rep api.Report) {
	for item, err := range r.items(ctx) {
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
