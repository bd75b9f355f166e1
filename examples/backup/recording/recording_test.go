package recording

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/klarity-go/klarity/examples/backup/status"
)

const (
	snapshots = `[{"id":"1","time":"2026-11-20T02:00:00Z","hostname":"web-1","paths":["/srv"]},{"id":"2","time":"2026-11-21T02:00:00Z","hostname":"db-1","paths":["/srv"]}]`
	stats     = `{"total_size":17,"snapshots_count":1}`
	list      = `{"archives":[{"id":"a1","name":"a-1","hostname":"nas","start":"2026-11-20T02:00:00.000000"},{"id":"a2","name":"a-2","hostname":"nas","start":"2026-11-21T02:00:00.000000"}],"repository":{"location":"ssh://me:hunter2@vault/./borg"}}`
	info      = `{"archives":[{"id":"a2","name":"a-2","hostname":"nas","start":"2026-11-21T02:00:00.000000","duration":5,"stats":{"original_size":9}}],"repository":{"location":"ssh://me:hunter2@vault/./borg"}}`
)

var now = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// files makes a file system of names and contents.
func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// readAll reads all folders, and describes the sets in them.
func readAll(t *testing.T, fsys fstest.MapFS, zone *time.Location) (sets []string, err error) {
	t.Helper()
	m, err := status.NewMap([]status.Row{{Host: "x", NID: "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"}})
	if err != nil {
		t.Fatal(err)
	}
	c := status.NewCatalog(m, now)
	folders, err := Find(fsys)
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if err := f.Read(t.Context(), c, zone, nil); err != nil {
			return nil, err
		}
	}
	for _, s := range c.Sets() {
		text := fmt.Sprintf("%s %s %s %d %s %v", s.Repository.Tool, s.Repository.Name, s.Host, s.Backups, s.Last.Begun.UTC().Format(time.DateTime), s.Last.Size)
		if s.Last.Took != nil {
			text += " " + s.Last.Took.String()
		}
		sets = append(sets, text)
	}
	return sets, nil
}

func TestFolders(t *testing.T) {
	for name, test := range map[string]struct {
		fsys fstest.MapFS
		zone *time.Location
		want []string
	}{
		"one repository": {files(ResticSnapshots, snapshots), time.UTC, []string{
			"restic . web-1 1 2026-11-20 02:00:00 map[]", "restic . db-1 1 2026-11-21 02:00:00 map[]"}},
		"statistics are about the newest": {files("nas/"+ResticSnapshots, snapshots, "nas/"+ResticStats, stats), time.UTC, []string{
			"restic nas web-1 1 2026-11-20 02:00:00 map[]", "restic nas db-1 1 2026-11-21 02:00:00 map[restore_bytes:17]"}},
		"list of borg": {files("v/"+BorgList, list), time.UTC, []string{"borg ssh://vault/./borg nas 2 2026-11-21 02:00:00 map[]"}},
		"info of borg": {files("v/"+BorgInfo, info), time.UTC, []string{"borg ssh://vault/./borg nas 1 2026-11-21 02:00:00 map[original_bytes:9] 5s"}},
		"list and info": {files("v/"+BorgInfo, info, "v/"+BorgList, list), time.UTC, []string{
			"borg ssh://vault/./borg nas 2 2026-11-21 02:00:00 map[original_bytes:9] 5s"}},
		"info about one of two": {files("v/"+BorgInfo, info, "v/"+BorgList, strings.Replace(list, `"nas"`, `"old"`, 1)), time.UTC, []string{
			"borg ssh://vault/./borg old 1 2026-11-20 02:00:00 map[]", "borg ssh://vault/./borg nas 1 2026-11-21 02:00:00 map[original_bytes:9] 5s"}},
		"another zone": {files("v/"+BorgList, list), time.FixedZone("", 3600), []string{"borg ssh://vault/./borg nas 2 2026-11-21 01:00:00 map[]"}},
		"a fleet": {files("b/"+ResticSnapshots, snapshots, "a/"+BorgInfo, info, "a/"+ResticSnapshots, snapshots, "c/notes.txt", "x", "notes.txt", "x"), time.UTC, []string{
			"restic a web-1 1 2026-11-20 02:00:00 map[]", "restic a db-1 1 2026-11-21 02:00:00 map[]",
			"borg ssh://vault/./borg nas 1 2026-11-21 02:00:00 map[original_bytes:9] 5s",
			"restic b web-1 1 2026-11-20 02:00:00 map[]", "restic b db-1 1 2026-11-21 02:00:00 map[]"}},
	} {
		got, err := readAll(t, test.fsys, test.zone)
		if err != nil || strings.Join(got, "\n") != strings.Join(test.want, "\n") {
			t.Errorf("%s: got\n%s\n%v, want\n%s", name, strings.Join(got, "\n"), err, strings.Join(test.want, "\n"))
		}
	}
}

func TestErrors(t *testing.T) {
	for name, test := range map[string]struct {
		fsys fstest.MapFS
		want string
	}{
		"nothing":               {files("a/notes.txt", "x"), "no restic-snapshots.json, borg-list.json or borg-info.json in it, or in a folder of it"},
		"too deep":              {files("a/b/"+ResticSnapshots, snapshots), "no restic-snapshots.json"},
		"statistics alone":      {files("a/"+ResticStats, stats), "a/restic-stats.json is without restic-snapshots.json"},
		"half written":          {files("a/"+ResticSnapshots, snapshots, "b/"+ResticSnapshots, snapshots[:100]), "b/restic-snapshots.json: snapshot 2: it ends in the middle"},
		"empty":                 {files("a/"+ResticSnapshots, ""), "a/restic-snapshots.json: it is empty"},
		"half of statistics":    {files("a/"+ResticSnapshots, snapshots, "a/"+ResticStats, stats[:9]), "a/restic-stats.json: it ends in the middle"},
		"statistics of all":     {files("a/"+ResticSnapshots, snapshots, "a/"+ResticStats, `{"total_size":17,"snapshots_count":2}`), "a/restic-stats.json: it is about 2 snapshots"},
		"half of the list":      {files("a/"+BorgList, list[:50], "a/"+BorgInfo, info), "a/borg-list.json: archive 1: it ends in the middle"},
		"half of the info":      {files("a/"+BorgList, list, "a/"+BorgInfo, info[:50]), "a/borg-info.json: archive 1: it ends in the middle"},
		"info about no archive": {files("a/"+BorgInfo, `{"cache":{}}`), "a/borg-info.json: archives is missing"},
	} {
		if _, err := readAll(t, test.fsys, time.UTC); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// What cannot be read does not look as if there were no backups, and nothing is waited for.
func TestLinksAndPipes(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(snapshots), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	outside := t.TempDir()
	write(filepath.Join(dir, "a", ResticSnapshots))
	write(filepath.Join(outside, ResticSnapshots))
	if err := os.Symlink(outside, filepath.Join(dir, "b")); err != nil {
		t.Skip(err)
	}
	if folders, err := Find(os.DirFS(dir)); err != nil || len(folders) != 2 {
		t.Errorf("got %v, %v, want the folder and the one that is linked", folders, err)
	}
	if err := os.RemoveAll(outside); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(os.DirFS(dir)); err == nil || !strings.HasPrefix(err.Error(), "b: no such file") {
		t.Errorf("got %v, want an error about the link", err)
	}
	pipe := files("a/"+ResticSnapshots, "")
	pipe["a/"+ResticSnapshots].Mode = fs.ModeNamedPipe
	if _, err := readAll(t, pipe, time.UTC); err == nil || err.Error() != "a/restic-snapshots.json is no regular file" {
		t.Errorf("got %v, want an error about the pipe", err)
	}
}

func TestReadingEndsWithItsContext(t *testing.T) {
	folders, err := Find(files(ResticSnapshots, snapshots))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := fmt.Errorf("interrupted")
	cancel(interrupted)
	if err := folders[0].Read(ctx, status.NewCatalog(nil, now), time.UTC, nil); err != interrupted {
		t.Errorf("got %v, want the interrupt", err)
	}
}
