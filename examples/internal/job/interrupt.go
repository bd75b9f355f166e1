package job

import (
	"context"
	"fmt"
	"time"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// onInterrupt returns the context of what is sent, which outlives ctx, the one of what is
// read: when a run is interrupted it reads nothing more, sends what it has read, and waits for
// the responses, for as long as -grace says. What it waits for is printed, and the report so
// far is written, because the next interrupt kills the process. Call stop after the last
// result.
func (r *run[T]) onInterrupt(ctx context.Context) (sending context.Context, stop func()) {
	sending, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	done := make(chan struct{})
	over := make(chan struct{})
	stopAfterFunc := context.AfterFunc(ctx, func() {
		defer close(done)
		cause := context.Cause(ctx)
		waiting := "nothing was sent"
		switch {
		case r.target != nil && r.flags.Grace == 0:
			waiting = "not waiting for responses to what was sent"
		case r.target != nil:
			waiting = fmt.Sprintf("waiting up to %s for responses to what was sent; interrupt again to stop immediately", console.Duration(r.flags.Grace))
		}
		r.note(fmt.Sprintf("%s: %v: %s", r.flags.Name(), cause, waiting))
		r.report.flush()
		select {
		case <-time.After(r.flags.Grace):
			cancel(cause)
		case <-over:
		}
	})
	return sending, func() {
		close(over)
		if !stopAfterFunc() {
			<-done
		}
		cancel(nil)
	}
}

// note writes a line to the standard error, above the progress.
func (r *run[T]) note(line string) {
	if r.progress == nil {
		console.Fprintln(r.errs, line)
		return
	}
	r.progress.Note(r.errs, line)
}
