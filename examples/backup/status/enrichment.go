package status

import (
	"iter"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/models"
)

// The most sets, and paths of a set, that an enrichment lists, so that it stays far below the
// contract's 1 MB.
const (
	maxSets      = 50
	maxPaths     = 20
	maxPathBytes = 8 << 10 // of all paths of a set
)

// Enrichments yields an enrichment for each status, in their order: a new one each time. It yields
// no error. The data is an object "backup":
//
//	verdict          ok, late or none
//	checked          when the run began, RFC 3339 in UTC
//	max_age_seconds  what the policy allows
//
// and, about the set that the verdict is made of (Status.Decisive), if there is one:
//
//	tool, repository, host     where the backup is
//	paths or archive           restic's paths (of more than 20, or 8 KiB, the first ones, and
//	                           paths_total) or the name of borg's last archive
//	id                         that of the snapshot or the archive
//	last_success               when the last backup began, RFC 3339 in UTC
//	age_seconds                from then to checked
//	finished, duration_seconds when it ended and how long it took, if the tool tells
//	backups                    how many there are
//	size                       those of RestoreBytes and the others that are known
//
// and, if the record has several sets, or one without a backup that counts:
//
//	sets                       of each set (at most 50, the newest first; and sets_total) what is
//	                           above about it, with its verdict, which may be retired, and how many
//	                           are in_future or unfinished
func Enrichments(statuses []Status, p Policy) iter.Seq2[*models.Enrichment, error] {
	return func(yield func(*models.Enrichment, error) bool) {
		for i := range statuses {
			s := &statuses[i]
			e := &models.Enrichment{Record: models.EnrichedRecord{NID: strfmt.UUID(s.Row.NID)}, Data: map[string]any{"backup": s.data(p)}}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (s *Status) data(p Policy) map[string]any {
	data := map[string]any{}
	if s.Decisive != nil {
		data = s.Decisive.data(p)
	}
	data["verdict"] = string(s.Verdict)
	data["checked"] = rfc3339(p.Now)
	data["max_age_seconds"] = int64(p.MaxAge / time.Second)
	if len(s.Sets) > 1 || len(s.Sets) == 1 && s.Decisive == nil {
		var sets []any
		for _, set := range s.Sets[:min(len(s.Sets), maxSets)] {
			entry := set.data(p)
			entry["verdict"] = string(p.Of(set))
			if s.Retired(set, p) {
				entry["verdict"] = "retired"
			}
			sets = append(sets, entry)
		}
		data["sets"] = sets
		if len(s.Sets) > maxSets {
			data["sets_total"] = len(s.Sets)
		}
	}
	return data
}

// data is what is known of a set.
func (s *Set) data(p Policy) map[string]any {
	data := map[string]any{
		"tool": string(s.Repository.Tool), "repository": s.Repository.Name, "host": s.Host, "backups": s.Backups,
	}
	paths := listed(s.Paths)
	if len(paths) > 0 {
		data["paths"] = paths
	}
	if len(paths) < len(s.Paths) {
		data["paths_total"] = len(s.Paths)
	}
	if s.Future > 0 {
		data["in_future"] = s.Future
	}
	if s.Unfinished > 0 {
		data["unfinished"] = s.Unfinished
	}
	b := s.Last
	if b == nil {
		return data
	}
	if b.Archive != "" {
		data["archive"] = b.Archive
	}
	data["id"] = b.ID
	data["last_success"] = rfc3339(b.Begun)
	data["age_seconds"] = int64(p.Age(b) / time.Second)
	if !b.Ended.IsZero() {
		data["finished"] = rfc3339(b.Ended)
	}
	if b.Took != nil {
		data["duration_seconds"] = b.Took.Seconds()
	}
	if len(b.Size) > 0 {
		size := map[string]any{}
		for name, bytes := range b.Size {
			size[name] = bytes
		}
		data["size"] = size
	}
	return data
}

// listed are the paths that an enrichment lists.
func listed(paths []string) (values []any) {
	bytes := 0
	for _, path := range paths[:min(len(paths), maxPaths)] {
		if bytes += len(path); bytes > maxPathBytes {
			break
		}
		values = append(values, path)
	}
	return values
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }
