// Backup tells Klarity of each record when its last backup was made, how large it is, and whether
// that is good enough. It asks restic and borg.
package main

import (
	"context"
	"fmt"
	"iter"
	"os"

	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/models"
)

const about = `
Backup asks restic and borg what they have in their repositories, and attaches to each record of
a map when its last backup was made, its age, size and duration, how many there are, and a
verdict: ok, late or none. What has no backup is listed first.

  go run ./examples/backup
        runs on an emulator, with output that was recorded with both tools
  go run ./examples/backup -map map.csv -dry-run
        reads the repositories that RESTIC_REPOSITORY and BORG_REPO name, and sends nothing
  go run ./examples/backup -map map.csv -recorded /srv/backup-status -max-age 26h -alert -quiet
        as a nightly job, of what the hosts have written to the folders there

The map is a CSV file with the columns host, path and nid (Klarity's own ID of the record). Host
or path may be empty; the row that says most counts. A path is one that restic backs up, or the
name of borg's archives, with * for any characters.`

const environment = `  RESTIC_REPOSITORY or RESTIC_REPOSITORY_FILE, RESTIC_PASSWORD and restic's other variables
                                             the repository that restic reads, without locking it
  BORG_REPO, BORG_PASSPHRASE and borg's other variables
                                             the one that borg reads; with none of these, and
                                             without -recorded, recorded output is used
`

func main() { os.Exit(job.Main(run)) }

func run(ctx context.Context, args []string, std job.Streams) int {
	return newOptions().run(ctx, args, std)
}

func (o *options) run(ctx context.Context, args []string, std job.Streams) int {
	if status, done := o.Parse(args, std); done {
		return status
	}
	if err := o.settle(); err != nil {
		return o.Refuse(std, err)
	}
	op := job.Enrichments()
	op.Items = func(ctx context.Context, t *job.Target) (*job.Input, iter.Seq2[*models.Enrichment, error], error) {
		return o.items(ctx, t, std)
	}
	if o.usesSample {
		op.Prepare = job.UploadSheet
	}
	status := job.Run(ctx, std, o.Flags, op)
	if o.alert && o.notOK > 0 {
		fmt.Fprintf(std.Err, "%s: %s, so the exit status is 1 (-alert)\n", o.Name(), o.complaint())
		status = max(status, job.Failed)
	}
	return status
}
