// Package status turns what restic and borg say about their repositories into the state of the
// backups of each record: when the last one was made, how old it is, how large, how long it took,
// how many there are, and whether that is good enough.
//
// ReadRestic and ReadBorg read the output of the tools as a stream. A Catalog keeps of all backups
// the latest of each host and paths, and how many there are; its memory does not grow with their
// number. A Map says which of them belong to which record. Enrichments yields what is sent.
//
// Nothing here runs a program, reads the environment or asks for the time. Values may be used by
// one goroutine at a time.
package status

import "time"

// Tool is a backup tool.
type Tool string

// The tools whose output is understood.
const (
	Restic Tool = "restic"
	Borg   Tool = "borg"
)

// Repository is where backups are. Repositories are told apart by their address in memory: two
// with the same name are two.
type Repository struct {
	Tool Tool
	Name string // as it is shown: made by Location, without secrets
}

// Backup is one backup that a repository has: a snapshot of restic, or an archive of borg.
type Backup struct {
	ID      string
	Host    string
	Paths   []string // what was backed up; nil for borg, which does not tell
	Archive string   // borg's name of it; "" for restic

	// Begun is when the backup began: a change of the data after that may not be in it.
	Begun time.Time
	// Ended is when it ended, or the zero time where the tool does not tell.
	Ended time.Time
	// Took is how long it took, or nil where the tool does not tell.
	Took *time.Duration
	// Size are the sizes that the tool tells, by their name. It may be nil.
	Size Size

	// Unfinished says that it is a checkpoint of borg: an archive that was broken off, or that is
	// being made. It is no success.
	Unfinished bool
}

// Size are sizes in bytes by their name.
type Size map[string]int64

// The names of sizes, which are also those in an enrichment.
const (
	// RestoreBytes is what restic would write to restore the snapshot: the sum of the sizes of its
	// files. It is restic's mode restore-size, or total_bytes_processed of a snapshot's summary.
	RestoreBytes = "restore_bytes"
	// AddedBytes is what the snapshot has added to restic's repository, before compression:
	// data_added of the summary that restic 0.17 and newer store in a snapshot.
	AddedBytes = "added_bytes"
	// OriginalBytes, CompressedBytes and DeduplicatedBytes are borg's original_size,
	// compressed_size and deduplicated_size: of the data, compressed, and of what no other archive
	// has.
	OriginalBytes     = "original_bytes"
	CompressedBytes   = "compressed_bytes"
	DeduplicatedBytes = "deduplicated_bytes"
)

// set adds a size that is known.
func (s *Size) set(name string, bytes *int64) {
	if bytes == nil {
		return
	}
	if *s == nil {
		*s = Size{}
	}
	(*s)[name] = *bytes
}
