package main

import (
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
)

// profiles are the paths of the profiles of a run. An empty path means none.
type profiles struct {
	CPU    string `json:"cpu,omitempty"`
	Allocs string `json:"allocs,omitempty"`
	Trace  string `json:"trace,omitempty"`
}

// start starts the CPU profile and the trace. The function that it returns stops them and writes
// all files.
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

// startRecording starts a recording into a file, unless the name is empty.
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
	runtime.GC() // the profile has the state at the last collection
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
