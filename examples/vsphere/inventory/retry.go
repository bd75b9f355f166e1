package inventory

import (
	"context"
	"time"
)

// maxRetries is how often in a row a call is made again, or a run begun again, without any progress.
const maxRetries = 3

// call makes a call, and makes it again while it fails in a way that may pass.
func (s *Source) call(ctx context.Context, do func() error) error {
	wait := s.cfg.RetryWait
	for tries := 0; ; tries++ {
		err := do()
		if err == nil || ctx.Err() != nil || tries == maxRetries || !isTemporary(err) {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
		wait *= 2
	}
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
