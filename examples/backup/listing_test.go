package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/backup/status"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// What is listed fits the terminal, from 80 columns on with the names of hosts as they are, and nothing
// in a name moves the cursor.
func TestListingFits(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	m, err := status.NewMap([]status.Row{
		{Host: "database-01.example.org", NID: nidA, Line: 2}, {Host: "ghost-01", Path: "/srv/" + strings.Repeat("long/", 50), NID: nidB, Line: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, r := status.NewCatalog(m, now), &status.Repository{Tool: status.Restic, Name: "rest:https://backup.example.org:8000/" + strings.Repeat("long-", 50)}
	for host, hours := range map[string]int{"database-01.example.org": 50, "unmapped-01.example.org": 1, "esc\x1b[2J\nape": 1} {
		c.Add(r, status.Backup{ID: "1", Host: host, Paths: []string{"/srv/" + strings.Repeat("x", 5000), "/etc\x1b[2J"}, Begun: now.Add(-time.Duration(hours) * time.Hour)})
	}
	c.Add(r, status.Backup{ID: "2", Host: "ahead\x1b[2J", Paths: []string{"/srv"}, Begun: now.Add(time.Hour)})
	p := status.Policy{Now: now, MaxAge: 26 * time.Hour}
	l := &listing{statuses: c.Statuses(p), sets: c.Sets(), unmapped: c.Unmapped(), policy: p}
	for columns, most := range map[int]int{60: 59, 80: 79, 120: 119, 0: 500} {
		var b bytes.Buffer
		l.write(console.NewTerminal(&b, columns))
		out := b.String()
		for line := range strings.Lines(out) {
			if n := console.Width(strings.TrimSuffix(line, "\n")); n > most {
				t.Errorf("%d columns: got %d in %q", columns, n, line)
			}
		}
		for _, text := range []string{"database-01.example.org", "unmapped-01.example.org", "ghost-01", nidB, "2026-11-19 06:00", "50 h"} {
			if columns != 60 && !strings.Contains(out, text) {
				t.Errorf("%d columns: got no %q in\n%s", columns, text, out)
			}
		}
		if strings.Contains(out, "\x1b") {
			t.Errorf("%d columns: got an escape sequence in\n%q", columns, out)
		}
	}
}
