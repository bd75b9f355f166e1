// Vsphere keeps the virtual machines, templates, hosts and datastores of a vCenter in Klarity's
// estate.
package main

import (
	"context"
	"fmt"
	"iter"
	"os"

	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
	"github.com/klarity-go/klarity/models"
)

const about = `
Vsphere uploads the virtual machines, templates, hosts and datastores of a vCenter (or of one ESXi
host) to Klarity, with their tags, custom attributes, and what is known of guests and hardware.

  go run ./examples/vsphere
        uploads the made-up inventory of a simulated vCenter to an emulator
  go run ./examples/vsphere -dry-run
        reads the inventory, checks the records and sends nothing
  go run ./examples/vsphere -cost prices.csv -report report.jsonl -quiet
        with the costs of this month's days so far, as a nightly job

It reads a page of objects at a time, not one by one, and writes nothing to vSphere. What could
not be read is reported, the records are sent without it, and the exit status is 1.`

const environment = `  GOVC_URL                                   the vCenter, such as https://vcenter.example.com;
                                             without it, a simulated one runs in this process
  GOVC_USERNAME, GOVC_PASSWORD               who logs in; also files that hold them
  GOVC_TLS_CA_CERTS, GOVC_TLS_KNOWN_HOSTS    files with the certificates of authorities to
                                             trust, or with known thumbprints, as govc has
                                             them; a certificate is always checked
  GOVC_DATACENTER                            read this datacenter only
`

func main() { os.Exit(job.Main(run)) }

func run(ctx context.Context, args []string, std job.Streams) int {
	o := newOptions()
	if status, done := o.Parse(args, std); done {
		return status
	}
	if err := o.settle(); err != nil {
		return o.Refuse(std, err)
	}
	estate := &estate{options: o, std: std}
	defer estate.close(ctx)
	op := job.Upserts(models.InsertInPeriodCurrent)
	op.Items = func(ctx context.Context, _ *job.Target) (*job.Input, iter.Seq2[*models.EstateRecord, error], error) {
		return estate.open(ctx)
	}
	status := job.Run(ctx, std, o.Flags, op)
	estate.printNotes()
	return status
}

// estate is what a run reads.
type estate struct {
	*options
	std     job.Streams
	vcenter *simulated.VCenter // nil if it is a real one
	source  *inventory.Source
}

// say prints a sentence, but not for -quiet.
func (e *estate) say(format string, args ...any) {
	if e.Quiet {
		return
	}
	c := console.New(e.std.Out, os.Getenv)
	console.Fprintln(c, c.Wrap("", console.Printable(fmt.Sprintf(format, args...))))
}

// open logs in and returns the records, which are read while they are sent.
func (e *estate) open(ctx context.Context) (in *job.Input, records iter.Seq2[*models.EstateRecord, error], err error) {
	cfg := e.config
	if e.simulates {
		if e.vcenter, err = simulated.Start(e.machines, false); err != nil {
			return nil, nil, err
		}
		simulation := e.vcenter.Config()
		cfg.URL, cfg.Username, cfg.Password = simulation.URL, simulation.Username, simulation.Password
		e.say("The inventory is made up: it comes from a simulated vCenter, inside this program.")
		if e.costFile == "" {
			e.say("So are its prices: they are those of examples/vsphere/prices.csv.")
		}
	}
	e.say("Reading from %s as %s", cfg.URL.Host, cfg.Username)
	if e.source, err = inventory.Open(ctx, cfg); inventory.IsConfig(err) {
		return nil, nil, job.Usagef("%w", err)
	} else if err != nil {
		return nil, nil, err
	}
	in = &job.Input{Name: "the inventory of " + e.source.Name()}
	return in, func(yield func(*models.EstateRecord, error) bool) {
		defer func() { in.Missing = e.source.Gaps() }()
		for record, err := range e.source.Records(ctx) {
			if err != nil {
				err = job.Ended(err)
			}
			if !yield(record, err) {
				return
			}
		}
	}, nil
}

func (e *estate) printNotes() {
	if e.source == nil {
		return
	}
	for _, note := range e.source.Notes() {
		e.say("%s", note)
	}
}

// close logs out, also after an interrupt, and stops the simulation.
func (e *estate) close(ctx context.Context) {
	if e.source != nil {
		e.source.Close(ctx)
	}
	if e.vcenter != nil {
		e.vcenter.Close()
	}
}
