package status

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func readBorg(text string) (backups []Backup, location string, err error) {
	location, err = ReadBorg(strings.NewReader(text), time.UTC, func(b Backup) { backups = append(backups, b) })
	return backups, location, err
}

func sprint(v any) string { return fmt.Sprint(v) }

const (
	// As borg 1.2.4 writes them.
	borgList = `{"archives":[{"archive":"web-1-a","barchive":"web-1-a","end":"2026-11-21T02:05:00.000000","hostname":"web-1","id":"c9","name":"web-1-a","start":"2026-11-21T02:00:00.250000","time":"2026-11-21T02:00:00.250000"},` +
		`{"archive":"x.checkpoint","hostname":"web-1","id":"ca","name":"x.checkpoint","start":"2026-11-22T02:00:00.000000","time":"2026-11-22T02:00:00.000000"}],` +
		`"encryption":{"mode":"repokey"},"repository":{"id":"8c","last_modified":"2026-11-26T14:45:40.000000","location":"/srv/borg"}}`
	borgInfo = `{"archives":[{"chunker_params":["buzhash",19],"command_line":["borg","create"],"comment":"","duration":62.0396,"end":"2026-11-21T02:01:02.000000","hostname":"web-1","id":"c9","limits":{},"name":"web-1-a","start":"2026-11-21T02:00:00.000000","stats":{"compressed_size":300043,"deduplicated_size":510,"nfiles":1,"original_size":300000},"username":"root"}],` +
		`"cache":{"path":"/var/cache/borg","stats":{"total_size":1}},"repository":{"id":"8c","location":"ssh://me:pw@nas/borg"},"security_dir":"/var/lib/borg"}`
)

func TestReadBorg(t *testing.T) {
	backups, location, err := readBorg(borgList)
	if err != nil || len(backups) != 2 || location != "/srv/borg" {
		t.Fatalf("got %d backups of %q, %v, want 2", len(backups), location, err)
	}
	b := backups[0]
	if want := time.Date(2026, 11, 21, 2, 0, 0, 250000000, time.UTC); !b.Begun.Equal(want) || !b.Ended.Equal(want.Add(5*time.Minute-250*time.Millisecond)) {
		t.Errorf("got the times %v and %v", b.Begun, b.Ended)
	}
	if b.ID != "c9" || b.Host != "web-1" || b.Archive != "web-1-a" || b.Paths != nil || b.Took != nil || b.Size != nil || b.Unfinished {
		t.Errorf("got %+v", b)
	}
	if !backups[1].Unfinished {
		t.Error("a checkpoint is taken for a backup")
	}
	backups, location, err = readBorg(borgInfo)
	if err != nil || len(backups) != 1 || location != "ssh://me:pw@nas/borg" {
		t.Fatalf("got %d backups of %q, %v, want 1", len(backups), location, err)
	}
	if took := backups[0].Took; took == nil || *took != 62040*time.Millisecond {
		t.Errorf("got the duration %v, want 62.04 s", took)
	}
	if got, want := sprint(backups[0].Size), "map[compressed_bytes:300043 deduplicated_bytes:510 original_bytes:300000]"; got != want {
		t.Errorf("got the sizes %s, want %s", got, want)
	}
}

// Borg 1 writes the clock of its machine, borg 2 the zone as well.
func TestZonesOfBorg(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	for text, want := range map[string]string{
		"2026-11-21T02:00:00.000000":       "2026-11-21T01:00:00Z",
		"2026-11-21T02:00:00":              "2026-11-21T01:00:00Z",
		"2026-11-21T02:00:00.000000+05:00": "2026-11-20T21:00:00Z",
		"2026-11-21T02:00:00Z":             "2026-11-21T02:00:00Z",
	} {
		document := `{"archives":[{"id":"1","name":"a","hostname":"h","start":"` + text + `"}]}`
		_, err := ReadBorg(strings.NewReader(document), berlin, func(b Backup) {
			if got := rfc3339(b.Begun); got != want {
				t.Errorf("%s: got %s, want %s", text, got, want)
			}
		})
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestCheckpoints(t *testing.T) {
	for name, want := range map[string]bool{
		"a.checkpoint": true, "a.checkpoint.3": true, "a": false, "a.checkpoints": false, "a.checkpoint-old": false, "a.checkpoint.x": false, "checkpoint": false,
	} {
		backups, _, err := readBorg(`{"archives":[{"id":"1","name":"` + name + `","hostname":"h","time":"2026-11-21T02:00:00.000000"}]}`)
		if err != nil || backups[0].Unfinished != want {
			t.Errorf("%s: got %v, %v, want %t", name, backups, err, want)
		}
	}
}

func TestReadBorgErrors(t *testing.T) {
	without := func(field string) string { return strings.Replace(borgInfo, `"`+field+`"`, `"was_`+field+`"`, 1) }
	for text, want := range map[string]string{
		"": "it is empty",
		"Failed to create/acquire the lock /srv/borg/lock.exclusive (timeout).": "it is no JSON",
		"[]":                    "it is no JSON object: found [",
		"null":                  "it is no JSON object",
		"{}":                    "archives is missing: borg info --json tells of archives only with --last N",
		`{"cache":{"path":""}}`: "archives is missing",
		`{"archives":{}}`:       "it has no list of archives",
		borgInfo + "{}":         "it has something after its end",
		borgInfo[:300]:          "archive 1: it ends in the middle",
		without("id"):           "archive 1: id is missing",
		without("name"):         "archive 1: name is missing (id c9)",
		without("start"):        "archive 1: start is missing (web-1-a)",
		without("hostname"):     "archive 1: hostname is missing (web-1-a): borg list --json tells it only with --format '{hostname}{end}'",
		without("archives"):     "archives is missing",
		strings.Replace(borgInfo, "62.0396", "-1", 1):                   "duration is -1",
		strings.Replace(borgInfo, "62.0396", "1e300", 1):                "duration is 1e+300",
		strings.Replace(borgInfo, "62.0396", `"62"`, 1):                 "duration is of a kind that was not expected: string",
		strings.Replace(borgInfo, "2026-11-21T02:00:00", "Saturday", 1): `start: "Saturday.000000" is no time as borg writes it`,
		strings.Replace(borgInfo, "2026-11-21T02:01:02", "Saturday", 1): `end: "Saturday.000000" is no time as borg writes it`,
	} {
		if _, _, err := readBorg(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: got %v, want %q", text, err, want)
		}
	}
}
