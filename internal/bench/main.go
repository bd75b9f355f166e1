// Command bench sends the same estate records with this SDK and with its alternatives, and prints
// a table of their costs. README.md says how they are measured.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// run runs one of three roles of this program. The first argument selects the server or the
// contender; otherwise it is the parent, which starts the other two.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case roleServer:
			return serve(os.Stdin, os.Stdout)
		case roleContender:
			return runContender(ctx, args[1:], os.Stdout)
		}
	}
	plan, output, err := parse(args)
	if err != nil {
		return err
	}
	if plan.check {
		return checkRows(ctx, plan.rows, plan.records, os.Stdout)
	}
	results, err := plan.run(ctx, os.Stderr)
	if err != nil {
		return err
	}
	return output(os.Stdout, plan, results)
}

func parse(args []string) (*plan, writeFunc, error) {
	p := &plan{rows: rows}
	only, format := "", ""
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&p.records, "records", 1_000_000, "number of `records` that each contender sends, a multiple of 10,000")
	f.IntVar(&p.inFlight, "inflight", 4, "number of `requests` in flight")
	f.IntVar(&p.pool, "pool", estate.DefaultSize, "number of distinct `records`")
	f.IntVar(&p.rounds, "rounds", 1, "number of `rounds`; the one with the median time counts")
	f.StringVar(&only, "only", "", "rows to run, as `name,name`, in this order")
	f.StringVar(&format, "o", "markdown", "output `format`: markdown or json")
	f.StringVar(&p.cpuProfiles, "cpuprofile", "", "`directory` for a CPU profile of each contender")
	f.StringVar(&p.memProfiles, "memprofile", "", "`directory` for an allocation profile of each contender")
	f.StringVar(&p.traces, "trace", "", "`directory` for an execution trace of each contender")
	f.BoolVar(&p.check, "check", false, "measure nothing; check that all contenders send the same records")
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "usage: bench [flags]\n\nrows:\n")
		for _, r := range rows {
			fmt.Fprintf(f.Output(), "  %-15s %s\n", r.name, r.title)
		}
		fmt.Fprintf(f.Output(), "\nflags:\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return nil, nil, err
	}
	if only != "" {
		p.rows = nil
		for _, name := range strings.Split(only, ",") {
			i := slices.IndexFunc(rows, func(r row) bool { return r.name == name })
			if i < 0 {
				return nil, nil, fmt.Errorf("unknown row %q; -h lists all rows", name)
			}
			p.rows = append(p.rows, rows[i])
		}
	}
	out, ok := formats[format]
	switch {
	case !ok:
		return nil, nil, fmt.Errorf("-o: got %q, want markdown or json", format)
	case p.rounds < 1 || p.inFlight < 1 || p.pool < 1:
		return nil, nil, fmt.Errorf("-rounds, -inflight, -pool: got %d, %d, %d, want at least 1", p.rounds, p.inFlight, p.pool)
	case p.check && !isSet(f, "records"):
		p.records = checkedRecords
	case !p.check && (p.records < 10_000 || p.records%10_000 != 0):
		return nil, nil, fmt.Errorf("-records: got %d, want a multiple of 10,000", p.records)
	}
	return p, out, nil
}

func isSet(f *flag.FlagSet, name string) (set bool) {
	f.Visit(func(g *flag.Flag) { set = set || g.Name == name })
	return set
}
