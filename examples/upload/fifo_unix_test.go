//go:build unix

package main

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// fifo makes a named pipe.
func fifo(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pipe.csv")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	return name
}

// To open a named pipe waits for somebody who writes to it. An interrupt does not.
func TestNamedPipeWithoutAWriterIsInterrupted(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	jobtest.RunWith(ctx, run, nil, "-file", fifo(t)).Want(t, 1, nil, []string{"nothing was read or sent"})
	if n := s.Len(); n != 0 {
		t.Errorf("got %d records sent, want none", n)
	}
}

func TestNamedPipe(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	name := fifo(t)
	go func() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		defer f.Close()
		f.WriteString("id;type\na;vm\n")
	}()
	jobtest.Run(t, run, "", "-file", name).Want(t, 0, []string{"accepted        1"}, nil)
}
