package job

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// retryLog is a log handler that writes a line for each failure that the SDK tries again, so
// that a run that waits does not look dead. Several requests that fail in the same way within
// a second are one line, whatever numbers they differ in, such as that of their records.
type retryLog struct {
	program string
	write   func(line string)

	mu   sync.Mutex           // guards told
	told map[string]time.Time // the failures of the last second, without numbers
}

// NewRetryLogger returns a logger for clients of the SDK that says what is tried again, and when.
// Several goroutines may call write at once.
func NewRetryLogger(program string, write func(line string)) *slog.Logger {
	return slog.New(&retryLog{program: program, write: write})
}

// tell reports whether there was no line about such a failure in the last second.
func (l *retryLog) tell(failure string) bool {
	kind := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, failure)
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.told, func(_ string, at time.Time) bool { return time.Since(at) >= time.Second })
	if _, ok := l.told[kind]; ok {
		return false
	}
	if l.told == nil {
		l.told = make(map[string]time.Time)
	}
	l.told[kind] = time.Now()
	return true
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
	if l.tell(failure) {
		l.write(l.program + ": " + console.Printable(asFlags(failure)+next))
	}
	return nil
}

// WithAttrs implements [slog.Handler]; the SDK's loggers have none.
func (l *retryLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements [slog.Handler].
func (l *retryLog) WithGroup(string) slog.Handler { return l }
