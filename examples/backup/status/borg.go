package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"
)

// borgArchive is what is needed of an archive in the output of `borg list --json` and
// `borg info --json`. command_line, which may have passwords in it, is not read.
type borgArchive struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Hostname *string  `json:"hostname"`
	Start    string   `json:"start"`
	Time     string   `json:"time"` // the same as start, in borg list
	End      string   `json:"end"`
	Duration *float64 `json:"duration"` // seconds; in borg info only
	Stats    struct {
		Original     *int64 `json:"original_size"`
		Compressed   *int64 `json:"compressed_size"`
		Deduplicated *int64 `json:"deduplicated_size"`
	} `json:"stats"` // in borg info only
}

// checkpoint is the end of the names that borg gives to archives it has not finished, a number
// behind it where there are several.
var checkpoint = regexp.MustCompile(`\.checkpoint(\.[0-9]+)?$`)

// ReadBorg reads the output of `borg list --json --format '{hostname}{end}'`, or of
// `borg info --json` about archives, and calls add for each archive, in the order of the output. It
// returns the location of the repository, as borg writes it.
//
// Borg 1 writes times without a zone: they are those of the clock that borg ran under, which must
// be zone. Unknown fields are ignored. An archive without id, name, start or hostname, output that
// is about no archives, and a document that is not complete, are errors; what came before has been
// added then.
func ReadBorg(r io.Reader, zone *time.Location, add func(Backup)) (location string, err error) {
	d := newDocument(r)
	hasArchives := false
	err = d.fields(func(name string) error {
		switch name {
		case "archives":
			hasArchives = true
			return d.elements("archive", func() error {
				var a borgArchive
				if err := d.decode(&a); err != nil {
					return err
				}
				b, err := a.backup(zone)
				if err == nil {
					add(b)
				}
				return err
			})
		case "repository":
			var repository struct {
				Location string `json:"location"`
			}
			err := d.decode(&repository)
			location = repository.Location
			return err
		}
		var other json.RawMessage
		return d.decode(&other)
	})
	if err == nil {
		err = d.end()
	}
	switch {
	case err != nil:
		return "", brief(err)
	case !hasArchives:
		return "", errors.New("archives is missing: borg info --json tells of archives only with --last N, --glob-archives '*' or the name of one")
	}
	return location, nil
}

func (a *borgArchive) backup(zone *time.Location) (Backup, error) {
	start := a.Start
	if start == "" {
		start = a.Time
	}
	switch {
	case a.ID == "":
		return Backup{}, errors.New("id is missing")
	case a.Name == "":
		return Backup{}, fmt.Errorf("name is missing (id %s)", a.ID)
	case start == "":
		return Backup{}, fmt.Errorf("start is missing (%s)", a.Name)
	case a.Hostname == nil:
		return Backup{}, fmt.Errorf("hostname is missing (%s): borg list --json tells it only with --format '{hostname}{end}'", a.Name)
	case a.Duration != nil && !(*a.Duration >= 0 && *a.Duration <= maxDuration.Seconds()):
		return Backup{}, fmt.Errorf("duration is %v (%s)", *a.Duration, a.Name)
	}
	b := Backup{ID: a.ID, Host: *a.Hostname, Archive: a.Name, Unfinished: checkpoint.MatchString(a.Name)}
	var err error
	if b.Begun, err = borgTime(start, zone); err != nil {
		return Backup{}, fmt.Errorf("start: %w (%s)", err, a.Name)
	}
	if a.End != "" {
		if b.Ended, err = borgTime(a.End, zone); err != nil {
			return Backup{}, fmt.Errorf("end: %w (%s)", err, a.Name)
		}
	}
	if a.Duration != nil {
		took := time.Duration(*a.Duration * float64(time.Second)).Round(time.Millisecond)
		b.Took = &took
	}
	b.Size.set(OriginalBytes, a.Stats.Original)
	b.Size.set(CompressedBytes, a.Stats.Compressed)
	b.Size.set(DeduplicatedBytes, a.Stats.Deduplicated)
	return b, nil
}

// maxDuration is longer than any backup takes, and short enough for a time.Duration.
const maxDuration = 100 * 365 * 24 * time.Hour

// borgTime parses a time of borg 1, which has no zone, or of borg 2, which has one.
func borgTime(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04:05", text, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time as borg writes it", text)
	}
	return t, nil
}
