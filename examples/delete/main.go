// Delete deletes the estate records that a file names from Klarity.
package main

import (
	"context"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/source"
	"github.com/klarity-go/klarity/examples/sheet"
	"github.com/klarity-go/klarity/models"
)

const about = `
Delete deletes the records that a file names from one billing period, or from all.
The period has no default.

  go run ./examples/delete -period all
        uploads a sample sheet to an emulator and deletes some of it
  go run ./examples/delete -period current -file retired.csv -dry-run
        checks a file and sends nothing
  go run ./examples/delete -period current -file retired.csv -report report.jsonl
        deletes, and writes the outcome of each record to a file

CSV or Excel (.xlsx): the columns are id and type, name (send it if the record was
created with one), or nid; others are ignored. JSON lines: {"nid": "..."} or
{"id": "...", "type": "...", "name": "..."}. JSON: one array of these, alone or as in a
request's body, {"period": "...", "records": [...]}.`

func main() { os.Exit(job.Main(run)) }

func run(ctx context.Context, args []string, std job.Streams) int {
	flags := job.NewFlags("delete", about)
	var period models.Period
	job.OneOf(flags, &period, "period", "delete from the billing `PERIOD` current or previous, or from all (required)",
		models.PeriodCurrent, models.PeriodPrevious, models.PeriodAll)
	flags.Require("period")
	if status, done := flags.Parse(args, std); done {
		return status
	}
	return job.Run(ctx, std, flags, job.Operation[models.RecordLocator]{
		Progress: "Deleting",
		Open: func(r io.Reader, o source.Options) (*source.Reader[models.RecordLocator], error) {
			return source.Locators(r, o, period)
		},
		Check: api.CheckLocator,
		Key: func(l *models.RecordLocator) api.Key {
			return api.Key{Type: l.Type, ID: l.ID, NID: string(l.NID)}
		},
		Send: func(ctx context.Context, c *api.Client, records iter.Seq2[*models.RecordLocator, error], opts ...api.RunOption) (api.Report, error) {
			return c.Delete(ctx, period, records, opts...)
		},
		Prepare: job.UploadSheet,
		Sample: func(*job.Target) (*job.Input, error) {
			return &job.Input{
				Name: "some of them (examples/sheet/retired.csv)", Format: source.CSV,
				Reader: strings.NewReader(sheet.Retired), Size: int64(len(sheet.Retired)),
				ErrorNote: "This is intended: two rows of the sample list are wrong, to show what errors look like.",
			}, nil
		},
	})
}
