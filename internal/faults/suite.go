package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klarity-go/klarity/internal/faults/backend"
)

// Suite is a number of runs.
type Suite struct {
	Seed     uint64
	Runs     int
	Only     int    // the number of the one run to do; negative: all
	Parallel int    // runs at a time, each in a process of its own
	Fault    string // if set, only faults with this in their name, one at a time
	Kind     string // if set, the runs are about this, one of Kinds, in place of faults
	// Operation, if set, is the one that all runs have, one of Operations.
	Operation    string
	RerunCommand string
	Log          io.Writer // nil: none
}

// Do runs them, and returns the tables, and an error if something did not hold. It says
// how to repeat each run of which that is so.
func (s Suite) Run(ctx context.Context) (*Tables, error) {
	var numbers []int
	for n := range s.Runs {
		if s.Only < 0 || n == s.Only {
			numbers = append(numbers, n)
		}
	}
	if s.Only >= s.Runs {
		numbers = []int{s.Only}
	}
	if len(faultsNamed(s.Fault)) == 0 {
		return nil, fmt.Errorf("no fault has %q in its name", s.Fault)
	}
	if s.Kind != "" && kinds[s.Kind] == nil {
		return nil, fmt.Errorf("there is no kind %q, only %q", s.Kind, Kinds())
	}
	if asked := operation(s.Operation); asked != "" {
		if first, _ := s.job(0).scenario(); first.operation != asked {
			return nil, fmt.Errorf("no such run has the operation %q; there are %q, and not all in each kind", s.Operation, Operations())
		}
	}
	p, err := backend.Start()
	if err != nil {
		return nil, err
	}
	b := &summary{Suite: s, tables: newTables()}
	queue := make(chan int)
	var workers sync.WaitGroup
	for range min(max(1, s.Parallel), len(numbers)) {
		workers.Go(func() { b.runAll(p.URL, queue) })
	}
	for _, n := range numbers {
		if ctx.Err() != nil {
			b.fail(context.Cause(ctx))
			break
		}
		queue <- n
	}
	close(queue)
	workers.Wait()
	b.fail(p.Close())
	return b.tables, errors.Join(b.errs...)
}

func (s Suite) job(number int) job {
	return job{s.Seed, number, s.Fault, s.Kind, operation(s.Operation)}
}

// book is what becomes of a suite.
type summary struct {
	Suite
	mu     sync.Mutex
	tables *Tables
	errs   []error
}

// work has runs done by a process, and by another one if that ends before its time.
func (b *summary) runAll(url string, todo <-chan int) {
	var d *driver
	for number := range todo {
		var err error
		if d == nil {
			if d, err = startDriver(url); err != nil {
				b.fail(err)
				continue
			}
		}
		o, err := d.run(b.job(number))
		if err != nil {
			o.problemf("%v", err)
			d = nil
		}
		b.add(number, o)
	}
	if d != nil {
		b.fail(d.Close())
	}
}

func (b *summary) add(number int, o *runResult) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tables.add(o)
	if len(o.Problems) > 0 {
		b.errs = append(b.errs, fmt.Errorf("run %d of seed %d, %s, %s %q:\n  %s\n  again: %s -seed %d -only %d",
			number, b.Seed, o.Operation, o.Fault, o.Faults, strings.Join(o.Problems, "\n  "), b.RerunCommand, b.Seed, number))
	}
	if b.Log != nil {
		fmt.Fprintf(b.Log, "run %d: %s, %s %q: %v in %v: %v\n", number, o.Operation, o.Fault, o.Faults, o.Report, o.Took, o.Err)
	}
}

func (b *summary) fail(err error) {
	if err == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errs = append(b.errs, err)
}
