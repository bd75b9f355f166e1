package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/klarity-go/klarity/examples/backup/recording"
	"github.com/klarity-go/klarity/examples/backup/status"
	"github.com/klarity-go/klarity/examples/backup/tool"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/table"
)

// options are the flags of this program, beside the ones that all programs share.
type options struct {
	*job.Flags
	mapFile     string
	recorded    string
	zone        *time.Location
	maxAge      time.Duration
	retired     time.Duration
	sizes       int
	toolTimeout time.Duration
	alert       bool
	sample      bool

	now        func() time.Time
	usesSample bool
	m          *status.Map // nil for the sample, whose map needs the emulator
	folders    []*recording.Folder
	tools      []backupTool

	notOK, late int // records without a backup that is young enough, and those of them that have one
}

// backupTool is restic or borg.
type backupTool interface {
	Target() *status.Repository
	Backups(context.Context, func(status.Backup)) error
	Size(context.Context, *status.Backup) error
}

func newOptions() *options {
	o := &options{Flags: job.NewSourceFlags("backup", about, "enrich -file"), zone: time.UTC, now: time.Now}
	o.Environment = environment
	o.StringVar(&o.mapFile, "map", "", "join backups to records by `FILE`, a CSV with the columns host, path and nid")
	o.StringVar(&o.recorded, "recorded", "", "read output of the tools that hosts have written to the folders in `DIR`")
	o.Func("borg-zone", "borg's files in that folder have the times of `ZONE`, such as Europe/Berlin (default UTC)", func(s string) (err error) {
		o.zone, err = time.LoadLocation(s)
		return err
	})
	o.DurationVar(&o.maxAge, "max-age", 26*time.Hour, "a backup that began longer ago than `TIME` is late")
	o.DurationVar(&o.retired, "retired", 0, "a set that had no backup for `TIME` does not count if its record has a newer one; 0 is never")
	o.IntVar(&o.sizes, "sizes", 50, "ask the tools for the sizes of the last backups of up to `N` sets, a call each; 0 asks for none")
	o.DurationVar(&o.toolTimeout, "tool-timeout", 10*time.Minute, "end a call of a tool after this `TIME`")
	o.BoolVar(&o.alert, "alert", false, "exit with 1 if a backup is late or missing, and list these even with -quiet")
	o.BoolVar(&o.sample, "sample", false, "read output that was recorded with the real tools, about made-up machines")
	return o
}

// settle decides what the run reads, and reads the map.
func (o *options) settle() error {
	isSet := map[string]bool{}
	o.Visit(func(f *flag.Flag) { isSet[f.Name] = true })
	switch {
	case isSet["map"] && o.mapFile == "", isSet["recorded"] && o.recorded == "":
		return errors.New("-map or -recorded names nothing")
	case o.maxAge <= 0:
		return fmt.Errorf("-max-age is %v, must be more than 0", o.maxAge)
	case o.retired < 0, o.retired > 0 && o.retired < o.maxAge:
		return fmt.Errorf("-retired is %v, must be at least -max-age, %v, or 0 for never", o.retired, o.maxAge)
	case o.sizes < 0:
		return fmt.Errorf("-sizes is %d, must be at least 0", o.sizes)
	case o.toolTimeout <= 0:
		return fmt.Errorf("-tool-timeout is %v, must be more than 0", o.toolTimeout)
	case isSet["borg-zone"] && o.recorded == "":
		return errors.New("-borg-zone is about the files of -recorded: name their folder")
	}
	source := job.FirstSet(tool.EnvResticRepository, tool.EnvResticRepositoryFile, tool.EnvBorgRepository)
	if o.recorded != "" {
		source = "-recorded"
	}
	err := o.CheckOrigin(job.Origin{
		Set: source, Missing: tool.EnvResticRepository + ", " + tool.EnvBorgRepository + " or -recorded",
		Sample: "the recorded backups of made-up machines", SampleFlag: "-sample", SampleAsked: o.sample,
	})
	switch {
	case err != nil:
		return err
	case source == "" && o.mapFile != "":
		return fmt.Errorf("-map is about real backups, and neither %s nor %s nor -recorded names any", tool.EnvResticRepository, tool.EnvBorgRepository)
	case source != "" && o.mapFile == "":
		return fmt.Errorf("%s is set, but not -map, which says whose the backups are: name a CSV file with the columns host, path and nid", source)
	}
	if o.usesSample = source == ""; o.usesSample {
		return nil
	}
	return o.load()
}

// load reads the map, and finds what there is to read.
func (o *options) load() (err error) {
	rows, err := table.Read(o.mapFile, "host", "path", "nid")
	if err == nil {
		o.m, err = status.NewMap(mapRows(rows))
	}
	if err != nil {
		return fmt.Errorf("-map %s: %w", o.mapFile, err)
	}
	o.Inputs = []string{o.mapFile}
	if o.recorded != "" {
		fsys := os.DirFS(o.recorded)
		if o.folders, err = recording.Find(fsys); err != nil {
			return fmt.Errorf("-recorded %s: %w", o.recorded, err)
		}
		for _, folder := range o.folders {
			if folder.Repository.Name == "." { // it says nothing to who reads it in Klarity
				folder.Repository.Name = filepath.Base(o.recorded)
			}
			for _, name := range folder.Files() {
				o.Inputs = append(o.Inputs, filepath.Join(o.recorded, filepath.FromSlash(name)))
			}
		}
	}
	restic, err := tool.NewRestic(o.toolTimeout)
	if err != nil {
		return err
	}
	if restic != nil {
		o.tools = append(o.tools, restic)
	}
	if borg := tool.NewBorg(o.toolTimeout); borg != nil {
		o.tools = append(o.tools, borg)
	}
	return nil
}

func mapRows(rows []table.Row) (found []status.Row) {
	for _, row := range rows {
		found = append(found, status.Row{Host: row.Cells["host"], Path: row.Cells["path"], NID: row.Cells["nid"], Line: row.Line})
	}
	return found
}
