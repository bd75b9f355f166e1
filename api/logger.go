package api

import (
	"context"
	"log/slog"
)

// logger calls a user's handler, which may panic or end its goroutine, without any harm to
// who logs.
type logger struct {
	*slog.Logger
	panicked func(*panicError) // called with a panic of the handler; may be nil
}

func (l *logger) log(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr) {
	if l.Handler() == slog.DiscardHandler {
		return
	}
	ctx = context.WithoutCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil && l.panicked != nil {
				l.panicked(asPanic(p, "the log handler"))
			}
		}()
		l.LogAttrs(ctx, level, msg, attrs...)
	}()
	<-done
}
