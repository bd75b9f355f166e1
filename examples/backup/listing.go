package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/klarity-go/klarity/examples/backup/status"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// listing is what people want to know: first of all, what has no backup.
type listing struct {
	statuses []status.Status
	sets     []*status.Set
	unmapped []*status.Set
	policy   status.Policy
}

// write prints all of it.
func (l *listing) write(c *console.Console) {
	console.Fprintln(c)
	l.writeAlert(c)
	l.writeUnmapped(c)
	l.writeNotes(c)
	l.writeCounts(c)
	console.Fprintln(c)
}

// writeAlert prints what has no backup, and what has none that is young enough.
func (l *listing) writeAlert(c *console.Console) {
	none := console.NewTable("host", "path", "nid", "")
	late := console.NewTable("host", "paths or archive", "last backup (UTC)", "age", "repository")
	none.Cut, none.Optional = []int{0, 1}, []int{3}
	late.Cut, late.Optional = []int{4, 1, 0}, []int{4}
	missing, lateOnes := 0, 0
	for i := range l.statuses {
		s := &l.statuses[i]
		switch s.Verdict {
		case status.None:
			missing++
			none.Row(s.Row.Host, s.Row.Path, s.Row.NID, why(s))
		case status.Late:
			lateOnes++
			set := s.Decisive
			late.Row(set.Host, subject(set), when(set.Last.Begun), age(l.policy.Age(set.Last)), set.Repository.Name)
		}
	}
	if missing > 0 {
		section(c, c.Red(c.Wrap("", fmt.Sprintf("No backup: %s of the map", records(missing)))), none)
	}
	if lateOnes > 0 {
		section(c, c.Yellow(c.Wrap("", fmt.Sprintf("Late: the last backup of %s began more than %s ago", records(lateOnes), age(l.policy.MaxAge)))), late)
	}
}

// writeUnmapped prints what has backups and no record.
func (l *listing) writeUnmapped(c *console.Console) {
	if len(l.unmapped) == 0 {
		return
	}
	t := console.NewTable("host", "paths or archive", "last backup (UTC)", "#backups", "repository")
	t.Cut, t.Optional = []int{4, 1, 0}, []int{4}
	for _, s := range l.unmapped {
		last := "none"
		if s.Last != nil {
			last = when(s.Last.Begun)
		}
		t.Row(s.Host, subject(s), last, console.Count(s.Backups), s.Repository.Name)
	}
	section(c, c.Bold(c.Wrap("", "Not in the map: backups that belong to no record, and are not sent")), t)
}

// writeNotes prints what is odd about some sets.
func (l *listing) writeNotes(c *console.Console) {
	var notes []string
	for _, s := range l.sets {
		if s.Future > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s in the future (the newest %s UTC), so a clock is wrong; not counted", name(s), console.Counted(s.Future, "backup"), when(s.NewestFuture)))
		}
		if s.Unfinished > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s of borg, not finished; not counted", name(s), console.Counted(s.Unfinished, "checkpoint")))
		}
	}
	for i := range l.statuses {
		s := &l.statuses[i]
		for _, set := range s.Sets {
			if s.Retired(set, l.policy) {
				notes = append(notes, fmt.Sprintf("%s: no backup for %s, and a newer one elsewhere; not counted (-retired)", name(set), age(l.policy.Age(set.Last))))
			}
		}
	}
	for _, note := range notes {
		console.Fprintln(c, c.Wrap("", console.Printable(note)))
	}
	if len(notes) > 0 {
		console.Fprintln(c)
	}
}

// writeCounts prints how many records have each verdict.
func (l *listing) writeCounts(c *console.Console) {
	counts := map[status.Verdict]int{}
	for _, s := range l.statuses {
		counts[s.Verdict]++
	}
	t := console.NewTable("verdict", "#records")
	for _, v := range []status.Verdict{status.OK, status.Late, status.None} {
		t.Row(string(v), console.Count(counts[v]))
	}
	t.Write(c)
}

// section prints a table under a heading.
func section(c *console.Console, heading string, t *console.Table) {
	console.Fprintln(c, heading)
	t.Write(c)
	console.Fprintln(c)
}

// why says why a record has no backup although there is something of it.
func why(s *status.Status) string {
	for _, set := range s.Sets {
		switch {
		case set.Future > 0:
			return "only in the future"
		case set.Unfinished > 0:
			return "only unfinished"
		}
	}
	return ""
}

// subject is what a set is of: restic's paths, or borg's archive. A long one loses its middle also
// where there is no terminal: each row of a table would be as long, in a mail to read on a telephone.
func subject(s *status.Set) string {
	text := s.Archive()
	if s.Paths != nil {
		text = strings.Join(s.Paths, ", ")
	}
	return console.CutMiddle(console.Printable(text), 100)
}

// name names a set in a sentence.
func name(s *status.Set) string {
	if what := subject(s); what != "" {
		return s.Host + " " + what
	}
	return s.Host
}

// count counts what is not ok.
func (o *options) count(statuses []status.Status) {
	for _, s := range statuses {
		switch s.Verdict {
		case status.Late:
			o.notOK, o.late = o.notOK+1, o.late+1
		case status.None:
			o.notOK++
		}
	}
}

// complaint says how much is not ok.
func (o *options) complaint() string {
	return fmt.Sprintf("%s without a backup, %d late", records(o.notOK-o.late), o.late)
}

// when is a time as it is printed, in UTC.
func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// age is a duration as it is printed: in hours, or in days from four on.
func age(d time.Duration) string {
	switch hours := int(d / time.Hour); {
	case hours >= 96:
		return fmt.Sprintf("%d days", hours/24)
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", hours)
	default:
		return fmt.Sprintf("%d h %02d min", hours, int(d%time.Hour/time.Minute))
	}
}

func records(n int) string { return console.Counted(n, "record") }
