package transport

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What [Detach] returns when f did not return.
var (
	ErrAbandoned = errors.New("no response in time, and the transport does not end with its context")
	ErrExited    = errors.New("the transport or the tracer ended its goroutine")
)

// Panic is what [Detach] returns when f panicked.
type Panic struct {
	Value any
	Text  string // describes the value, without secrets
}

func (p *Panic) Error() string { return p.Text }

// abandonAfter is how much longer than it may take a request is waited for. A transport
// that ends with its context needs none of it.
const abandonAfter = time.Second

// maxPanicText bounds the text of a [Panic].
const maxPanicText = 500

// Detach calls f, which makes one request, in a goroutine of its own, so that a transport
// which does not return, or ends its goroutine, holds up nobody: it is abandoned a second
// after the timeout, if that is not 0, and a second after the end of ctx, and what it may
// still do is not looked at. The error is ErrAbandoned, ErrExited, a [*Panic], or that of ctx.
func Detach[T any](ctx context.Context, timeout time.Duration, redact Redactor, f func() T) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{err: ErrExited}
		defer func() { done <- o }()
		defer func() {
			if p := recover(); p != nil { // with the request in hand perhaps, and the secret in that
				o.err = &Panic{p, "sending panicked"} // to describe it may end the goroutine
				o.err = &Panic{p, redact.Line(fmt.Sprintf("sending panicked: %v", p), maxPanicText)}
			}
		}()
		o.result = f()
		o.err = nil
	}()

	var overdue <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout + abandonAfter)
		defer timer.Stop()
		overdue = timer.C
	}
	var o outcome
	select {
	case o = <-done:
	case <-overdue:
		o.err = ErrAbandoned
	case <-ctx.Done():
		timer := time.NewTimer(abandonAfter)
		defer timer.Stop()
		select {
		case o = <-done:
		case <-timer.C:
			o.err = ctx.Err()
		}
	}
	return o.result, o.err
}
