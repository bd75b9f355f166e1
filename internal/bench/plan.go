package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// plan is the configuration of a run of the program.
type plan struct {
	rows        []row
	records     int
	inFlight    int
	pool        int
	rounds      int
	check       bool
	cpuProfiles string
	memProfiles string
	traces      string
}

// result is a row and its rounds, sorted by wall time.
type result struct {
	row    row
	rounds []measurement
}

// median is the round with the median wall time.
func (r result) median() measurement { return r.rounds[(len(r.rounds)-1)/2] }

// run measures every row once a round, so that other load on the machine affects all rows and
// not just one.
func (p *plan) run(ctx context.Context, progress io.Writer) ([]result, error) {
	for _, dir := range []string{p.cpuProfiles, p.memProfiles, p.traces} {
		if dir != "" {
			if err := os.MkdirAll(dir, 0o750); err != nil { //nolint:gosec // the user chose the directory
				return nil, err
			}
		}
	}
	results := make([]result, len(p.rows))
	for round := range p.rounds {
		for i, row := range p.rows {
			m, err := p.measure(ctx, row)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", row.name, err)
			}
			results[i].row = row
			results[i].rounds = append(results[i].rounds, m)
			fmt.Fprintf(progress, "round %d  %-14s %8.3f µs/record\n", round+1, row.name, m.wallPerRecord())
		}
	}
	for _, r := range results {
		slices.SortFunc(r.rounds, func(a, b measurement) int { return cmp.Compare(a.wallPerRecord(), b.wallPerRecord()) })
	}
	return results, nil
}

// measure runs a contender and a server in a process of their own each.
func (p *plan) measure(ctx context.Context, r row) (measurement, error) {
	server, err := startServer(ctx)
	if err != nil {
		return measurement{}, err
	}
	defer server.stop()
	file := func(dir, kind string) string {
		if dir == "" {
			return ""
		}
		return filepath.Join(dir, r.name+"."+kind)
	}
	return startContender(ctx, job{
		Row:      r.name,
		URL:      server.url,
		Records:  p.records / max(r.divisor, 1),
		InFlight: p.inFlight,
		Pool:     p.pool,
		Profiles: profiles{
			CPU:    file(p.cpuProfiles, "cpu.pprof"),
			Allocs: file(p.memProfiles, "allocs.pprof"),
			Trace:  file(p.traces, "trace"),
		},
	})
}

// measurement is the cost of one run. Only PeakBytes includes the start of the process, the pool
// of records and the warm-up.
type measurement struct {
	Records   int           `json:"records"`
	Requests  int64         `json:"requests"`
	BodyBytes int64         `json:"body_bytes"`
	Wall      time.Duration `json:"wall_ns"`
	CPU       time.Duration `json:"cpu_ns"` // user and system
	ServerCPU time.Duration `json:"server_cpu_ns"`
	Allocs    uint64        `json:"allocs"`
	Bytes     uint64        `json:"alloc_bytes"`
	PeakBytes int64         `json:"peak_rss_bytes"`
}

func (m measurement) perRecord(x float64) float64 { return x / float64(m.Records) }

// wallPerRecord is in microseconds.
func (m measurement) wallPerRecord() float64 { return m.perRecord(float64(m.Wall)) / 1e3 }

func (m measurement) perSecond() float64 { return float64(m.Records) / m.Wall.Seconds() }
