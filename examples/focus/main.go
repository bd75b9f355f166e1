// Focus uploads a cloud bill in FOCUS, the common format of AWS, Microsoft, Google and Oracle, to
// Klarity's estate: each resource becomes a record with its costs by day.
package main

import (
	"context"
	"fmt"
	"iter"
	"os"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/models"
)

const about = `
Focus uploads a cloud bill to Klarity: FinOps FOCUS 1.0, 1.1 or 1.2 as CSV, plain or in gzip,
as AWS, Microsoft, Google and Oracle export it. Each resource becomes an estate record with its
exact cost of each UTC day. The bill may be larger than memory.

  go run ./examples/focus
        uploads a made-up bill to an emulator
  go run ./examples/focus -file bill.csv.gz -dry-run
        reads a bill, checks the records and sends nothing
  go run ./examples/focus -file part-0.csv.gz -file part-1.csv.gz -quiet -allow-negative
        uploads a bill that stands in two parts, as a nightly job

Hourly rows, credits and adjustments are added up by day. A day that stays negative cannot be
sent: it is counted and listed, and the exit status is 1 unless -allow-negative is given. At the
end the totals of the file are held against what was sent and what could not be, to the last
decimal. If a row cannot be read, nothing is sent, since the sums would be too low.`

func main() {
	limitMemory()
	os.Exit(job.Main(run))
}

func run(ctx context.Context, args []string, std job.Streams) int {
	o := newOptions()
	if status, done := o.Parse(args, std); done {
		return status
	}
	if err := o.settle(); err != nil {
		fmt.Fprintf(std.Err, "%s: %v (see %s -h)\n", o.Name(), err, o.Name())
		return job.Usage
	}
	b := newBooks(o, std)
	status := job.Run(ctx, std, o.Flags, job.Operation[models.EstateRecord]{
		Name: "focus", Progress: "Uploading",
		Items: func(ctx context.Context, _ *job.Target) (*job.Input, iter.Seq2[*models.EstateRecord, error], error) {
			return b.items(ctx)
		},
		Record: func(r *models.EstateRecord) *models.EstateRecord { return r },
		Done:   b.done,
		Check:  func(r *models.EstateRecord) error { return api.CheckRecord(r, o.period) },
		Key:    func(r *models.EstateRecord) api.Key { return api.Key{Type: r.Type, ID: r.ID} },
		Send: func(ctx context.Context, c *api.Client, records iter.Seq2[*models.EstateRecord, error], opts ...api.RunOption) (api.Report, error) {
			b.sending = true
			return c.Upsert(ctx, records, append(opts, api.InPeriod(o.period))...)
		},
	})
	return max(status, b.close())
}
