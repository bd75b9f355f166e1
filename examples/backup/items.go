package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/klarity-go/klarity/examples/backup/status"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/models"
)

// items reads all repositories and returns what is to be sent.
func (o *options) items(ctx context.Context, t *job.Target, std job.Streams) (*job.Input, iter.Seq2[*models.Enrichment, error], error) {
	p := status.Policy{Now: o.now(), MaxAge: o.maxAge, Retired: o.retired}
	out := o.console(std.Out)
	if o.usesSample {
		if err := o.useSample(t); err != nil {
			return nil, nil, err
		}
		p.Now = sampleTime
		console.Fprintln(out, out.Wrap("", fmt.Sprintf(
			"The backups are made up: output of restic and borg that was recorded, for machines of the sample sheet. Ages are those of %s.", when(p.Now))))
	}
	catalog := status.NewCatalog(o.m, p.Now)
	if err := o.read(ctx, catalog, std); err != nil {
		return nil, nil, err
	}
	if catalog.ClockIsWrong() {
		zone := ""
		if o.recorded != "" {
			zone = fmt.Sprintf(", or borg's files have the times of another zone than %s (-borg-zone)", o.zone)
		}
		return nil, nil, fmt.Errorf("nothing was sent: most hosts have backups in the future, so the clock of this machine, %s UTC, seems to be wrong%s", when(p.Now), zone)
	}
	gaps := o.readSizes(ctx, catalog, out)
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	statuses := catalog.Statuses(p)
	o.count(statuses)
	l := &listing{statuses: statuses, sets: catalog.Sets(), unmapped: catalog.Unmapped(), policy: p}
	l.write(out)
	if o.Quiet && o.alert {
		l.writeAlert(console.New(std.Err, os.Getenv))
	}
	in := &job.Input{Name: fmt.Sprintf("%s with the state of their backups", records(len(statuses))), Missing: gaps}
	return in, status.Enrichments(statuses, p), nil
}

// console is a stream, or nothing with -quiet.
func (o *options) console(w io.Writer) *console.Console {
	if o.Quiet {
		w = io.Discard
	}
	return console.New(w, os.Getenv)
}

// read adds all backups to the catalog. An error ends the run: half of a fleet would look as if it
// had no backups.
func (o *options) read(ctx context.Context, catalog *status.Catalog, std job.Streams) error {
	out := o.console(std.Out)
	total := 0
	progress := console.NewProgress(o.console(std.Err), "Reading backups:", 0)
	defer progress.Stop()
	note := func(text string) { progress.Note(out, out.Wrap("", console.Printable(text))) }
	noBackups := func(r *status.Repository) { note(fmt.Sprintf("%s's repository %s has no backups", r.Tool, r.Name)) }
	for _, t := range o.tools {
		r, count := t.Target(), 0
		note(fmt.Sprintf("Reading %s's repository %s", r.Tool, r.Name))
		err := t.Backups(ctx, func(b status.Backup) {
			count++
			catalog.Add(r, b)
			progress.Done(0)
		})
		if err != nil {
			return fmt.Errorf("nothing was sent: %w", err)
		}
		if total += count; count == 0 {
			noBackups(r)
		}
	}
	for _, folder := range o.folders {
		if err := folder.Read(ctx, catalog, o.zone, func() { progress.Done(0) }); err != nil {
			return fmt.Errorf("nothing was sent: -recorded %s: %w", o.recorded, err)
		}
		if total += folder.Backups; folder.Backups == 0 {
			noBackups(folder.Repository)
		}
	}
	if total == 0 {
		return fmt.Errorf("nothing was sent: there is no backup at all in %s, which looks like the wrong place", o.places())
	}
	return nil
}

// places names what was read.
func (o *options) places() string {
	var names []string
	for _, t := range o.tools {
		names = append(names, t.Target().Name)
	}
	if o.recorded != "" {
		names = append(names, o.recorded)
	}
	return strings.Join(names, " and ")
}

// readSizes asks the tools for what they tell about one backup at a time. What is missing then is
// returned, a sentence each: a verdict does not depend on it, so the rest is sent.
func (o *options) readSizes(ctx context.Context, catalog *status.Catalog, out *console.Console) (gaps []string) {
	left, omitted := o.sizes, 0
	for _, t := range o.tools {
		var unknown []*status.Set
		for _, s := range catalog.Sets() {
			if s.Repository == t.Target() && s.Mapped() && s.Last != nil && s.Last.Size == nil {
				unknown = append(unknown, s)
			}
		}
		n := min(left, len(unknown))
		left -= n
		omitted += len(unknown) - n
		if n > 0 {
			console.Fprintln(out, fmt.Sprintf("Asking %s for the sizes of %s", t.Target().Tool, console.Counted(n, "backup")))
		}
		for i, s := range unknown[:n] {
			if err := t.Size(ctx, s.Last); err != nil { // the next one would fail as well
				gaps = append(gaps, fmt.Sprintf("the sizes of %s are not known and were not sent: %v", console.Counted(n-i, "backup"), err))
				break
			}
		}
	}
	if omitted > 0 && o.sizes > 0 {
		console.Fprintln(out, out.Wrap("", fmt.Sprintf("The sizes of %s were not asked for: -sizes %d is the limit.", console.Counted(omitted, "more backup"), o.sizes)))
	}
	return gaps
}
