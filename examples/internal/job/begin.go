package job

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/console"
)

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
		var retries *slog.Logger // none
		if !r.flags.Quiet {
			retries = NewRetryLogger(r.flags.Name(), r.note)
		}
		if r.target, err = r.flags.connect(api.WithLogger(retries)); err != nil {
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
	if err := r.openFiles(); err != nil {
		return closeAll, err
	}
	return closeAll, r.beginFiles()
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
			r.complain("%s", w)
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
