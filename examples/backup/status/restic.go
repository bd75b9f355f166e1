package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// resticSnapshot is what is needed of an element of `restic snapshots --json`. The fields are those
// of restic's manual, "Scripting". The summary is there since 0.17, for snapshots made by that.
type resticSnapshot struct {
	ID       string   `json:"id"`
	Time     string   `json:"time"` // when the backup was started
	Hostname string   `json:"hostname"`
	Paths    []string `json:"paths"`
	Summary  *struct {
		BackupStart    *time.Time `json:"backup_start"`
		BackupEnd      *time.Time `json:"backup_end"`
		BytesProcessed *int64     `json:"total_bytes_processed"`
		DataAdded      *int64     `json:"data_added"`
	} `json:"summary"`

	Snapshots json.RawMessage `json:"snapshots"` // only with --group-by
}

// ReadRestic reads the output of `restic snapshots --json` and calls add for each snapshot, in the
// order of the output. Unknown fields are ignored. A snapshot without id, time, hostname or paths,
// and a document that is not complete, are errors; what came before has been added then. A document
// without snapshots is none.
func ReadRestic(r io.Reader, add func(Backup)) error {
	d := newDocument(r)
	err := d.elements("snapshot", func() error {
		var s resticSnapshot
		if err := d.decode(&s); err != nil {
			return err
		}
		b, err := s.backup()
		if err == nil {
			add(b)
		}
		return err
	})
	if err == nil {
		err = d.end()
	}
	return brief(err)
}

func (s *resticSnapshot) backup() (Backup, error) {
	switch {
	case len(s.Snapshots) > 0:
		return Backup{}, errors.New("it is a group of snapshots: leave --group-by out")
	case s.ID == "":
		return Backup{}, errors.New("id is missing")
	case s.Time == "":
		return Backup{}, errors.New("time is missing")
	case s.Hostname == "":
		return Backup{}, fmt.Errorf("hostname is missing (id %s)", s.ID)
	case len(s.Paths) == 0:
		return Backup{}, fmt.Errorf("paths is missing (id %s)", s.ID)
	}
	begun, err := time.Parse(time.RFC3339, s.Time)
	if err != nil {
		return Backup{}, fmt.Errorf("time %q is none of RFC 3339 (id %s)", s.Time, s.ID)
	}
	b := Backup{ID: s.ID, Host: s.Hostname, Paths: s.Paths, Begun: begun}
	if sum := s.Summary; sum != nil {
		b.Size.set(RestoreBytes, sum.BytesProcessed)
		b.Size.set(AddedBytes, sum.DataAdded)
		if sum.BackupEnd != nil {
			b.Ended = *sum.BackupEnd
		}
		if sum.BackupStart != nil && sum.BackupEnd != nil && !sum.BackupEnd.Before(*sum.BackupStart) {
			took := sum.BackupEnd.Sub(*sum.BackupStart)
			b.Took = &took
		}
	}
	return b, nil
}

// ReadResticStats reads the output of `restic stats --json` about one snapshot, in its default mode
// restore-size. About several snapshots it is an error, because their sum is the size of none.
func ReadResticStats(r io.Reader) (Size, error) {
	var stats struct {
		TotalSize *int64 `json:"total_size"`
		Snapshots *int   `json:"snapshots_count"` // since restic 0.10
		Blobs     *int   `json:"total_blob_count"`
	}
	d := newDocument(r)
	if err := d.decode(&stats); err != nil {
		return nil, err
	}
	switch {
	case stats.TotalSize == nil:
		return nil, errors.New("total_size is missing: it is not the output of restic stats --json")
	case *stats.TotalSize < 0:
		return nil, fmt.Errorf("total_size is %d", *stats.TotalSize)
	case stats.Snapshots != nil && *stats.Snapshots != 1:
		return nil, fmt.Errorf("it is about %d snapshots: name one, as in restic stats --json latest", *stats.Snapshots)
	case stats.Blobs != nil && *stats.Blobs > 0:
		return nil, errors.New("it is about another mode than restore-size: leave --mode out")
	}
	var size Size
	size.set(RestoreBytes, stats.TotalSize)
	return size, brief(d.end())
}
