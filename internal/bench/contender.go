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

// job is what a contender's process is told.
type job struct {
	Row      string   `json:"row"`
	URL      string   `json:"url"`
	Records  int      `json:"records"`
	InFlight int      `json:"in_flight"`
	Pool     int      `json:"pool"`
	Profiles profiles `json:"profiles"`
}

// warmUp is how many records are sent before the clock starts: connections are open then,
// and what is made once is made. Their indexes lie where no measured record's lies.
const (
	warmUp     = 10_000
	warmUpFrom = 900_000_000
)

// startContender runs a row in a process of its own.
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
	cmd := exec.CommandContext(ctx, self, roleContender, string(text))
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return measurement{}, err
	}
	var m measurement
	return m, json.Unmarshal(out.Bytes(), &m)
}

// contend is such a process: it measures itself and writes the measure to out.
func runContender(ctx context.Context, args []string, out io.Writer) error {
	var j job
	if len(args) != 1 {
		return errors.New("a contender takes one argument, its job")
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
		return m, fmt.Errorf("there is no row %q", j.Row)
	}
	if j.Profiles.Allocs != "" {
		runtime.MemProfileRate = 16 << 10
	}
	send, err := r.prepare(contenderConfig{url: j.URL, inFlight: j.InFlight, pool: j.Pool})
	if err != nil {
		return m, err
	}
	if err := sendAll(ctx, send, warmUpFrom, warmUpFrom+warmUp); err != nil {
		return m, fmt.Errorf("warming up: %w", err)
	}
	start, err := fetchStats(j.URL)
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
	end, err := fetchStats(j.URL)
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

// sendAll is a send that has to succeed.
func sendAll(ctx context.Context, send sendFunc, from, to int) error {
	taken, err := send(ctx, from, to)
	if err == nil && taken != to-from {
		err = fmt.Errorf("%d of %d records were taken", taken, to-from)
	}
	return err
}

// reading is the state of the clocks and counters.
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

func fetchStats(url string) (stats sink.Stats, err error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url + sink.StatsPath)
	if err != nil {
		return stats, err
	}
	defer resp.Body.Close()
	return stats, json.NewDecoder(resp.Body).Decode(&stats)
}
