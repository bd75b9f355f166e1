package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// need skips the test where a tool is not installed, or fails it where the environment, as that of
// .ci/run, requires the tools.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("KLARITY_TEST_TOOLS") == "required" {
		t.Fatalf("%s is not installed, and KLARITY_TEST_TOOLS requires it", program)
	}
	t.Skipf("%s is not installed", program)
}

// command runs a tool, and returns what it prints.
func command(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v: %s", program, args, err, errs.String())
	}
	return out.Bytes()
}

// password is the one of all repositories of tests. It must not be seen anywhere.
const password = "hunter2-of-the-repository"

// resticRepository makes a repository and sets the environment to it.
func resticRepository(t *testing.T) string {
	t.Helper()
	need(t, "restic")
	dir := filepath.Join(t.TempDir(), "restic")
	t.Setenv("RESTIC_REPOSITORY", dir)
	t.Setenv("RESTIC_PASSWORD", password)
	t.Setenv("RESTIC_CACHE_DIR", t.TempDir())
	command(t, "restic", "init", "-q")
	return dir
}

// borgRepository makes a repository and sets the environment to it.
func borgRepository(t *testing.T) string {
	t.Helper()
	need(t, "borg")
	dir := filepath.Join(t.TempDir(), "borg")
	t.Setenv("BORG_REPO", dir)
	t.Setenv("BORG_PASSPHRASE", password)
	t.Setenv("BORG_BASE_DIR", t.TempDir())
	command(t, "borg", "init", "-e", "repokey")
	return dir
}

// data is a folder with a file of some bytes.
func data(t *testing.T, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte(strings.Repeat("x", bytes)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// latestID is the ID that a tool says its latest backup has.
func latestID(t *testing.T, output []byte) string {
	t.Helper()
	var archives struct{ Archives []struct{ ID string } }
	var snapshots []struct{ ID string }
	if json.Unmarshal(output, &snapshots) == nil && len(snapshots) > 0 {
		return snapshots[len(snapshots)-1].ID
	}
	if err := json.Unmarshal(output, &archives); err != nil || len(archives.Archives) == 0 {
		t.Fatalf("%v in %s", err, output)
	}
	return archives.Archives[len(archives.Archives)-1].ID
}

// storesSummary reports whether restic stores sizes and times in snapshots, as 0.17 and newer do.
func storesSummary(t *testing.T) bool {
	t.Helper()
	return bytes.Contains(command(t, "restic", "snapshots", "--json", "--latest", "1"), []byte(`"summary"`))
}
