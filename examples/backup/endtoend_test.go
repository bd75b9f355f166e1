package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// Restic's repository, end to end: every field that restic 0.14 tells.
func TestRestic(t *testing.T) {
	k := klarityServer(t)
	repository := resticRepository(t)
	www, db, old := data(t, 300000), data(t, 100000), data(t, 5)
	begun := time.Now().UTC().Truncate(time.Second)
	ago := func(hours int) string {
		return begun.Add(-time.Duration(hours) * time.Hour).In(time.Local).Format(time.DateTime)
	}
	command(t, "restic", "backup", "-q", "--host", "web-1", "--time", ago(25), www)
	command(t, "restic", "backup", "-q", "--host", "web-1", "--time", ago(1), www)
	command(t, "restic", "backup", "-q", "--host", "db-1", "--time", ago(48), db)
	command(t, "restic", "backup", "-q", "--host", "old-1", "--time", ago(1), old)
	command(t, "restic", "backup", "-q", "--host", "ahead-1", "--time", ago(-30), old)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	m := mapFile(t, "web-1,,"+nidA, ","+db+","+nidB, "ghost-1,,"+nidC, "ahead-1,,"+nidD)
	result := runBackup(t, "-map", m, "-report", report)
	result.Want(t, 0, []string{
		"Reading restic's repository " + repository,
		"No backup: 2 records of the map", "ghost-1        " + nidC, "ahead-1        " + nidD + "  only in the future",
		"Late: the last backup of 1 record", "48 h", "Not in the map", "old-1", "ahead-1 " + old + ": 1 backup in the future",
		"ok             1", "late           1", "none           2", "Enriching 4 records with the state of their backups at " + k.URL, "accepted        4",
	}, nil)
	if n := jobtest.Count(jobtest.Report(t, report, 4), "accepted"); n != 4 {
		t.Errorf("the report has %d accepted records, want 4", n)
	}
	web := backupOf(t, k, nidA)
	fields := map[string]string{
		"verdict": "ok", "checked": "*", "max_age_seconds": "93600", "tool": "restic", "repository": repository, "host": "web-1", "paths": "[" + www + "]",
		"id": latestID(t, command(t, "restic", "snapshots", "--json", "--host", "web-1", "--latest", "1")), "last_success": begun.Add(-time.Hour).Format(time.RFC3339),
		"age_seconds": "*", "backups": "2", "size": "map[restore_bytes:300000]",
	}
	if storesSummary(t) {
		fields["finished"], fields["duration_seconds"], fields["size"] = "*", "*", "*"
	}
	want(t, web, fields)
	if size, _ := web["size"].(map[string]any); fmt.Sprint(size["restore_bytes"]) != "300000" {
		t.Errorf("got the sizes %v, want 300000 to restore", size)
	}
	checked, err := time.Parse(time.RFC3339, fmt.Sprint(web["checked"]))
	if err != nil || checked.Before(begun) || checked.After(time.Now()) {
		t.Errorf("got checked %v, want the time of the run", web["checked"])
	}
	if age := fmt.Sprint(web["age_seconds"]); age != fmt.Sprint(int(checked.Sub(begun)/time.Second)+3600) {
		t.Errorf("got the age %s at %v, want an hour after %v", age, checked, begun)
	}
	late := backupOf(t, k, nidB)
	if late["verdict"] != "late" || late["host"] != "db-1" || !strings.Contains(fmt.Sprint(late["size"]), "restore_bytes:100000") {
		t.Errorf("got %v, want the late backup of db-1", late)
	}
	want(t, backupOf(t, k, nidC), map[string]string{"verdict": "none", "checked": "*", "max_age_seconds": "93600"})
	want(t, backupOf(t, k, nidD), map[string]string{"verdict": "none", "checked": "*", "max_age_seconds": "93600", "sets": "*"})
	if n := len(jobtest.Sent(k)); n != 1 {
		t.Errorf("got %d requests, want 1: nothing is sent twice", n)
	}
}

// Borg's repository, end to end: every field that borg 1.2 tells.
func TestBorg(t *testing.T) {
	k := klarityServer(t)
	repository := borgRepository(t)
	www, db := data(t, 300000), data(t, 100000)
	command(t, "borg", "create", "::www-1", www)
	command(t, "borg", "create", "--timestamp", "2026-01-02T03:04:05", "::db-1", db)
	command(t, "borg", "create", "::www-2", www)
	command(t, "borg", "create", "::www-3.checkpoint", www)
	m := mapFile(t, ",www-*,"+nidA, ",db-*,"+nidB, "ghost-1,,"+nidC)
	t.Setenv("TZ", "Asia/Tokyo") // borg is asked in UTC all the same
	began := time.Now()
	runBackup(t, "-map", m).Want(t, 0, []string{
		"Reading borg's repository " + repository, "Asking borg for the sizes of 2 backups", "No backup: 1 record of the map", "Late: the last backup of 1 record",
		"accepted        3",
	}, nil)
	www2 := backupOf(t, k, nidA)
	want(t, www2, map[string]string{
		"verdict": "ok", "checked": "*", "max_age_seconds": "93600", "tool": "borg", "repository": repository, "host": "*", "archive": "www-2",
		"id": latestID(t, command(t, "borg", "info", "--json", "::www-2")), "last_success": "*", "finished": "*", "age_seconds": "*", "duration_seconds": "*",
		"backups": "2", "size": "*", // borg does not list a checkpoint
	})
	if size, _ := www2["size"].(map[string]any); len(size) != 3 || fmt.Sprint(size["original_bytes"]) != "300000" || size["compressed_bytes"] == nil || size["deduplicated_bytes"] == nil {
		t.Errorf("got the sizes %v, want borg's three, the original of 300000", www2["size"])
	}
	if begun, err := time.Parse(time.RFC3339, fmt.Sprint(www2["last_success"])); err != nil || began.Sub(begun) > time.Hour || begun.After(time.Now()) {
		t.Errorf("got the last success %v, want about %v", www2["last_success"], began.UTC())
	}
	late := backupOf(t, k, nidB)
	if late["verdict"] != "late" || fmt.Sprint(late["backups"]) != "1" {
		t.Errorf("got %v, want a late one", late)
	}
	want(t, backupOf(t, k, nidC), map[string]string{"verdict": "none", "checked": "*", "max_age_seconds": "93600"})
}

// Both tools are read in one run, and what they say about one record is put together.
func TestBothTools(t *testing.T) {
	k := klarityServer(t)
	restic, borg := resticRepository(t), borgRepository(t)
	www := data(t, 300)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	command(t, "restic", "backup", "-q", "--host", host, "--time", time.Now().Add(-50*time.Hour).Format(time.DateTime), www)
	command(t, "borg", "create", "::www-1", www)
	runBackup(t, "-map", mapFile(t, host+",,"+nidA)).Want(t, 0, []string{restic, borg, "Late: the last backup of 1 record", "50 h"}, nil)
	got := backupOf(t, k, nidA)
	sets, _ := got["sets"].([]any)
	if got["verdict"] != "late" || got["tool"] != "restic" || len(sets) != 2 {
		t.Errorf("got %v, want the late one of restic, and both sets", got)
	}
}
