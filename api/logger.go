package api

import (
	"context"
	"log/slog"

	"github.com/klarity-go/klarity/internal/transport"
)

// logger logs without any harm to who logs, whatever the user's handler does.
type logger struct {
	*slog.Logger
	panicked func(*panicError) // called with a panic of the handler; may be nil
}

func (l *logger) log(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr) {
	transport.Log(ctx, l.Logger, func(p any) {
		if l.panicked != nil {
			l.panicked(asPanic(p, "the log handler"))
		}
	}, level, msg, attrs...)
}
