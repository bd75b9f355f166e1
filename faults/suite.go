package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"

	"go.uber.org/goleak"

	"github.com/klarity-go/klarity/faults/far"
)

// Suite is a number of runs.
type Suite struct {
	Seed     uint64
	Runs     int
	Only     int    // the number of the one run to do; negative: all
	Parallel int    // runs at a time
	Fault    string // if set, only faults with this in their name, one at a time
	Order    bool   // the runs are about order
	Command  string
	Log      io.Writer // nil: none
}

// group is how many runs share one look for goroutines that were left.
const group = 50

// Do runs them, and returns the table, and an error if something did not hold. It says
// how to repeat each run of which that is so.
func (s Suite) Do(ctx context.Context) (*Table, error) {
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
	p, err := far.Start()
	if err != nil {
		return nil, err
	}
	table := newTable()
	var failed []string
	for len(numbers) > 0 && ctx.Err() == nil {
		n := min(group, len(numbers))
		failed = append(failed, s.group(ctx, p, numbers[:n], table)...)
		numbers = numbers[n:]
	}
	if err := p.Close(); err != nil {
		failed = append(failed, err.Error())
	}
	if ctx.Err() != nil {
		failed = append(failed, context.Cause(ctx).Error())
	}
	if len(failed) > 0 {
		return table, errors.New(strings.Join(failed, "\n"))
	}
	return table, nil
}

func (s Suite) scenario(number int) (*scenario, *rand.Rand) {
	if s.Order {
		return newOrder(s.Seed, number)
	}
	return newRun(s.Seed, number, s.Fault)
}

// group does some runs, several at a time, and looks for goroutines that they left.
func (s Suite) group(ctx context.Context, p *far.Process, numbers []int, table *Table) (failed []string) {
	before := goleak.IgnoreCurrent()
	todo := make(chan int)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range max(1, s.Parallel) {
		workers.Go(func() {
			for n := range todo {
				scenario, rng := s.scenario(n)
				o, err := run(ctx, p, scenario, rng)
				if err == nil && len(o.problems) > 0 {
					err = errors.New(strings.Join(o.problems, "\n  "))
				}
				mu.Lock()
				table.add(o)
				if err != nil {
					failed = append(failed, fmt.Sprintf("run %d of seed %d, %s %q:\n  %v\n  again: %s -seed %d -only %d",
						n, s.Seed, scenario.name, scenario.parts, err, s.Command, s.Seed, n))
				} else if s.Log != nil {
					fmt.Fprintf(s.Log, "run %d: %s %q: %v in %v: %v\n", n, scenario.name, scenario.parts, o.report, o.took, o.err)
				}
				mu.Unlock()
			}
		})
	}
	for _, n := range numbers {
		todo <- n
	}
	close(todo)
	workers.Wait()
	if err := goleak.Find(before); err != nil {
		failed = append(failed, fmt.Sprintf("runs %d to %d of seed %d: %v", numbers[0], numbers[len(numbers)-1], s.Seed, err))
	}
	return failed
}
