package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/examples/internal/source"
)

// fleet is recorded output of two hosts, at the time of now.
const fleet = `[{"id":"1","time":"2026-11-21T02:00:00Z","hostname":"web-1","paths":["/srv"]},{"id":"2","time":"2026-11-18T02:00:00Z","hostname":"db-1","paths":["/srv"]}]`

var now = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func TestUsage(t *testing.T) {
	m := mapFile(t, "web-1,,"+nidA)
	dir := recordedIn(t, "a/restic-snapshots.json", fleet)
	nothing := t.TempDir()
	for name, test := range map[string]struct {
		klarity bool
		env     string
		args    []string
		want    string
	}{
		"no map":              {true, "RESTIC_REPOSITORY=/srv/repo", nil, "RESTIC_REPOSITORY is set, but not -map"},
		"no map of recorded":  {true, "", []string{"-recorded", dir}, "-recorded is set, but not -map"},
		"map alone":           {false, "", []string{"-map", m}, "-map is about real backups, and neither RESTIC_REPOSITORY nor BORG_REPO nor -recorded names any"},
		"no klarity":          {false, "BORG_REPO=/srv/borg", []string{"-map", m}, "BORG_REPO is set, KLARITY_CLIENT_ID and KLARITY_CLIENT_SECRET are not"},
		"no source":           {true, "", nil, "but not RESTIC_REPOSITORY, BORG_REPO or -recorded"},
		"sample and source":   {true, "RESTIC_REPOSITORY_FILE=/x", []string{"-sample", "-map", m}, "-sample and RESTIC_REPOSITORY_FILE exclude each other"},
		"quiet":               {false, "", []string{"-quiet"}, "-quiet is for jobs"},
		"no folder":           {true, "", []string{"-map", m, "-recorded", filepath.Join(nothing, "none")}, "no such file"},
		"nothing in it":       {true, "", []string{"-map", m, "-recorded", nothing}, "no restic-snapshots.json, borg-list.json or borg-info.json in it"},
		"empty names":         {true, "", []string{"-map", "", "-recorded", dir}, "-map or -recorded names nothing"},
		"no such map":         {true, "", []string{"-map", "none.csv", "-recorded", dir}, "-map none.csv: no such file"},
		"map without columns": {true, "", []string{"-map", jobtest.File(t, "map.csv", "host,nid\n"), "-recorded", dir}, `the column "path" is missing`},
		"map without rows":    {true, "", []string{"-map", mapFile(t), "-recorded", dir}, "there are no rows in it"},
		"bad nid":             {true, "", []string{"-map", mapFile(t, "a,,"+nidA, "b,,17"), "-recorded", dir}, "line 3: nid: "},
		"nid twice":           {true, "", []string{"-map", mapFile(t, "a,,"+nidA, "b,,"+nidA), "-recorded", dir}, "line 3: the nid " + nidA + " came before, in line 2"},
		"both files":          {true, "RESTIC_REPOSITORY_FILE=" + filepath.Join(nothing, "none"), []string{"-map", m}, "RESTIC_REPOSITORY_FILE: open "},
		"max-age":             {true, "", []string{"-max-age", "0", "-recorded", dir}, "-max-age is 0s, must be more than 0"},
		"retired":             {true, "", []string{"-retired", "1h", "-recorded", dir}, "-retired is 1h0m0s, must be at least -max-age, 26h0m0s"},
		"sizes":               {true, "", []string{"-sizes", "-1"}, "-sizes is -1"},
		"tool-timeout":        {true, "", []string{"-tool-timeout", "-1s"}, "-tool-timeout is -1s"},
		"zone":                {true, "", []string{"-borg-zone", "Nowhere/Atlantis"}, "unknown time zone"},
		"zone of nothing":     {true, "BORG_REPO=/srv/borg", []string{"-map", m, "-borg-zone", "UTC"}, "-borg-zone is about the files of -recorded"},
	} {
		t.Run(name, func(t *testing.T) {
			var k *apitest.Server
			if environmentOf(t, nil); test.klarity {
				k = klarityServer(t)
			}
			if variable, value, ok := strings.Cut(test.env, "="); ok {
				t.Setenv(variable, value)
			}
			runBackup(t, test.args...).Want(t, 2, nil, []string{"backup: ", test.want})
			if k != nil && len(jobtest.Sent(k)) > 0 {
				t.Error("got requests, want none")
			}
		})
	}
}

// Real backups on an emulator, and none of the files that a run reads is written.
func TestEmulatorAndReport(t *testing.T) {
	environmentOf(t, nil)
	dir := recordedIn(t, "a/restic-snapshots.json", fleet)
	m := mapFile(t, "web-1,,"+nidA)
	runAt(t, now, "-map", m, "-recorded", dir, "-emulator").Want(t, 0, []string{"This runs on an emulator, inside this program: nothing reaches Klarity."}, nil)
	for _, file := range []string{m, filepath.Join(dir, "a", "restic-snapshots.json")} {
		for _, flag := range []string{"-report", "-failed"} {
			runAt(t, now, "-map", m, "-recorded", dir, "-emulator", flag, file).Want(t, 2, nil, []string{flag + " " + file + " is a file that is read"})
		}
	}
	if content, err := os.ReadFile(m); err != nil || !strings.Contains(string(content), nidA) {
		t.Errorf("the map was written: %q, %v", content, err)
	}
}

func TestDryRun(t *testing.T) {
	environmentOf(t, nil)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	args := []string{"-dry-run", "-map", mapFile(t, "web-1,,"+nidA, "db-1,,"+nidB), "-recorded", recordedIn(t, "a/restic-snapshots.json", fleet), "-report", report}
	runAt(t, now, args...).Want(t, 0, []string{"Late: the last backup of 1 record", "valid          2", "Nothing was sent.", "All records are valid."}, nil)
	if n := jobtest.Count(jobtest.Report(t, report, 2), "valid"); n != 2 {
		t.Errorf("the report has %d valid records, want 2", n)
	}
	runBackup(t, "-dry-run").Want(t, 0, []string{"The backups are made up", "valid         10"}, nil)
}

// With -alert what is late or missing is an error, also in a quiet run.
func TestAlert(t *testing.T) {
	for name, test := range map[string]struct {
		rows      []string
		args      []string
		status    int
		out, errs []string
	}{
		"late":              {[]string{"web-1,," + nidA, "db-1,," + nidB}, nil, 0, []string{"Late: the last backup of 1 record"}, nil},
		"late, alert":       {[]string{"web-1,," + nidA, "db-1,," + nidB}, []string{"-alert"}, 1, []string{"Late"}, []string{"backup: 0 records without a backup, 1 late, so the exit status is 1 (-alert)"}},
		"none, alert":       {[]string{"web-1,," + nidA, "ghost,," + nidB}, []string{"-alert"}, 1, []string{"No backup: 1 record of the map"}, []string{"1 record without a backup, 0 late"}},
		"ok, alert":         {[]string{"web-1,," + nidA}, []string{"-alert", "-quiet"}, 0, nil, nil},
		"quiet":             {[]string{"web-1,," + nidA, "db-1,," + nidB}, []string{"-quiet"}, 0, nil, nil},
		"quiet, alert":      {[]string{"ghost,," + nidA, "db-1,," + nidB}, []string{"-alert", "-quiet"}, 1, nil, []string{"No backup: 1 record", nidA, "Late: the last backup of 1 record", "db-1", "78 h"}},
		"another policy":    {[]string{"web-1,," + nidA, "db-1,," + nidB}, []string{"-alert", "-max-age", "80h"}, 0, []string{"ok             2"}, nil},
		"a stricter policy": {[]string{"web-1,," + nidA}, []string{"-alert", "-max-age", "5h59m"}, 1, []string{"began more than 5 h 59 min ago"}, []string{"1 late"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := klarityServer(t)
			args := append([]string{"-map", mapFile(t, test.rows...), "-recorded", recordedIn(t, "a/restic-snapshots.json", fleet)}, test.args...)
			result := runAt(t, now, args...)
			result.Want(t, test.status, test.out, test.errs)
			if test.out == nil && result.Out != "" || test.errs == nil && result.Err != "" {
				t.Errorf("got the output %q and the errors %q", result.Out, result.Err)
			}
			if n := len(jobtest.Sent(k)); n != 1 {
				t.Errorf("got %d requests, want 1", n)
			}
		})
	}
}

// What was not accepted can be sent again by enrich.
func TestFailedItemsAreSentByEnrich(t *testing.T) {
	k := klarityServer(t)
	k.Intercept(func(*apitest.Request) *apitest.Fault {
		return &apitest.Fault{Status: 400, Body: `{"error":"not today"}`}
	})
	failed := filepath.Join(t.TempDir(), "failed.jsonl")
	args := []string{"-map", mapFile(t, "web-1,,"+nidA, "db-1,,"+nidB, "ghost,,"+nidC), "-recorded", recordedIn(t, "a/restic-snapshots.json", fleet)}
	runAt(t, now, append(args, "-failed", failed)...).Want(t, 1, []string{"3 of 3 records were not accepted"}, []string{"not today"})
	k.Intercept()
	enrich := func(ctx context.Context, args []string, std job.Streams) int { // as ../enrich does
		flags := job.NewFlags("enrich", "")
		if status, done := flags.Parse(args, std); done {
			return status
		}
		op := job.Enrichments()
		op.Open = source.Enrichments
		return job.Run(ctx, std, flags, op)
	}
	jobtest.Run(t, enrich, "", "-file", failed).Want(t, 0, []string{"accepted        3"}, nil)
	again := map[string]map[string]any{}
	for _, nid := range []string{nidA, nidB, nidC} {
		again[nid] = backupOf(t, k, nid)
	}
	runAt(t, now, append(args, "-failed", failed)...).Want(t, 0, nil, nil)
	for nid, before := range again {
		fields := map[string]string{}
		for name, value := range before {
			fields[name] = fmt.Sprint(value)
		}
		want(t, backupOf(t, k, nid), fields)
	}
	if _, err := os.Stat(failed); !os.IsNotExist(err) {
		t.Errorf("got %v, want no file when all was accepted", err)
	}
}

func TestStrict(t *testing.T) {
	environmentOf(t, nil)
	runBackup(t, "-strict").Want(t, 0, []string{"All records were accepted."}, nil)
}

func TestHelp(t *testing.T) {
	result := jobtest.Run(t, run, "", "-h")
	result.Want(t, 0, []string{"go run ./examples/backup", "-max-age", "RESTIC_REPOSITORY or RESTIC_REPOSITORY_FILE", "BORG_REPO", "KLARITY_CLIENT_ID", "Exit status"}, nil)
	if result.Err != "" {
		t.Errorf("got errors %q", result.Err)
	}
}

// Sample data does not leave the machine.
func TestSampleStaysHere(t *testing.T) {
	environmentOf(t, nil)
	t.Setenv(api.EnvClientID, "id")
	t.Setenv(api.EnvClientSecret, "hunter2")
	t.Setenv(api.EnvAPIURL, "https://klarity.example.org")
	runBackup(t, "-sample").Want(t, 2, nil, []string{"are sent to this machine only"})
}
