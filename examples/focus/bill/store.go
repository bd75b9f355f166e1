package bill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// store holds the sums of a bill on disk. It is made for one run: nothing in it has to outlive the
// process, so nothing is logged ahead or waited for.
type store struct {
	dir string
	db  *pebble.DB

	writing sync.WaitGroup

	mu     sync.Mutex    // guards err, and the closing of the channels
	err    error         // the first one that the database had in the background
	failed chan struct{} // closed when there is one
	broken chan struct{} // closed when the database has stopped in the middle of something: it cannot be closed
}

// The sizes that bound the memory of the database, beside what is written at a time.
const (
	cacheBytes    = 8 << 20
	memTableBytes = 4 << 20
)

func openStore(tempDir string, fs vfs.FS) (_ *store, err error) {
	s := &store{failed: make(chan struct{}), broken: make(chan struct{})}
	if s.dir, err = os.MkdirTemp(tempDir, "klarity-focus-*"); err != nil {
		return nil, fmt.Errorf("making a temporary folder for the sums (-temp, or TMPDIR, chooses another place): %w", err)
	}
	cache := pebble.NewCache(cacheBytes)
	defer cache.Unref() // the database holds it
	options := &pebble.Options{
		FS: unsynced{cmp.Or(fs, vfs.Default)}, Cache: cache, MemTableSize: memTableBytes, DisableWAL: true, Merger: merger,
		FormatMajorVersion: pebble.FormatNewest, Logger: silent{s},
		// Each flush is waited for, so nothing has to be held up by these bounds, which would not
		// end with a context or on an error.
		MemTableStopWritesThreshold: 64, L0StopWritesThreshold: 1 << 20,
		CompactionConcurrencyRange: func() (int, int) { return 1, 1 },
		EventListener:              &pebble.EventListener{BackgroundError: func(err error) { s.fail(err, false) }},
	}
	err = s.unlessBroken(func() (err error) {
		s.db, err = pebble.Open(s.dir, options)
		return err
	})
	if err != nil {
		return nil, errors.Join(cmp.Or(s.failure(), s.wrap(err)), os.RemoveAll(s.dir))
	}
	return s, nil
}

// unlessBroken calls f in a goroutine of its own, which stays where it is when the database breaks.
func (s *store) unlessBroken(f func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil { // it panics where a marker file cannot be written
				done <- fmt.Errorf("%v", p)
			}
		}()
		done <- f()
	}()
	select {
	case err := <-done:
		return err
	case <-s.broken:
		return s.failure()
	}
}

// wrap says where an error of the database comes from. Most are a full disk.
func (s *store) wrap(err error) error {
	return fmt.Errorf("summing in %s (-temp, or TMPDIR, chooses another place): %w", s.dir, err)
}

// fail remembers an error of the background.
func (s *store) fail(err error, broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
		close(s.failed)
	}
	if broken && !isClosed(s.broken) {
		close(s.broken)
	}
}

func (s *store) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		return nil
	}
	return s.wrap(s.err)
}

// flush adds sums to the store, and forgets them.
func (s *store) flush(ctx context.Context, sums *sums) error {
	done := make(chan error, 1)
	s.writing.Go(func() { done <- s.write(sums) })
	select {
	case err := <-done:
		if err != nil {
			return cmp.Or(s.failure(), s.wrap(err))
		}
		sums.clear()
		return s.failure()
	case <-s.failed:
		return s.failure()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write adds sums to the store and waits until they are on disk.
func (s *store) write(sums *sums) error {
	batch := s.db.NewBatchWithSize(sums.size) // at most: to grow by doubling needs twice the memory
	var key, value []byte
	merge := func() { _ = batch.Merge(key, value, nil) } // a batch in memory takes anything
	for i := range sums.records {
		r := &sums.records[i]
		key, value = append(append(key[:0], r.key...), kindEarliest), r.earliest
		merge()
		key, value = append(append(key[:0], r.key...), kindLatest), r.latest
		merge()
	}
	value = nil
	for i := range sums.sums {
		sum := &sums.sums[i]
		key = append(append(key[:0], sums.records[sum.record].key...), kindSum)
		key = appendDay(appendEnded(key, sum.currency), sum.day)
		value = appendSum(value[:0], &sum.amount)
		merge()
	}
	if err := batch.Commit(pebble.NoSync); err != nil {
		return err
	}
	done, err := s.db.AsyncFlush()
	if err != nil {
		return err
	}
	select {
	case <-done:
		return batch.Close()
	case <-s.failed:
		return s.failure()
	}
}

// close removes what is on disk.
func (s *store) close() error {
	err := s.unlessBroken(func() error {
		s.writing.Wait()
		return s.db.Close()
	})
	if s.failure() != nil {
		err = nil // it is known
	} else if err != nil {
		err = s.wrap(err)
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// silent is the log of the database.
type silent struct{ s *store }

// Infof implements [pebble.Logger].
func (silent) Infof(string, ...any) {}

// Errorf implements [pebble.Logger].
func (silent) Errorf(string, ...any) {}

// Fatalf implements [pebble.Logger]. The database relies on it not to return, and would end the
// process. Here the goroutine stops where it is, and the run ends with an error.
func (l silent) Fatalf(format string, args ...any) {
	l.s.fail(fmt.Errorf(format, args...), true)
	select {}
}
