package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

// saveInterval is how often a state that has changed is saved.
const saveInterval = 30 * time.Second

// A store keeps the state of an emulator in a file.
type store struct {
	path     string
	emulator *apitest.Emulator
	saved    uint64 // the counter of changes of what is in the file
}

// openStore loads the state that is in the file. If there is no such file, it checks that one
// can be made: better now than when there is something to lose.
func openStore(path string, e *apitest.Emulator) (*store, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // the file is replaced, and not the link
	}
	s := &store{path: path, emulator: e}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		f, err := s.create()
		if err != nil {
			return nil, err
		}
		_ = f.Close()
		return s, os.Remove(f.Name())
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if err := e.Load(f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.saved, _ = e.Changes()
	return s, nil
}

// create creates the file that is to replace the one before. Only its owner may read it.
func (s *store) create() (*os.File, error) {
	return os.CreateTemp(filepath.Dir(s.path), "."+filepath.Base(s.path)+"-*")
}

// save replaces the file if anything has changed. Until the new one is complete, and on the
// disk, the old one is there.
func (s *store) save() (err error) {
	state, _ := s.emulator.Changes()
	if state == s.saved {
		return nil
	}
	f, err := s.create()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name()) //nolint:gosec // beside the file that the user names
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := s.emulator.Save(w); err != nil {
		return err
	}
	for _, step := range []func() error{w.Flush, f.Sync, f.Close} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := os.Rename(f.Name(), s.path); err != nil { //nolint:gosec // the user names it
		return err
	}
	s.saved = state
	return nil
}

// keep saves at each tick until the context ends, and says once what goes wrong.
func (s *store) keep(ctx context.Context, ticks <-chan time.Time, errs io.Writer) {
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		err := s.save()
		if err != nil && !failed {
			fmt.Fprintf(errs, "emulator: the state is not saved, and will be tried again: %v\n", err)
		}
		failed = err != nil
	}
}
