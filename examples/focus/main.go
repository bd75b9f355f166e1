// Focus uploads a cloud bill in FOCUS, the common format of AWS, Microsoft, Google and Oracle, to
// Klarity's estate: each resource becomes a record with its costs by day.
package main

import (
	"context"
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
		return o.Refuse(std, err)
	}
	b := newBooks(o, std)
	op := job.Upserts(o.period)
	op.Items = func(ctx context.Context, _ *job.Target) (*job.Input, iter.Seq2[*models.EstateRecord, error], error) {
		return b.items(ctx)
	}
	op.Done = b.done
	send := op.Send
	op.Send = func(ctx context.Context, c *api.Client, records iter.Seq2[*models.EstateRecord, error], opts ...api.RunOption) (api.Report, error) {
		b.sending = true
		return send(ctx, c, records, opts...)
	}
	status := job.Run(ctx, std, o.Flags, op)
	return max(status, b.close())
}
