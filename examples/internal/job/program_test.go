package job_test

import (
	"context"
	"io"
	"iter"
	"os"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/examples/internal/source"
	"github.com/klarity-go/klarity/models"
)

const period = models.InsertInPeriodCurrent

// program is a program that uploads, and calls checked for each record that it checks.
func program(checked func(*models.EstateRecord)) jobtest.Program {
	return func(ctx context.Context, args []string, std job.Streams) int {
		flags := job.NewFlags("program", "")
		if status, done := flags.Parse(args, std); done {
			return status
		}
		return job.Run(ctx, std, flags, job.Operation[models.EstateRecord]{
			Progress: "Uploading",
			Open: func(r io.Reader, o source.Options) (*source.Reader[models.EstateRecord], error) {
				return source.Records(r, o, period)
			},
			Check: func(r *models.EstateRecord) error { checked(r); return api.CheckRecord(r, period) },
			Key:   func(r *models.EstateRecord) api.Key { return api.Key{Type: r.Type, ID: r.ID} },
			Send: func(ctx context.Context, c *api.Client, records iter.Seq2[*models.EstateRecord, error], opts ...api.RunOption) (api.Report, error) {
				return c.Upsert(ctx, records, opts...)
			},
		})
	}
}

var upload = program(func(*models.EstateRecord) {})

func exists(name string) bool { _, err := os.Lstat(name); return err == nil }

const good = "id,type\na,vm\nb,vm\n"
