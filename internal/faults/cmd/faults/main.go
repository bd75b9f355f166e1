// Command faults runs the SDK under faults and prints the results as tables.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/klarity-go/klarity/internal/faults"
	"github.com/klarity-go/klarity/internal/faults/backend"
)

const about = `Faults runs the SDK under faults and prints the results.

  go run ./cmd/faults -runs 500
        seeded runs, each with one or several faults
  go run ./cmd/faults -runs 100 -kind order
        many versions of the same keys, with retries and splits
  go run ./cmd/faults -runs 100 -kind outages
        everything fails for a while; the other kinds are changes (31 consecutive versions
        of each key), invalid (most or all records), poison (records that make any request
        with them fail) and reused (one pointer for all items)
  go run ./cmd/faults -runs 200 -operation Apply
        changes of all operations on few records; others are Upsert, Delete and Enrich
  go run ./cmd/faults -service 1m
        long-lived uploaders with 64 producers
  go run ./cmd/faults -kills 50 -records 100000
        examples/upload as a process, killed and started again

The exit status is 1 if a check failed.

Flags:
`

func main() {
	faults.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "\nFAILED:\n"+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	flag.Usage = func() { fmt.Fprint(os.Stderr, about); flag.PrintDefaults() }
	s := faults.Suite{RerunCommand: "go run ./cmd/faults"}
	flag.Uint64Var(&s.Seed, "seed", rand.Uint64(), "seed of all random decisions; random by default")
	flag.IntVar(&s.Runs, "runs", 150, "number of runs")
	flag.IntVar(&s.Only, "only", -1, "number of the only run to do")
	flag.IntVar(&s.Parallel, "parallel", 6, "number of runs at a time")
	flag.StringVar(&s.Fault, "fault", "", "only runs with one fault that has this text in its `name`")
	flag.StringVar(&s.Kind, "kind", "", "runs of this kind in place of faults: "+strings.Join(faults.Kinds(), ", "))
	flag.StringVar(&s.Operation, "operation", "", "only runs with this operation: "+strings.Join(faults.Operations(), ", "))
	service := flag.Duration("service", 0, "run services, each for this duration")
	kills := flag.Int("kills", 0, "run the upload and kill it this many times")
	records := flag.Int("records", 100_000, "number of records of the upload")
	examples := flag.String("examples", "../../examples", "the `directory` of the examples' module")
	verbose := flag.Bool("v", false, "print a line for each run")
	flag.Parse()
	if *verbose {
		s.Log = os.Stderr
	}
	fmt.Fprintf(out, "seed %d\n\n", s.Seed)
	switch {
	case *service > 0:
		return services(ctx, out, s.Seed, *service)
	case *kills > 0:
		return kill(ctx, out, faults.KillTest{Seed: s.Seed, Kills: *kills, Records: *records}, *examples)
	}
	if s.Kind != "" {
		s.RerunCommand += " -kind " + s.Kind
	}
	if s.Fault != "" {
		s.RerunCommand += fmt.Sprintf(" -fault %q", s.Fault)
	}
	if s.Operation != "" {
		s.RerunCommand += " -operation " + s.Operation
	}
	tables, err := s.Run(ctx)
	if tables != nil {
		err = errors.Join(err, tables.Write(out))
	}
	return err
}

func services(ctx context.Context, out io.Writer, seed uint64, duration time.Duration) error {
	var all []faults.ServiceResult
	var problems []string
	for _, callback := range []string{faults.Quick, faults.Slow, faults.Panicking} {
		server, err := backend.Start()
		if err != nil {
			return err
		}
		result, err := faults.ServiceTest{Seed: seed, Duration: duration, Producers: 64, Callback: callback}.Run(ctx, server)
		if err = errors.Join(err, server.Close()); err != nil {
			return err
		}
		all = append(all, result)
		problems = append(problems, result.Problems...)
	}
	return errors.Join(faults.WriteServiceResults(out, all), failure(problems))
}

func kill(ctx context.Context, out io.Writer, k faults.KillTest, examples string) error {
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is in the temporary directory
	k.Dir = dir
	if k.Program, err = faults.BuildUpload(ctx, examples, dir); err != nil {
		return err
	}
	server, err := backend.Start()
	if err != nil {
		return err
	}
	result, err := k.Run(ctx, server)
	if err = errors.Join(err, server.Close()); err != nil {
		return err
	}
	return errors.Join(result.Write(out), failure(result.Problems))
}

func failure(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return errors.New(strings.Join(problems, "\n"))
}
