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

// Suite is a series of runs.
type Suite struct {
	Seed     uint64
	Runs     int
	Only     int    // the number of the only run to do; negative: all
	Parallel int    // number of drivers
	Fault    string // if set, only faults with this in their name, one at a time
	Kind     string // if set, one of Kinds, in place of faults
	// Operation, if set, is the one that all runs have, one of Operations.
	Operation    string
	RerunCommand string    // to print with a failure, without -seed and -only
	Log          io.Writer // nil: none
}

// Run does the runs and returns the tables. The error has all failed checks, and for each
// failed run the command that repeats it.
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
	server, err := backend.Start()
	if err != nil {
		return nil, err
	}
	sum := &summary{Suite: s, tables: newTables()}
	queue := make(chan int)
	var workers sync.WaitGroup
	for range min(max(1, s.Parallel), len(numbers)) {
		workers.Go(func() { sum.runAll(server.URL, queue) })
	}
	for _, n := range numbers {
		if ctx.Err() != nil {
			sum.fail(context.Cause(ctx))
			break
		}
		queue <- n
	}
	close(queue)
	workers.Wait()
	sum.fail(server.Close())
	return sum.tables, errors.Join(sum.errs...)
}

func (s Suite) job(number int) job {
	return job{s.Seed, number, s.Fault, s.Kind, operation(s.Operation)}
}

// summary collects the results of a suite.
type summary struct {
	Suite
	mu     sync.Mutex
	tables *Tables
	errs   []error
}

// runAll has runs done by a driver, which it replaces if it fails.
func (s *summary) runAll(url string, todo <-chan int) {
	var d *driver
	for number := range todo {
		var err error
		if d == nil {
			if d, err = startDriver(url); err != nil {
				s.fail(err)
				continue
			}
		}
		result, err := d.run(s.job(number))
		if err != nil {
			result.problemf("%v", err)
			d = nil
		}
		s.add(number, result)
	}
	if d != nil {
		s.fail(d.Close())
	}
}

func (s *summary) add(number int, result *runResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables.add(result)
	if len(result.Problems) > 0 {
		s.errs = append(s.errs, fmt.Errorf("run %d of seed %d, %s, %s %q:\n  %s\n  rerun: %s -seed %d -only %d",
			number, s.Seed, result.Operation, result.Fault, result.Faults, strings.Join(result.Problems, "\n  "), s.RerunCommand, s.Seed, number))
	}
	if s.Log != nil {
		fmt.Fprintf(s.Log, "run %d: %s, %s %q: %v in %v: %v\n", number, result.Operation, result.Fault, result.Faults, result.Report, result.Took, result.Err)
	}
}

func (s *summary) fail(err error) {
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = append(s.errs, err)
}
