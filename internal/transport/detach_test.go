package transport

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDetachEndsWhateverTheFunctionDoes(t *testing.T) {
	const timeout = time.Minute
	gone := context.DeadlineExceeded
	for _, tt := range []struct {
		name string
		f    func()
		want error // nil: a *Panic
		took time.Duration
	}{
		{"blocks", func() { time.Sleep(time.Hour) }, ErrAbandoned, timeout + abandonAfter},
		{"blocks beyond the context", func() { time.Sleep(2 * time.Minute) }, gone, 10*time.Second + abandonAfter},
		{"ends its goroutine", runtime.Goexit, ErrExited, 0},
		{"panics", func() { panic("with s3cr3t in hand") }, nil, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if tt.want == gone {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 10*time.Second)
				defer cancel()
			}
			start := time.Now()
			_, err := Detach(ctx, timeout, NewRedactor("s3cr3t"), func() int { tt.f(); return 1 })
			var p *Panic
			switch {
			case tt.want != nil && err != tt.want:
				t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
			case tt.want == nil && (!errors.As(err, &p) || strings.Contains(err.Error(), "s3cr3t") || p.Value == nil):
				t.Errorf("%s: got %v, want a panic without the secret", tt.name, err)
			}
			if took := time.Since(start); took != tt.took {
				t.Errorf("%s: took %v, want %v", tt.name, took, tt.took)
			}
			time.Sleep(time.Hour) // until what was abandoned is over
		})
	}
	if n, err := Detach(t.Context(), 0, NewRedactor(""), func() int { return 7 }); n != 7 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}
