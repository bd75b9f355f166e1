// Landscape prints the applications, environments and accounts of an organisation as a tree,
// and creates what a plan has beyond them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
)

const about = `Landscape prints the applications of an organisation with their environments and costs, and its
accounts, as a tree.

  go run ./examples/landscape
        shows an invented organisation, on an emulator
  go run ./examples/landscape -emulator -apply examples/landscape/plan.yaml
        creates what a plan has beyond that, on the emulator
  KLARITY_API_KEY=ID/SECRET go run ./examples/landscape -apply plan.yaml -dry-run
        shows what is missing in Klarity, and creates nothing

With -apply it shows what the plan has beyond the landscape, and creates the applications,
environments and discovery rules that are missing. It never changes or removes anything, and it
can be run again: what is there is left alone. The API cannot tell which rules there are, so
those that were created are kept in a file beside the plan. README.md describes both files.

It needs an API key: KLARITY_API_KEY, and KLARITY_REGION (eu, us, uk) or KLARITY_GRAPHQL_URL.

The exit status is 0 if all was read or, with -apply, all of the plan is there; 1 if not; 2 for
wrong usage.

Flags:
`

func main() { os.Exit(job.Main(run)) }

type options struct {
	plan     string
	record   string
	dryRun   bool
	quiet    bool
	emulator bool
}

func run(ctx context.Context, args []string, std job.Streams) int {
	var o options
	flags := flag.NewFlagSet("landscape", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.plan, "apply", "", "create what the plan in `FILE` has beyond the landscape")
	flags.StringVar(&o.record, "record", "", "keep the rules that were created in `FILE` (default: the plan's name with .rules.json)")
	flags.BoolVar(&o.dryRun, "dry-run", false, "with -apply: show what is missing, create nothing")
	flags.BoolVar(&o.quiet, "quiet", false, "print nothing but errors")
	flags.BoolVar(&o.emulator, "emulator", false, "use an emulator in this program, with an invented organisation, whatever the environment says")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(std.Out, about)
		flags.SetOutput(std.Out)
		flags.PrintDefaults()
		return job.Accepted
	case err != nil:
		return usage(std, err)
	case flags.NArg() > 0:
		return usage(std, fmt.Errorf("unexpected argument %q", flags.Arg(0)))
	case o.plan == "" && (o.dryRun || o.record != ""):
		return usage(std, errors.New("-dry-run and -record need -apply"))
	case o.emulator && o.record != "":
		return usage(std, errors.New("-record is of no use with -emulator, which forgets what was created"))
	}

	var p *plan
	if o.plan != "" {
		var err error
		if p, err = readPlan(o.plan); err != nil {
			return usage(std, err)
		}
	}
	out := console.New(std.Out, os.Getenv)
	if o.quiet {
		out = console.New(io.Discard, os.Getenv)
	}
	client, where, err := connect(o, std)
	if err != nil {
		return usage(std, err)
	}
	defer where.close()
	if where.emulator {
		console.Fprintln(out, "This runs on an emulator, inside this program, with an invented organisation.")
	}

	var rules *record
	if p != nil {
		if rules, err = openRecord(o.recordFile(where)); err != nil {
			return usage(std, err)
		}
		if !o.dryRun {
			unlock, err := rules.lock()
			if err != nil {
				fmt.Fprintf(std.Err, "landscape: %v\n", err)
				return job.Failed
			}
			defer unlock()
		}
	}
	land := read(ctx, client, p != nil)
	if p == nil {
		land.write(out)
	}
	for _, err := range land.gaps {
		fmt.Fprintf(std.Err, "landscape: %v\n", console.Printable(err.Error()))
	}
	switch {
	case p == nil && land.gaps != nil:
		return job.Failed
	case p == nil:
		return job.Accepted
	case !land.complete():
		fmt.Fprintln(std.Err, "landscape: nothing was created: what is there already could not be read as a whole")
		return job.Failed
	}
	return applyPlan(ctx, client, o, p, land, rules, out, std)
}

// recordFile is where the rules that were created are kept; on an emulator, nowhere.
func (o options) recordFile(where target) string {
	if o.record == "" && !where.emulator {
		return o.plan + ".rules.json"
	}
	return o.record
}

// applyPlan shows what is missing, and creates it.
func applyPlan(ctx context.Context, client *graphql.Client, o options, p *plan, land *landscape, rules *record, out *console.Console, std job.Streams) int {
	steps, errs := compare(p, land, rules)
	for _, err := range errs {
		fmt.Fprintf(std.Err, "landscape: %s\n", console.Printable(err.Error()))
	}
	if errs != nil {
		return job.Failed
	}
	writeDifference(out, o.plan, steps)
	if o.dryRun {
		console.Fprintln(out, "Nothing was created.")
		return status(steps)
	}
	apply(ctx, client, rules, steps, out)
	writeSummary(out, std.Err, steps)
	return status(steps)
}

func usage(std job.Streams, err error) int {
	fmt.Fprintf(std.Err, "landscape: %v (see landscape -h)\n", err)
	return job.Usage
}
