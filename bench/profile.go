package main

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
)

// profiles are the files that a run is profiled into. An empty name is none.
type profiles struct {
	CPU    string `json:"cpu,omitempty"`
	Allocs string `json:"allocs,omitempty"`
}

// start begins what can only be recorded while it happens. What it returns ends that, and
// writes the files.
func (p profiles) start() (stop func() error, err error) {
	endCPU, err := p.startCPU()
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(endCPU(), p.writeAllocs()) }, nil
}

func (p profiles) startCPU() (end func() error, err error) {
	if p.CPU == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(p.CPU)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

func (p profiles) writeAllocs() error {
	if p.Allocs == "" {
		return nil
	}
	f, err := os.Create(p.Allocs)
	if err != nil {
		return err
	}
	runtime.GC() // the profile is as of the last collection
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
