// Clarity keeps the air-quality devices that an organisation has with Clarity in Klarity's
// estate: each datasource becomes a record.
package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/models"
)

const about = `
Clarity uploads the devices that an organisation (an Org) has with Clarity to Klarity: each
datasource becomes an estate record, with its node, place, subscription and tags.

  go run ./examples/clarity
        uploads the made-up devices of a fake Clarity server to an emulator
  go run ./examples/clarity -dry-run
        reads the devices, checks the records and sends nothing
  go run ./examples/clarity -nids nids.csv -cost prices.csv -report report.jsonl -quiet
        with the latest status as an enrichment and today's costs, as an hourly job

A run asks Clarity three times, for the datasources, nodes and subscriptions; five times with
-nids or -status-metadata, for their status and recent measurements, too; and once more with
-accessories. If Clarity does not give the datasources, nothing is sent. If another call fails,
the records are sent without what it would have told, this is reported, and the exit status
is 1.`

const environment = `  CLARITY_API_KEY, CLARITY_ORG               the key of an application, and the Org that it is
                                             connected to; with neither set, a fake Clarity
                                             server runs in this process
  CLARITY_API_URL                            Clarity's API, when not the public one
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
	return job.Run(ctx, std, o.Flags, job.Operation[api.Change]{
		Progress: "Uploading",
		Items: func(ctx context.Context, _ *job.Target) (*job.Input, iter.Seq2[*api.Change, error], error) {
			return o.items(ctx, std)
		},
		Record: func(c *api.Change) *models.EstateRecord { return c.Upsert },
		Check: func(c *api.Change) error {
			if c.Enrich != nil {
				return api.CheckEnrichment(c.Enrich)
			}
			return api.CheckRecord(c.Upsert, models.InsertInPeriodCurrent)
		},
		Key: func(c *api.Change) api.Key {
			if c.Enrich != nil {
				return api.Key{NID: string(c.Enrich.Record.NID)}
			}
			return api.Key{Type: c.Upsert.Type, ID: c.Upsert.ID}
		},
		Send: func(ctx context.Context, c *api.Client, changes iter.Seq2[*api.Change, error], opts ...api.RunOption) (api.Report, error) {
			return c.Apply(ctx, func(yield func(api.Change, error) bool) {
				for change, err := range changes {
					if err != nil {
						change = &api.Change{}
					}
					if !yield(*change, err) {
						return
					}
				}
			}, opts...)
		},
	})
}

// items reads what Clarity has and returns what is to be sent.
func (o *options) items(ctx context.Context, std job.Streams) (*job.Input, iter.Seq2[*api.Change, error], error) {
	say := func(format string, args ...any) {
		if !o.Quiet {
			fmt.Fprintf(std.Out, format, args...)
		}
	}
	cfg := o.config()
	if !o.Quiet {
		cfg.OnRetry = func(err error, wait time.Duration) {
			fmt.Fprintf(std.Err, "%s: %v; trying again in %s\n", o.Name(), err, console.Duration(wait))
		}
	}
	if o.usesFake {
		server, err := o.startFake(&cfg)
		if err != nil {
			return nil, nil, err
		}
		defer server.Close()
		say("The devices are made up: they come from a fake Clarity server, inside this program.\n")
	}
	client, err := clarity.New(cfg)
	if err != nil {
		return nil, nil, job.Usagef("%w", err)
	}
	say("Reading the devices of the Org %s from %s\n", client.Org(), client.URL())
	s, err := o.read(ctx, client)
	if err != nil {
		return nil, nil, err
	}
	if !o.Quiet {
		s.writeCounts(std.Out)
	}
	b := newBuilder(o, s, client.Org())
	in := &job.Input{Name: b.describe(), Missing: s.gaps}
	if note := b.note(); note != "" {
		say("%s\n", note)
	}
	return in, b.changes(), nil
}
