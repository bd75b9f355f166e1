package status

import (
	"strings"
	"testing"
	"time"
)

// read is what ReadRestic adds, and its error.
func read(text string) (backups []Backup, err error) {
	err = ReadRestic(strings.NewReader(text), func(b Backup) { backups = append(backups, b) })
	return backups, err
}

const (
	// As restic 0.14.0 writes it.
	oldSnapshot = `{"time":"2026-11-21T03:30:00.5+02:00","parent":"08","tree":"c5","paths":["/srv/www","/etc"],"hostname":"web-1","username":"root","tags":["nightly"],"id":"40d92c67","short_id":"40d9"}`
	// With what 0.17 and later add, and a field that nobody knows yet.
	newSnapshot = `{"time":"2026-11-21T02:00:00Z","tree":"c5","paths":["/srv/db"],"hostname":"db-1","uid":0,"id":"51","excludes":["*.o"],"program_version":"restic 0.18.0","later":{"a":[1]},"summary":{"backup_start":"2026-11-21T02:00:00.25Z","backup_end":"2026-11-21T02:01:30.75Z","files_new":3,"data_added":1048576,"data_added_packed":1000,"total_files_processed":5,"total_bytes_processed":9400000}}`
)

func TestReadRestic(t *testing.T) {
	backups, err := read("[" + oldSnapshot + ",\n" + newSnapshot + "]\n")
	if err != nil || len(backups) != 2 {
		t.Fatalf("got %d backups, %v, want 2", len(backups), err)
	}
	old, young := backups[0], backups[1]
	if want := time.Date(2026, 11, 21, 1, 30, 0, 500000000, time.UTC); !old.Begun.Equal(want) {
		t.Errorf("got the time %v, want %v", old.Begun, want)
	}
	if old.ID != "40d92c67" || old.Host != "web-1" || strings.Join(old.Paths, " ") != "/srv/www /etc" {
		t.Errorf("got %+v", old)
	}
	if old.Took != nil || old.Size != nil || !old.Ended.IsZero() || old.Unfinished {
		t.Errorf("got a duration, a size or an end that 0.14 does not tell: %+v", old)
	}
	if young.Took == nil || *young.Took != 90500*time.Millisecond || !young.Ended.Equal(time.Date(2026, 11, 21, 2, 1, 30, 750000000, time.UTC)) {
		t.Errorf("got the duration %v and the end %v", young.Took, young.Ended)
	}
	if len(young.Size) != 2 || young.Size[RestoreBytes] != 9400000 || young.Size[AddedBytes] != 1048576 {
		t.Errorf("got the sizes %v", young.Size)
	}
}

// An empty repository is a list of nothing, or null.
func TestReadResticOfNothing(t *testing.T) {
	for _, text := range []string{"[]", "null", " [ ] \n"} {
		if backups, err := read(text); err != nil || len(backups) != 0 {
			t.Errorf("%q: got %v, %v, want nothing", text, backups, err)
		}
	}
}

// A summary that is not whole is taken as far as it goes.
func TestPartsOfASummary(t *testing.T) {
	for summary, want := range map[string]string{
		`null`:                                  "took none, size map[]",
		`{}`:                                    "took none, size map[]",
		`{"backup_end":"2026-11-21T02:01:00Z"}`: "took none, size map[]",
		`{"backup_start":"2026-11-21T02:02:00Z","backup_end":"2026-11-21T02:01:00Z"}`:                           "took none, size map[]", // the clock was set
		`{"backup_start":"2026-11-21T02:00:00Z","backup_end":"2026-11-21T02:00:00Z","total_bytes_processed":0}`: "took 0s, size map[restore_bytes:0]",
	} {
		backups, err := read(`[{"id":"1","time":"2026-11-21T02:00:00Z","hostname":"h","paths":["/"],"summary":` + summary + `}]`)
		if err != nil {
			t.Fatalf("%s: %v", summary, err)
		}
		got := "took none"
		if backups[0].Took != nil {
			got = "took " + backups[0].Took.String()
		}
		if got += ", size " + sprint(backups[0].Size); got != want {
			t.Errorf("%s: got %s, want %s", summary, got, want)
		}
	}
}

func TestReadResticErrors(t *testing.T) {
	without := func(field string) string {
		return "[" + strings.Replace(newSnapshot, `"`+field+`"`, `"was_`+field+`"`, 1) + "]"
	}
	for text, want := range map[string]string{
		"":                                      "it is empty",
		" \n":                                   "it is empty",
		"Fatal: wrong password or no key found": "it is no JSON",
		"<html>":                                "it is no JSON",
		`{"message_type":"exit_error","code":12}`:   "it has no list of snapshots: found { at byte 1",
		`{"archives":[]}`:                           "it has no list of snapshots",
		`"text"`:                                    "it has no list of snapshots",
		"[" + newSnapshot + "] []":                  "it has something after its end",
		"[" + newSnapshot + "] x":                   "it is no JSON",
		"[" + newSnapshot:                           "it ends in the middle: it was cut off",
		"[" + newSnapshot + ",":                     "it ends in the middle",
		"[" + newSnapshot + "," + newSnapshot[:50]:  "snapshot 2: it ends in the middle",
		"[" + newSnapshot + " " + newSnapshot + "]": "snapshot 2: it is no JSON",
		"[17]":              "snapshot 1: ",
		"[null]":            "snapshot 1: id is missing",
		without("id"):       "snapshot 1: id is missing",
		without("time"):     "snapshot 1: time is missing",
		without("hostname"): "snapshot 1: hostname is missing (id 51)",
		without("paths"):    "snapshot 1: paths is missing (id 51)",
		`[{"id":"1","time":"yesterday","hostname":"h","paths":["/"]}]`:          `snapshot 1: time "yesterday" is none of RFC 3339`,
		`[{"id":"1","time":17,"hostname":"h","paths":["/"]}]`:                   "snapshot 1: time is of a kind that was not expected: number",
		`[{"id":"1","time":"2026-11-21T02:00:00Z","hostname":"h","paths":"/"}]`: "snapshot 1: paths is of a kind that was not expected: string",
		`[{"group_key":{"hostname":"h"},"snapshots":[{}]}]`:                     "snapshot 1: it is a group of snapshots: leave --group-by out",
		`[{"id":"` + strings.Repeat("x", 20<<20) + `"}]`:                        "it has a value of more than 16 MiB",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: got %v, want %q", text, err, want)
		}
	}
}

// An error that quotes what it is about is no longer than somebody reads, whatever that is.
func TestLongValuesInErrors(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, text := range map[string]string{
		"in place of the list": `"` + long + `"`,
		"after the end":        `[] "` + long + `"`,
		"a time":               `[{"id":"1","time":"` + long + `","hostname":"h","paths":["/"]}]`,
	} {
		if _, err := read(text); err == nil || len(err.Error()) > 500 {
			t.Errorf("%s: got an error of %d bytes, want at most 500", name, len(err.Error()))
		}
	}
	if _, _, err := readBorg(`{"archives":[{"id":"1","name":"` + long + `"}]}`); err == nil || len(err.Error()) > 500 || !strings.HasPrefix(err.Error(), "archive 1: start is missing") {
		t.Errorf("got %.600v, want a short one about the start", err)
	}
	if _, err := ReadResticStats(strings.NewReader(`{"total_size":1} "` + long + `"`)); err == nil || len(err.Error()) > 500 {
		t.Errorf("got %.600v, want a short error", err)
	}
}

// Wherever a file is cut off, it is an error, and never a shorter list.
func TestHalfWrittenFiles(t *testing.T) {
	restic := "[" + oldSnapshot + "," + newSnapshot + "]"
	for n := range len(restic) {
		if _, err := read(restic[:n]); err == nil {
			t.Fatalf("got no error for the first %d of %d bytes", n, len(restic))
		}
	}
	for n := range len(borgInfo) {
		if _, _, err := readBorg(borgInfo[:n]); err == nil {
			t.Fatalf("borg: got no error for the first %d of %d bytes", n, len(borgInfo))
		}
	}
}

func TestReadResticStats(t *testing.T) {
	for text, want := range map[string]int64{
		`{"total_size":9400000,"total_file_count":3,"snapshots_count":1}`:                             9400000,
		`{"total_size":0,"total_file_count":3}`:                                                       0, // older
		`{"total_size":5,"total_uncompressed_size":0,"snapshots_count":1,"total_blob_count":0,"x":1}`: 5,
	} {
		if size, err := ReadResticStats(strings.NewReader(text)); err != nil || size[RestoreBytes] != want || len(size) != 1 {
			t.Errorf("%s: got %v, %v, want %d", text, size, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                                     "it is empty",
		"{}":                                   "total_size is missing",
		"[]":                                   "not expected",
		`{"total_size":5`:                      "it ends in the middle",
		`{"total_size":-5}`:                    "total_size is -5",
		`{"total_size":5}{}`:                   "it has something after its end",
		`{"total_size":5,"snapshots_count":3}`: "it is about 3 snapshots: name one",
		`{"total_size":0,"snapshots_count":0}`: "it is about 0 snapshots",
		`{"total_size":5,"snapshots_count":1,"total_blob_count":17}`: "it is about another mode than restore-size",
	} {
		if _, err := ReadResticStats(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
