package job

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/klarity-go/klarity/internal/loopback" // no test reaches another machine
)

// A large file is read ahead before anything is sent. An interrupt ends that, too.
func TestReadingAheadIsInterrupted(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(name, []byte("id,type\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	in, closeFile, err := (&Flags{File: name}).open(ctx, Streams{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeFile()
	file := in.Reader.(*regularFile)
	b := make([]byte, 2)
	if n, err := file.Read(b); n != 2 || err != nil {
		t.Errorf("got %d, %v, want two bytes", n, err)
	}
	if n, err := file.ReadAt(b, 0); n != 2 || err != nil {
		t.Errorf("got %d, %v, want two bytes", n, err)
	}
	cancel()
	if n, err := file.Read(b); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d, %v after the interrupt, want none and its error", n, err)
	}
	if n, err := file.ReadAt(b, 0); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d, %v after the interrupt, want none and its error", n, err)
	}
}
