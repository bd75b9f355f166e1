package transport

import (
	"context"
	"log/slog"
)

// Log calls a user's handler, which may panic or end its goroutine, without any harm to who
// logs. A panic of it is handed to panicked, if that is not nil.
func Log(ctx context.Context, l *slog.Logger, panicked func(any), level slog.Level, msg string, attrs ...slog.Attr) {
	if l.Handler() == slog.DiscardHandler {
		return
	}
	ctx = context.WithoutCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil && panicked != nil {
				panicked(p)
			}
		}()
		l.LogAttrs(ctx, level, msg, attrs...)
	}()
	<-done
}
