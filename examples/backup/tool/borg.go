package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/klarity-go/klarity/examples/backup/status"
)

// EnvBorgRepository is the variable that names borg's repository.
const EnvBorgRepository = "BORG_REPO"

// Borg is borg with the repository of the environment.
type Borg struct{ *Tool }

// NewBorg returns borg, or nil if the environment names no repository.
func NewBorg(timeout time.Duration) *Borg {
	location := os.Getenv(EnvBorgRepository)
	if location == "" {
		return nil
	}
	// Borg 1 writes local times without their zone.
	return &Borg{newTool("borg", status.Borg, location, timeout, "TZ=UTC")}
}

// Backups calls add for each archive, in the order of the repository. It is one call of borg, which
// reads the metadata of each archive. The repository is not locked: a backup that is made at the
// same time is not disturbed.
func (b *Borg) Backups(ctx context.Context, add func(status.Backup)) error {
	return b.call(ctx, func(output io.Reader) error {
		_, err := status.ReadBorg(output, time.UTC, add)
		return err
	}, "list", "--bypass-lock", "--json", "--format", "{hostname}{end}")
}

// Size asks for the sizes of an archive, and how long it took. Borg reads the metadata of all files
// of the archive, and brings its local cache up to date, for that.
func (b *Borg) Size(ctx context.Context, backup *status.Backup) error {
	return b.call(ctx, func(output io.Reader) error {
		found := false
		_, err := status.ReadBorg(output, time.UTC, func(other status.Backup) {
			if other.ID == backup.ID {
				found = true
				backup.Size, backup.Took = other.Size, other.Took
			}
		})
		if err == nil && !found {
			err = errors.New("it is about another archive")
		}
		if err != nil {
			return fmt.Errorf("%w (%s)", err, backup.Archive)
		}
		return nil
	}, "info", "--bypass-lock", "--json", "::"+backup.Archive)
}
