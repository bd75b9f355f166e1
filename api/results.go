package api

import (
	"context"
	"fmt"
)

// drain delivers the results that are next in order. Whoever settles drains; when another
// goroutine is at it already, that one goes on with the new ones.
func (f *flow) drain() {
	const most = 256
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.draining {
		return
	}
	f.draining = true
	for {
		f.due = f.ledger.due(f.due[:0], most)
		if len(f.due) == 0 {
			break
		}
		if f.cfg.onResult != nil {
			f.tell()
		}
		for i := range f.due {
			f.report.count(f.due[i].Outcome)
			if f.due[i].Err != nil && f.report.first == nil {
				first := f.due[i]
				f.report.first = &first
			}
		}
		f.report.Inputs += len(f.due)
		f.delivered += len(f.due)
		f.signalRoom()
		f.releaseFlushers()
	}
	f.draining = false
}

// tell hands the results that are due to the callback. f.mu is free meanwhile. The
// callback has a goroutine of its own: when it ends that, as t.FailNow does, another one
// tells the rest.
func (f *flow) tell() {
	f.mu.Unlock()
	defer f.mu.Lock()
	for next := 0; next < len(f.due); {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for next < len(f.due) {
				next++
				f.notify(f.due[next-1])
			}
		}()
		<-done
	}
}

func (f *flow) releaseFlushers() {
	kept := f.flushers[:0]
	for _, w := range f.flushers {
		if w.n <= f.delivered {
			close(w.done)
		} else {
			kept = append(kept, w)
		}
	}
	f.flushers = kept
}

// notify hands a result to the callback. A panic there loses no record: it is kept and
// raised again, or returned, when the run is over.
func (f *flow) notify(r Result) {
	defer func() {
		if p := recover(); p != nil {
			t := &thrown{p, fmt.Sprintf("the function set with OnResult panicked: %v", p)}
			f.mu.Lock()
			f.keep(t)
			f.mu.Unlock()
		}
	}()
	f.cfg.onResult(r)
}

// flush sends what is in open batches and waits until the results of all records taken so
// far are delivered, or ctx ends.
func (f *flow) flush(ctx context.Context) error {
	f.mu.Lock()
	for len(f.open) > 0 {
		f.seal(f.open[0])
	}
	if f.delivered >= f.ledger.taken {
		f.mu.Unlock()
		return nil
	}
	w := flusher{n: f.ledger.taken, done: make(chan struct{})}
	f.flushers = append(f.flushers, w)
	f.mu.Unlock()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

func (f *flow) snapshot() (Report, *thrown) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.report, f.panicked
}

// flusher waits until the results of the first n records are delivered.
type flusher struct {
	n    int
	done chan struct{}
}
