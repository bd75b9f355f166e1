package main

import (
	"fmt"

	"github.com/gofrs/flock"
)

// lock keeps other runs with the same record out until unlock is called, or the process ends:
// two runs at once would both create what is missing.
func (r *record) lock() (unlock func(), err error) {
	if r.file == "" {
		return func() {}, nil
	}
	file := flock.New(r.file + ".lock")
	locked, err := file.TryLock()
	switch {
	case err != nil:
		return nil, &recordError{err}
	case !locked:
		return nil, fmt.Errorf("another run is applying a plan with the record %s: wait for its end", r.file)
	}
	return func() { _ = file.Unlock() }, nil
}
