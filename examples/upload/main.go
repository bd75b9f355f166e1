// Upload sends the estate records of a file to Klarity and reports the outcome of each.
package main

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/source"
	"github.com/klarity-go/klarity/examples/sheet"
	"github.com/klarity-go/klarity/models"
)

const about = `
Upload sends the estate records of a file to Klarity and reports the outcome of each.

  go run ./examples/upload
        uploads a sample sheet to an emulator
  go run ./examples/upload -file licences.csv -dry-run
        checks a file and sends nothing
  go run ./examples/upload -file costs.xlsx -sheet November -decimal comma
        uploads a sheet of an Excel workbook in which amounts were typed like 12,50
  go run ./examples/upload -file licences.csv -report report.jsonl
        uploads it and writes the outcome of each record to a file
  inventory | go run ./examples/upload -file - -format jsonl -quiet
        uploads the output of another program, as a nightly job

CSV: the first line names the columns, in any order: id, type, name, validThrough
(YYYY-MM), currency, tag.KEY, meta.KEY or meta.KEY.SUB, cost.YYYY-MM-DD. Cells are
separated by commas, semicolons, tabs or bars. An empty cell leaves the field unchanged,
the cell null clears it. All values are strings. Excel (.xlsx): the same columns, on the
first visible sheet or the one that -sheet names.

JSON lines: one record per line, in the API's own form. JSON: one array of records, alone
or as in a request's body, {"records": [...]}.`

func main() { os.Exit(job.Main(run)) }

func run(ctx context.Context, args []string, std job.Streams) int {
	flags := job.NewFlags("upload", about)
	period := models.InsertInPeriodCurrent
	job.OneOf(flags, &period, "period", "write to the billing `PERIOD` current (the default) or previous",
		models.InsertInPeriodCurrent, models.InsertInPeriodPrevious)
	if status, done := flags.Parse(args, std); done {
		return status
	}
	op := job.Upserts(period)
	op.Open = func(r io.Reader, o source.Options) (*source.Reader[models.EstateRecord], error) {
		return source.Records(r, o, period)
	}
	op.Sample = func(*job.Target) (*job.Input, error) {
		return &job.Input{
			Name: "the sample sheet (examples/sheet/licences.csv)", Format: source.CSV,
			Reader: strings.NewReader(sheet.Licences), Size: int64(len(sheet.Licences)),
			ErrorNote: "This is intended: some rows of the sample sheet are wrong, to show what errors look like.",
		}, nil
	}
	return job.Run(ctx, std, flags, op)
}
