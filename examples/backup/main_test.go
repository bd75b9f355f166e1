package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/backup/tool"
	"github.com/klarity-go/klarity/examples/backup/tool/tooltest"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// This binary is a tool that hangs, if it is told to be.
func TestMain(m *testing.M) {
	if os.Getenv("FAKE_TOOL") == "hang" {
		tooltest.Wait()
	}
	os.Exit(m.Run())
}

const (
	nidA = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"
	nidB = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c8"
	nidC = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c9"
	nidD = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41ca"
)

// environment sets the variables of Klarity to those of the server, or to none, and those of the
// tools to none.
func environmentOf(t *testing.T, k *apitest.Server) {
	t.Helper()
	jobtest.Environment(t, k)
	for _, name := range []string{tool.EnvResticRepository, tool.EnvResticRepositoryFile, tool.EnvBorgRepository} {
		t.Setenv(name, "")
	}
}

// klarityServer starts a server and sets the environment to it.
func klarityServer(t *testing.T) *apitest.Server {
	t.Helper()
	k := apitest.NewServer(t)
	environmentOf(t, k)
	return k
}

// runBackup runs the program, and checks that it shows no password.
func runBackup(t *testing.T, args ...string) jobtest.Result {
	t.Helper()
	result := jobtest.Run(t, run, "", args...)
	noPassword(t, result)
	return result
}

// noPassword fails the test if the output has one of the passwords of tests, which begin alike.
func noPassword(t *testing.T, result jobtest.Result) {
	t.Helper()
	if strings.Contains(result.Out+result.Err, "hunter2") {
		t.Errorf("the output shows a password:\n%s%s", result.Out, result.Err)
	}
}

// runAt runs the program at another time.
func runAt(t *testing.T, now time.Time, args ...string) jobtest.Result {
	t.Helper()
	result := jobtest.Run(t, func(ctx context.Context, args []string, std job.Streams) int {
		o := newOptions()
		o.now = func() time.Time { return now }
		return o.run(ctx, args, std)
	}, "", args...)
	noPassword(t, result)
	return result
}

// mapFile is a map of lines "host,path,nid".
func mapFile(t *testing.T, lines ...string) string {
	t.Helper()
	return jobtest.File(t, "map.csv", "host,path,nid\n"+strings.Join(lines, "\n")+"\n")
}

// recordedIn writes files of a folder for -recorded, by name and content.
func recordedIn(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// backupOf is the backup in the enrichment of a record.
func backupOf(t *testing.T, k *apitest.Server, nid string) map[string]any {
	t.Helper()
	data, ok := k.Enrichment(nid)
	backup, isObject := data["backup"].(map[string]any)
	if !ok || !isObject || len(data) != 1 {
		t.Fatalf("got the enrichment %v of %s, want a backup", data, nid)
	}
	return backup
}

// want fails the test unless a backup has exactly these fields, as they are printed. A field
// whose value is "*" may have any.
func want(t *testing.T, got map[string]any, fields map[string]string) {
	t.Helper()
	for name, value := range got {
		if text := fmt.Sprint(value); fields[name] != text && fields[name] != "*" {
			t.Errorf("got %s %s, want %q", name, text, fields[name])
		}
	}
	for name := range fields {
		if _, ok := got[name]; !ok {
			t.Errorf("got no %s, want %s", name, fields[name])
		}
	}
}

// The README's first command.
func TestWithNothingSet(t *testing.T) {
	environmentOf(t, nil)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	result := runBackup(t, "-report", report)
	result.Want(t, 0, []string{
		"No credentials are set: this runs on an emulator", "First the sample sheet was uploaded to it", "The backups are made up", "Ages are those of 2026-11-21 08:00.",
		"No backup: 3 records of the map", "idun-01", "only unfinished", "Late: the last backup of 1 record began more than 26 h ago", "53 h",
		"Not in the map", "build-07", "ok             6", "late           1", "none           3", "accepted       10", "10 of them enriched", "All records were accepted.",
	}, nil)
	if none, sending := strings.Index(result.Out, "No backup"), strings.Index(result.Out, "Enriching"); none > sending {
		t.Error("what has no backup comes after what is sent")
	}
	if result.Err != "" {
		t.Errorf("got errors: %s", result.Err)
	}
	if lines := jobtest.Report(t, report, 10); lines[0].NID == "" {
		t.Errorf("got %+v, want a nid", lines[0])
	}
	jobtest.Run(t, run, "", "-quiet", "-sample").Want(t, 0, nil, nil)
}

// A file of restic 0.17 and a list of borg, end to end.
func TestRecorded(t *testing.T) {
	k := klarityServer(t)
	dir := recordedIn(t,
		"db-1/restic-snapshots.json", `[{"time":"2026-11-21T02:00:00Z","paths":["/srv/db"],"hostname":"db-1","id":"51","summary":{"backup_start":"2026-11-21T02:00:00Z","backup_end":"2026-11-21T02:01:30.5Z","data_added":1048576,"total_bytes_processed":9400000}}]`,
		"vault/borg-list.json", `{"archives":[{"id":"c9","name":"a","hostname":"nas","start":"2026-11-21T03:00:00.000000","end":"2026-11-21T04:00:00.000000"}],"repository":{"location":"ssh://me:hunter2@vault/./borg"}}`)
	m := mapFile(t, "db-1,,"+nidA, "nas,,"+nidB)
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	runAt(t, now, "-map", m, "-recorded", dir, "-borg-zone", "Europe/Berlin").Want(t, 0, []string{"ok             2"}, nil)
	want(t, backupOf(t, k, nidA), map[string]string{
		"verdict": "ok", "checked": "2026-11-21T08:00:00Z", "max_age_seconds": "93600", "tool": "restic", "repository": "db-1", "host": "db-1", "paths": "[/srv/db]", "id": "51",
		"last_success": "2026-11-21T02:00:00Z", "finished": "2026-11-21T02:01:30Z", "duration_seconds": "90.5", "age_seconds": "21600", "backups": "1",
		"size": "map[added_bytes:1048576 restore_bytes:9400000]",
	})
	want(t, backupOf(t, k, nidB), map[string]string{
		"verdict": "ok", "checked": "2026-11-21T08:00:00Z", "max_age_seconds": "93600", "tool": "borg", "repository": "ssh://vault/./borg", "host": "nas", "archive": "a", "id": "c9",
		"last_success": "2026-11-21T02:00:00Z", "finished": "2026-11-21T03:00:00Z", "age_seconds": "21600", "backups": "1",
	})
}

// No password gets into what is sent or written, wherever the tools have it from.
func TestNoSecretIsSentOrWritten(t *testing.T) {
	k := klarityServer(t)
	borgRepository(t)
	www := data(t, 300)
	command(t, "borg", "create", "::www-1", www)
	dir := recordedIn(t, "a/borg-info.json", `{"archives":[{"id":"c9","name":"a","hostname":"nas","start":"2026-11-21T03:00:00.000000","command_line":["borg","create","--remote-path","hunter2-in-a-command"]}],"repository":{"location":"ssh://me:hunter2-of-a-url@vault/./borg"}}`)
	files := t.TempDir()
	var args []string
	for _, flag := range []string{"report", "failed", "html"} {
		args = append(args, "-"+flag, filepath.Join(files, flag))
	}
	k.Intercept(func(*apitest.Request) *apitest.Fault {
		return &apitest.Fault{Status: 400, Body: `{"error":"no"}`, Apply: true}
	})
	runBackup(t, append(args, "-map", mapFile(t, ",www-*,"+nidA, "nas,,"+nidB), "-recorded", dir)...).Want(t, 1, nil, nil)
	for _, r := range k.Requests() {
		if strings.Contains(string(r.Body), "hunter2") {
			t.Errorf("a password was sent: %s", r.Body)
		}
	}
	for _, flag := range []string{"report", "failed", "html"} {
		content, err := os.ReadFile(filepath.Join(files, flag))
		if err != nil || len(content) == 0 || strings.Contains(string(content), "hunter2") {
			t.Errorf("-%s: got %v and %q, want no password", flag, err, content)
		}
	}
}

// README's table has the fields that are sent, all of them and no others.
func TestReadmeHasAllFields(t *testing.T) {
	k := klarityServer(t)
	dir := recordedIn(t,
		"a/restic-snapshots.json", `[{"time":"2026-11-21T02:00:00Z","paths":["/a"],"hostname":"h","id":"51","summary":{"backup_start":"2026-11-21T02:00:00Z","backup_end":"2026-11-21T02:01:30Z","data_added":1,"total_bytes_processed":2}},`+
			`{"time":"2026-11-22T02:00:00Z","paths":["/b"],"hostname":"h","id":"52"}]`,
		"b/borg-info.json", `{"archives":[{"id":"c9","name":"a","hostname":"h","start":"2026-11-21T03:00:00.000000","end":"2026-11-21T03:00:00.000000","duration":5,"stats":{"original_size":1,"compressed_size":1,"deduplicated_size":1}},`+
			`{"id":"ca","name":"b.checkpoint","hostname":"h","start":"2026-11-21T03:00:00.000000"}]}`)
	runAt(t, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC), "-map", mapFile(t, "h,,"+nidA), "-recorded", dir).Want(t, 0, nil, nil)
	sent := map[string]bool{}
	var collect func(prefix string, fields map[string]any)
	collect = func(prefix string, fields map[string]any) {
		for name, value := range fields {
			switch value := value.(type) {
			case map[string]any:
				collect(prefix+name+".", value)
				continue
			case []any:
				for _, element := range value {
					if object, ok := element.(map[string]any); ok {
						collect(prefix, object)
					}
				}
			}
			sent[prefix+name] = true
		}
	}
	collect("", backupOf(t, k, nidA))
	content, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(content), "## What becomes what")
	section, _, _ = strings.Cut(section, "\n## ")
	var told []string
	for _, line := range strings.Split(section, "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 6 {
			for _, found := range regexp.MustCompile("^ `([a-z_.]*[a-z])` $").FindAllStringSubmatch(cells[3], -1) {
				told = append(told, found[1])
			}
		}
	}
	slices.Sort(told)
	if want := slices.Sorted(maps.Keys(sent)); !slices.Equal(told, want) {
		t.Errorf("README tells the fields\n%q, want\n%q", told, want)
	}
}
