package main

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/klarity-go/klarity/examples/backup/recording"
	"github.com/klarity-go/klarity/examples/backup/status"
	"github.com/klarity-go/klarity/examples/internal/job"
)

// recorded is output of the real tools; recorded/README.md says how it was made.
//
//go:embed recorded/*/*.json
var recorded embed.FS

// sampleTime is when it was recorded, and the time of a run on it: later, all of it would be late.
var sampleTime = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// sampleMap says which machine of the sample sheet a host is.
//
//go:embed recorded/machines.csv
var sampleMap string

// useSample makes the recorded output what is read. The nids are those that the emulator has made;
// in a dry run, without one, they are made up.
func (o *options) useSample(t *job.Target) error {
	nids := map[string]string{}
	if t != nil && t.Emulator != nil {
		for _, r := range t.Emulator.Records() {
			if r.Type == "onprem/vm" {
				nids[r.ID] = r.NID
			}
		}
	}
	var rows []status.Row
	for i, line := range strings.Split(strings.TrimSpace(sampleMap), "\n")[1:] {
		cells := strings.Split(strings.TrimSpace(line), ",")
		row := status.Row{Host: cells[0], Path: cells[1], NID: nids[cells[2]], Line: i + 2}
		if row.NID == "" {
			row.NID = fmt.Sprintf("00000000-0000-4000-8000-%012d", i+1)
		}
		rows = append(rows, row)
	}
	fsys, err := fs.Sub(recorded, "recorded")
	if err != nil {
		return err
	}
	if o.folders, err = recording.Find(fsys); err != nil {
		return err
	}
	o.m, err = status.NewMap(rows)
	return err
}
