package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/backup/tool/tooltest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// closedPort is an address of this machine at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// What restic says of its repository is told, with what to do, and nothing is sent.
func TestResticFails(t *testing.T) {
	k := klarityServer(t)
	resticRepository(t)
	m := mapFile(t, "web-1,,"+nidA)
	// Restic 0.17 and newer would try for a quarter of an hour to reach a server.
	fails := func(variable, value string, texts ...string) {
		t.Helper()
		before := os.Getenv(variable)
		t.Setenv(variable, value)
		defer t.Setenv(variable, before)
		runBackup(t, "-map", m, "-sizes", "0", "-tool-timeout", "20s").Want(t, 1, nil, append(texts, "backup: nothing was sent: "))
	}
	fails("RESTIC_PASSWORD", "hunter2-which-is-wrong", "Fatal: wrong password or no key found (check RESTIC_PASSWORD")
	fails("RESTIC_PASSWORD", "", "an empty password is not ", "(check RESTIC_PASSWORD")
	none := filepath.Join(t.TempDir(), "none")
	fails("RESTIC_REPOSITORY", none, "restic snapshots of "+none+": exit status 1", "unable to open config file", "(check RESTIC_REPOSITORY, and that the repository is reachable from here)")
	address := closedPort(t)
	fails("RESTIC_REPOSITORY", "rest:http://hunter2user:hunter2pass@"+address+"/x", "restic snapshots of rest:http://"+address+"/x", "connection refused", "is reachable from here)")
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	untrusted := strings.TrimPrefix(server.URL, "https://")
	fails("RESTIC_REPOSITORY", "rest:https://hunter2user:hunter2pass@"+untrusted+"/x", "restic snapshots of rest:https://"+untrusted+"/x", "x509: certificate signed by unknown authority", "is not trusted on this machine")
	fails("PATH", t.TempDir(), "restic is not installed, or not in PATH")
	fails("RESTIC_PASSWORD", password, "there is no backup at all in "+os.Getenv("RESTIC_REPOSITORY")) // it is empty
	if n := len(jobtest.Sent(k)); n != 0 {
		t.Errorf("got %d requests, want none", n)
	}
}

func TestBorgFails(t *testing.T) {
	k := klarityServer(t)
	repository := borgRepository(t)
	m := mapFile(t, "web-1,,"+nidA)
	fails := func(variable, value string, texts ...string) {
		t.Helper()
		before := os.Getenv(variable)
		t.Setenv(variable, value)
		defer t.Setenv(variable, before)
		runBackup(t, "-map", m, "-sizes", "0").Want(t, 1, nil, append(texts, "backup: nothing was sent: "))
	}
	fails("BORG_PASSPHRASE", "hunter2-which-is-wrong", "borg list of "+repository+": exit status 2", "is incorrect. (check BORG_PASSPHRASE")
	none := filepath.Join(t.TempDir(), "none")
	fails("BORG_REPO", none, "Repository "+none+" does not exist. (check BORG_REPO")
	fails("BORG_REPO", "ssh://hunter2user@127.0.0.1:1/borg", "borg list of ssh://127.0.0.1:1/borg: exit status")
	fails("PATH", t.TempDir(), "borg is not installed, or not in PATH")
	fails("BORG_PASSPHRASE", password, "there is no backup at all in "+repository) // it is empty
	if n := len(jobtest.Sent(k)); n != 0 {
		t.Errorf("got %d requests, want none", n)
	}
}

// Restic leaves a snapshot out that it cannot read, and exits with 0: its host would look as if it had
// no backup.
func TestSnapshotThatCannotBeRead(t *testing.T) {
	k := klarityServer(t)
	repository := resticRepository(t)
	command(t, "restic", "backup", "-q", "--host", "web-1", data(t, 300))
	command(t, "restic", "backup", "-q", "--host", "db-1", data(t, 300))
	damaged := filepath.Join(repository, "snapshots", latestID(t, command(t, "restic", "snapshots", "--json", "--host", "web-1")))
	if err := errors.Join(os.Chmod(damaged, 0o600), os.WriteFile(damaged, []byte("damaged"), 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("RESTIC_CACHE_DIR", t.TempDir())
	runBackup(t, "-map", mapFile(t, "web-1,,"+nidA, "db-1,,"+nidB)).Want(t, 1, nil,
		[]string{"nothing was sent: restic snapshots of " + repository + ": restic left snapshots out", "could not load snapshot"})
	if n := len(jobtest.Sent(k)); n != 0 {
		t.Errorf("got %d requests, want none", n)
	}
}

// A backup that is running, and holds the lock, is not disturbed, and does not disturb.
func TestLockedRepositories(t *testing.T) {
	klarityServer(t)
	resticRepository(t)
	borgRepository(t)
	www := data(t, 300)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	command(t, "restic", "backup", "-q", "--host", host, www)
	command(t, "borg", "create", "::www-1", www)
	hold := func(program string, args ...string) (release func()) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, args...)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var errs strings.Builder
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return func() {
			_, _ = io.WriteString(stdin, "what is backed up")
			_ = stdin.Close()
			if err := cmd.Wait(); err != nil {
				t.Errorf("%s, which held the lock: %v: %s", program, err, errs.String())
			}
		}
	}
	releaseRestic := hold("restic", "backup", "-q", "--host", host, "--stdin")
	releaseBorg := hold("borg", "create", "::stdin-1", "-")
	locked := func(pattern string) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); runtime.Gosched() {
			if found, _ := filepath.Glob(pattern); len(found) > 0 {
				return
			}
		}
		t.Fatalf("no lock at %s", pattern)
	}
	locked(filepath.Join(os.Getenv("RESTIC_REPOSITORY"), "locks", "*"))
	locked(filepath.Join(os.Getenv("BORG_REPO"), "lock.exclusive"))
	runBackup(t, "-map", mapFile(t, host+",,"+nidA), "-sizes", "0").Want(t, 0, []string{"ok             1"}, nil)
	releaseRestic()
	releaseBorg()
	runBackup(t, "-map", mapFile(t, host+",,"+nidA)).Want(t, 0, []string{"ok             1"}, nil)
}

// Recorded output that cannot be used sends nothing of all the rest.
func TestFilesThatCannotBeUsed(t *testing.T) {
	const good = `[{"id":"1","time":"2026-11-20T02:00:00Z","hostname":"web-1","paths":["/srv"]}]`
	m := mapFile(t, "web-1,,"+nidA)
	for name, test := range map[string]struct{ file, content, want string }{
		"half written": {"b/restic-snapshots.json", good[:50], "b/restic-snapshots.json: snapshot 1: it ends in the middle: it was cut off, or is still being written"},
		"empty":        {"b/restic-snapshots.json", "", "b/restic-snapshots.json: it is empty"},
		"of an error":  {"b/borg-list.json", "Repository /srv/borg does not exist.", "b/borg-list.json: it is no JSON"},
		"of borg list": {"b/borg-list.json", `{"archives":[{"id":"1","name":"a","start":"2026-11-20T02:00:00.000000"}]}`, "b/borg-list.json: archive 1: hostname is missing (a): borg list --json tells it only with --format"},
	} {
		t.Run(name, func(t *testing.T) {
			k := klarityServer(t)
			dir := recordedIn(t, "a/restic-snapshots.json", good, test.file, test.content)
			runBackup(t, "-map", m, "-recorded", dir).Want(t, 1, nil, []string{"backup: nothing was sent: -recorded " + dir + ": " + test.want})
			if n := len(jobtest.Sent(k)); n != 0 {
				t.Errorf("got %d requests, want none", n)
			}
		})
	}
	k := klarityServer(t)
	dir := recordedIn(t, "a/restic-snapshots.json", "[]")
	runBackup(t, "-map", m, "-recorded", dir).Want(t, 1, []string{"restic's repository a has no backups"}, []string{"there is no backup at all in " + dir})
	dir = recordedIn(t, "a/restic-snapshots.json", "[]", "b/restic-snapshots.json", good)
	runBackup(t, "-map", m, "-recorded", dir).Want(t, 0, []string{"restic's repository a has no backups", "late           1"}, nil)
	if n := len(jobtest.Sent(k)); n != 1 {
		t.Errorf("got %d requests, want 1", n)
	}
}

// A clock that is two days behind would make backups of three days ago look like those of yesterday.
func TestClockOfThisMachine(t *testing.T) {
	k := klarityServer(t)
	dir := recordedIn(t, "restic-snapshots.json", `[{"id":"1","time":"2026-11-18T02:00:00Z","hostname":"web-1","paths":["/srv"]},`+
		`{"id":"2","time":"2026-11-18T02:00:00Z","hostname":"db-1","paths":["/srv"]},{"id":"3","time":"2026-11-20T02:00:00Z","hostname":"db-1","paths":["/srv"]},`+
		`{"id":"4","time":"2026-11-20T02:00:00Z","hostname":"nas","paths":["/srv"]}]`)
	args := []string{"-map", mapFile(t, "web-1,,"+nidA, "db-1,,"+nidB), "-recorded", dir, "-quiet"}
	runAt(t, time.Date(2026, 11, 18, 8, 0, 0, 0, time.UTC), args...).Want(t, 1, nil,
		[]string{"nothing was sent: most hosts have backups in the future, so the clock of this machine, 2026-11-18 08:00 UTC, seems to be wrong, or borg's files have the times of another zone than UTC (-borg-zone)"})
	if n := len(jobtest.Sent(k)); n != 0 {
		t.Errorf("got %d requests, want none", n)
	}
	runAt(t, time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC), args...).Want(t, 0, nil, nil)
	if got := backupOf(t, k, nidB); got["repository"] != filepath.Base(dir) || got["verdict"] != "ok" {
		t.Errorf("got %v, want a repository with the name of the folder", got)
	}
}

// Sizes that a tool does not give leave the rest as it is.
func TestSizesThatAreNotKnown(t *testing.T) {
	k := klarityServer(t)
	repository := resticRepository(t)
	www := data(t, 300)
	command(t, "restic", "backup", "-q", "--host", "web-1", www)
	if storesSummary(t) {
		t.Skip("this restic stores sizes in its snapshots")
	}
	for _, kind := range []string{"index", "data"} { // restic snapshots does not need them
		if err := os.RemoveAll(filepath.Join(repository, kind)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("RESTIC_CACHE_DIR", t.TempDir())
	runBackup(t, "-map", mapFile(t, "web-1,,"+nidA)).Want(t, 1,
		[]string{"accepted        1", "All records were accepted, but what they are made of is incomplete"},
		[]string{"the sizes of 1 backup are not known and were not sent: restic stats of " + repository})
	if got := backupOf(t, k, nidA); got["verdict"] != "ok" || got["size"] != nil {
		t.Errorf("got %v, want ok without a size", got)
	}
	runBackup(t, "-map", mapFile(t, "web-1,,"+nidA), "-sizes", "0").Want(t, 0, nil, nil)
}

// An interrupt ends a tool, and nothing is sent.
func TestInterruptWhileReading(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the tool has another name there")
	}
	k := klarityServer(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, begun := t.TempDir(), tooltest.Hold(t)
	if err := os.Symlink(self, filepath.Join(bin, "restic")); err != nil {
		t.Skip(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv("FAKE_TOOL", "hang")
	t.Setenv("RESTIC_REPOSITORY", "/srv/repo")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		select {
		case <-begun:
			cancel()
		case <-ctx.Done():
		}
	}()
	jobtest.RunWith(ctx, run, io.MultiReader(), "-map", mapFile(t, "web-1,,"+nidA)).Want(t, 1, nil, []string{"context canceled: nothing was sent"})
	t.Setenv("RESTIC_REPOSITORY", "/srv/repo")
	runBackup(t, "-map", mapFile(t, "web-1,,"+nidA), "-tool-timeout", "100ms").Want(t, 1, nil, []string{"restic snapshots of /srv/repo was ended after 100ms without a result"})
	if n := len(jobtest.Sent(k)); n != 0 {
		t.Errorf("got %d requests, want none", n)
	}
}
