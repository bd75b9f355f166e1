package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
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
	// Borg 1 writes local times without their zone, and much about the machine below an error.
	return &Borg{newTool(status.Borg, location, timeout, "TZ=UTC", "BORG_SHOW_SYSINFO=no")}
}

// Backups calls add for each archive, in the order of the repository. It is one call of borg, which
// reads the metadata of each archive. Neither the repository is locked nor the user's cache, which a
// backup has locked for as long as it runs: borg 1.2 opens a cache, but does not need what is in it.
// So a backup that is made at the same time, or begins, is not disturbed.
func (b *Borg) Backups(ctx context.Context, add func(status.Backup)) error {
	cache, err := os.MkdirTemp("", "borg-cache-")
	if err != nil {
		return fmt.Errorf("a folder that borg takes for its cache: %w", err)
	}
	defer func() { _ = os.RemoveAll(cache) }()
	lister := *b.Tool
	lister.env = append(slices.Clone(b.env), "BORG_CACHE_DIR="+cache)
	return lister.call(ctx, func(output io.Reader) error {
		_, err := status.ReadBorg(output, time.UTC, add)
		return err
	}, "list", "--bypass-lock", "--json", "--format", "{hostname}{end}")
}

// Size asks for the sizes of an archive, and how long it took. Borg reads the metadata of all files
// of the archive for that, brings the user's cache up to date, and has it locked meanwhile. A lock
// that a backup has is waited for, half a minute.
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
	}, "info", "--bypass-lock", "--lock-wait", "30", "--json", "::"+backup.Archive)
}
