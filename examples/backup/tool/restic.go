package tool

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/klarity-go/klarity/examples/backup/status"
)

// The variables that name restic's repository, or a file with its location.
const (
	EnvResticRepository     = "RESTIC_REPOSITORY"
	EnvResticRepositoryFile = "RESTIC_REPOSITORY_FILE"
)

// envResticHost is the host that a backup is of. Restic 0.17 and newer tell of no other host's
// snapshots when it is set, and all others would look as if they had no backup.
const envResticHost = "RESTIC_HOST"

// Restic is restic with the repository of the environment.
type Restic struct{ *Tool }

// NewRestic returns restic, or nil if the environment names no repository. It is an error if the
// file that should name it cannot be read or is empty, or if there are both, which restic refuses.
func NewRestic(timeout time.Duration) (*Restic, error) {
	location, file := os.Getenv(EnvResticRepository), os.Getenv(EnvResticRepositoryFile)
	switch {
	case location != "" && file != "":
		return nil, fmt.Errorf("%s and %s are set: restic wants one of them", EnvResticRepository, EnvResticRepositoryFile)
	case file != "":
		content, err := os.ReadFile(file) //nolint:gosec // the user of restic names it
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvResticRepositoryFile, err)
		}
		if location = strings.TrimSpace(string(content)); location == "" {
			return nil, fmt.Errorf("%s: %s is empty", EnvResticRepositoryFile, file)
		}
	}
	if location == "" {
		return nil, nil
	}
	return &Restic{newTool(status.Restic, location, timeout)}, nil
}

// Backups calls add for each snapshot, in no particular order. It is one call of restic. The
// repository is not locked: a backup that is made at the same time is not disturbed, and shows when
// it is complete.
func (r *Restic) Backups(ctx context.Context, add func(status.Backup)) error {
	return r.call(ctx, func(output io.Reader) error { return status.ReadRestic(output, add) }, "snapshots", "--json", "--no-lock")
}

// Size asks for the size of a snapshot: what would be restored. Restic loads its index and reads
// the directories of the snapshot for that.
func (r *Restic) Size(ctx context.Context, b *status.Backup) error {
	return r.call(ctx, func(output io.Reader) error {
		size, err := status.ReadResticStats(output)
		if err == nil {
			b.Size = size
		}
		return err
	}, "stats", "--json", "--no-lock", b.ID)
}
