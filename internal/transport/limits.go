package transport

import (
	"context"
	"errors"
	"fmt"
)

// Limits bound the requests of a client from outside of the policy.
type Limits struct {
	// MaxInFlight is how many may be in flight at a time; 0: as many as there are.
	MaxInFlight int
	// Limiter is waited for before each of them; nil: none.
	Limiter Limiter
}

// Limiter says when the next request may be made. It is a user's code.
type Limiter interface{ Wait(context.Context) error }

// acquireSlot waits for one of the client's slots, which releaseSlot gives back.
func (s *Sender) acquireSlot(ctx context.Context, stop <-chan struct{}) *Failure {
	if s.slots == nil {
		return nil
	}
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
	case <-stop:
	}
	return &Failure{Kind: Interrupted, Err: ctx.Err()}
}

func (s *Sender) releaseSlot() {
	if s.slots != nil {
		<-s.slots
	}
}

// waitLimiter waits until the limiter permits a request. The limiter runs in a goroutine of its
// own, since it may block for ever.
func (s *Sender) waitLimiter(ctx context.Context, p *pass, stop <-chan struct{}) *Failure {
	if s.limiter == nil {
		return nil
	}
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		err      error
		panicked any
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{err: errLimiterLeft}
		defer func() {
			o.panicked = recover()
			done <- o
		}()
		o.err = s.limiter.Wait(waiting)
	}()
	var spare chan struct{}
	if p.probe {
		spare = s.spare
	}
	select {
	case <-spare:
		return nil
	case o := <-done:
		switch {
		case o.panicked != nil:
			panic(o.panicked)
		case o.err == nil:
			return nil
		case ctx.Err() == nil:
			return &Failure{Kind: Withheld, Err: fmt.Errorf("the limiter lets no request through: %w", o.err)}
		}
	case <-ctx.Done():
	case <-stop:
	}
	return &Failure{Kind: Interrupted, Err: ctx.Err()}
}

// passOn hands a permit to the probe that waits for one, if there is one. Who gets a permit that
// the gate has made useless passes it on, so that a probe need not wait behind all those who
// asked the limiter before the outage began.
func (s *Sender) passOn() {
	select {
	case s.spare <- struct{}{}:
	default:
	}
}

var errLimiterLeft = errors.New("it ended its goroutine")
