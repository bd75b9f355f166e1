package main

import (
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
)

// profiles are the files that a run is profiled into. An empty name is none.
type profiles struct {
	CPU    string `json:"cpu,omitempty"`
	Allocs string `json:"allocs,omitempty"`
	Trace  string `json:"trace,omitempty"`
}

// start begins what can only be recorded while it happens. What it returns ends that, and
// writes the files.
func (p profiles) start() (stop func() error, err error) {
	endCPU, err := startRecording(p.CPU, pprof.StartCPUProfile, pprof.StopCPUProfile)
	if err != nil {
		return nil, err
	}
	endTrace, err := startRecording(p.Trace, trace.Start, trace.Stop)
	if err != nil {
		return nil, errors.Join(err, endCPU())
	}
	return func() error { return errors.Join(endTrace(), endCPU(), p.writeAllocs()) }, nil
}

// record begins a recording into the file of that name, if it has one.
func startRecording(name string, start func(io.Writer) error, stop func()) (end func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := start(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		stop()
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
