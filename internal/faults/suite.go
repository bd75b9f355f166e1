package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klarity-go/klarity/internal/faults/far"
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
	Operation string
	Command   string
	Log       io.Writer // nil: none
}

// Do runs them, and returns the tables, and an error if something did not hold. It says
// how to repeat each run of which that is so.
func (s Suite) Do(ctx context.Context) (*Tables, error) {
	var numbers []int
	for n := range s.Runs {
		if s.Only < 0 || n == s.Only {
			numbers = append(numbers, n)
		}
	}
	if s.Only >= s.Runs {
		numbers = []int{s.Only}
	}
	if len(named(s.Fault)) == 0 {
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
	p, err := far.Start()
	if err != nil {
		return nil, err
	}
	b := &book{Suite: s, tables: newTables()}
	todo := make(chan int)
	var workers sync.WaitGroup
	for range min(max(1, s.Parallel), len(numbers)) {
		workers.Go(func() { b.work(p.URL, todo) })
	}
	for _, n := range numbers {
		if ctx.Err() != nil {
			b.fail(context.Cause(ctx))
			break
		}
		todo <- n
	}
	close(todo)
	workers.Wait()
	b.fail(p.Close())
	return b.tables, errors.Join(b.failed...)
}

func (s Suite) job(number int) job {
	return job{s.Seed, number, s.Fault, s.Kind, operation(s.Operation)}
}

// book is what becomes of a suite.
type book struct {
	Suite
	mu     sync.Mutex
	tables *Tables
	failed []error
}

// work has runs done by a process, and by another one if that ends before its time.
func (b *book) work(url string, todo <-chan int) {
	var side *near
	for number := range todo {
		var err error
		if side == nil {
			if side, err = startNear(url); err != nil {
				b.fail(err)
				continue
			}
		}
		o, err := side.do(b.job(number))
		if err != nil {
			o.problem("%v", err)
			side = nil
		}
		b.enter(number, o)
	}
	if side != nil {
		b.fail(side.Close())
	}
}

func (b *book) enter(number int, o *outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tables.add(o)
	if len(o.Problems) > 0 {
		b.failed = append(b.failed, fmt.Errorf("run %d of seed %d, %s, %s %q:\n  %s\n  again: %s -seed %d -only %d",
			number, b.Seed, o.Operation, o.Fault, o.Parts, strings.Join(o.Problems, "\n  "), b.Command, b.Seed, number))
	}
	if b.Log != nil {
		fmt.Fprintf(b.Log, "run %d: %s, %s %q: %v in %v: %v\n", number, o.Operation, o.Fault, o.Parts, o.Report, o.Took, o.Err)
	}
}

func (b *book) fail(err error) {
	if err == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = append(b.failed, err)
}
