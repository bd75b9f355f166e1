package job

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// How long a host that cannot be reached is asked for the first token. It is the SDK's own
// bound for an address at which nothing has ever succeeded.
const unreachable = time.Minute

// signIn gets the first token. A dry run needs none.
func (r *run[T]) signIn(ctx context.Context) error {
	if r.target == nil {
		return nil
	}
	return firstToken(ctx, r.target.Client, r.flags.Patience, func(line string) {
		if !r.flags.Quiet {
			r.note(r.flags.Name() + ": " + console.Printable(asFlags(line)))
		}
	})
}

// firstToken gets a token before anything is read, so that wrong credentials or a wrong
// address cost no input. The SDK's Token asks once: what may pass is waited out here as the
// SDK does in a run.
func firstToken(ctx context.Context, c *api.Client, patience time.Duration, say func(string)) error {
	began, wait := time.Now(), 500*time.Millisecond
	for try := 1; ; try++ {
		_, err := c.Token(ctx)
		var e *api.Error
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%w: nothing was read or sent", err)
		case !errors.As(err, &e) || !e.Retryable():
			return err
		case e.StatusCode == 0 && try == 3 && !isNetwork(err): // another kind of server, or a wrong certificate
			return fmt.Errorf("%w; given up after 3 tries", err)
		}
		limit := patience
		if e.StatusCode == 0 {
			limit = min(limit, unreachable)
		}
		pause := max(wait, e.RetryAfter)
		switch left := limit - time.Since(began); {
		case patience == 0 && try < 3 && e.RetryAfter == 0:
		case left < e.RetryAfter, left < min(pause, time.Second):
			return fmt.Errorf("%w; given up after %s", err, console.Counted(try, "try", "tries"))
		default:
			pause = min(pause, left) // the last try is at the end of the limit
		}
		say(fmt.Sprintf("%v; try %d failed, next in %s", err, try, console.Duration(pause)))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("%w: nothing was read or sent; %w", context.Cause(ctx), err)
		}
		wait = min(2*wait, 30*time.Second)
	}
}

// isNetwork reports whether a connection was not made, or broke.
func isNetwork(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok
}
