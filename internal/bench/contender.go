package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/klarity-go/klarity/internal/bench/internal/sink"
	"github.com/klarity-go/klarity/internal/bench/internal/usage"
)

const (
	roleServer    = "as-server"
	roleContender = "as-contender"
)

// job is the argument of a contender process.
type job struct {
	Row      string   `json:"row"`
	URL      string   `json:"url"`
	Records  int      `json:"records"`
	InFlight int      `json:"in_flight"`
	Pool     int      `json:"pool"`
	Profiles profiles `json:"profiles"`
}

// warmUp is how many records are sent before the measurement, which excludes opening
// connections and other one-time work. Their indexes are not those of measured records.
const (
	warmUp     = 10_000
	warmUpFrom = 900_000_000
)

// startContender measures a row in a process of its own.
func startContender(ctx context.Context, j job) (measurement, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return measurement{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return measurement{}, err
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, self, roleContender, string(text)) //nolint:gosec // this program itself
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return measurement{}, err
	}
	var m measurement
	return m, json.Unmarshal(out.Bytes(), &m)
}

// runContender is the main function of that process. It writes its measurement to out.
func runContender(ctx context.Context, args []string, out io.Writer) error {
	var j job
	if len(args) != 1 {
		return fmt.Errorf("got %d arguments, want 1, the job", len(args))
	}
	if err := json.Unmarshal([]byte(args[0]), &j); err != nil {
		return err
	}
	m, err := j.run(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(m)
}

func (j job) run(ctx context.Context) (m measurement, err error) {
	r, ok := findRow(j.Row)
	if !ok {
		return m, fmt.Errorf("unknown row %q", j.Row)
	}
	if j.Profiles.Allocs != "" {
		runtime.MemProfileRate = 16 << 10
	}
	send, err := r.prepare(contenderConfig{url: j.URL, inFlight: j.InFlight, pool: j.Pool})
	if err != nil {
		return m, err
	}
	if err := sendAll(ctx, send, warmUpFrom, warmUpFrom+warmUp); err != nil {
		return m, fmt.Errorf("warm-up: %w", err)
	}
	start, err := fetchStats(ctx, j.URL)
	if err != nil {
		return m, err
	}
	debug.FreeOSMemory()
	stop, err := j.Profiles.start()
	if err != nil {
		return m, err
	}

	before := readCounters()
	err = sendAll(ctx, send, 0, j.Records)
	after := readCounters()

	if err := errors.Join(err, stop()); err != nil {
		return m, err
	}
	end, err := fetchStats(ctx, j.URL)
	if err != nil {
		return m, err
	}
	peak, err := usage.PeakRSS()
	if err != nil {
		return m, err
	}
	return measurement{
		Records:   j.Records,
		Requests:  end.Sub(start).Requests,
		BodyBytes: end.Sub(start).Bytes,
		ServerCPU: end.Sub(start).CPU,
		Wall:      after.at.Sub(before.at),
		CPU:       after.cpu - before.cpu,
		Allocs:    after.mem.Mallocs - before.mem.Mallocs,
		Bytes:     after.mem.TotalAlloc - before.mem.TotalAlloc,
		PeakBytes: peak,
	}, nil
}

// sendAll calls send and returns an error unless all records are accepted.
func sendAll(ctx context.Context, send sendFunc, from, to int) error {
	accepted, err := send(ctx, from, to)
	if err == nil && accepted != to-from {
		err = fmt.Errorf("got %d records accepted, want %d", accepted, to-from)
	}
	return err
}

// counters are the readings of the clocks and of the memory statistics.
type counters struct {
	at  time.Time
	cpu time.Duration
	mem runtime.MemStats
}

func readCounters() counters {
	r := counters{cpu: usage.CPU()}
	runtime.ReadMemStats(&r.mem)
	r.at = time.Now()
	return r
}

func fetchStats(ctx context.Context, url string) (stats sink.Stats, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+sink.StatsPath, nil)
	if err != nil {
		return stats, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return stats, err
	}
	defer resp.Body.Close()
	return stats, json.NewDecoder(resp.Body).Decode(&stats)
}
