package job

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// retryLog is a log handler that writes a line for each failure that the SDK tries again, so
// that a run that waits does not look dead. Several requests that fail in the same way within
// a second are one line.
type retryLog struct {
	program string
	write   func(line string)

	mu     sync.Mutex // guards the fields below
	latest string     // the latest failure
	at     time.Time  // of its line
}

// Enabled implements [slog.Handler].
func (l *retryLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements [slog.Handler].
func (l *retryLog) Handle(_ context.Context, r slog.Record) error {
	var failure, next string
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "error":
			failure = a.Value.Resolve().String()
		case "try":
			next = fmt.Sprintf("; try %d failed", a.Value.Int64())
		case "wait":
			next += ", next in " + console.Duration(a.Value.Duration())
		}
		return true
	})
	if next == "" { // the failure is logged again when it is clear what comes next
		return nil
	}
	l.mu.Lock()
	repeats := failure == l.latest && time.Since(l.at) < time.Second
	if !repeats {
		l.latest, l.at = failure, time.Now()
	}
	l.mu.Unlock()
	if !repeats {
		l.write(l.program + ": " + console.Printable(asFlags(failure)+next))
	}
	return nil
}

// WithAttrs implements [slog.Handler]; the SDK's loggers have none.
func (l *retryLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements [slog.Handler].
func (l *retryLog) WithGroup(string) slog.Handler { return l }
