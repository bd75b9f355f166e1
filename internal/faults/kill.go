package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/internal/faults/far"
)

// Kill runs examples/upload as a process, kills it at a random moment, and starts it again,
// many times; the emulator outlives it. Each start uploads the same keys, with the number
// of the start in each record, so that what a report claims can be told from what an
// earlier start has done.
type Kill struct {
	Seed    uint64
	Records int
	Kills   int
	Program string // the built example
	Dir     string // for the file and the reports
}

// Killed is what became of it.
type Killed struct {
	Kills    int
	Starts   int
	By       map[string]int // kills by signal
	Early    int            // starts that were killed before they could listen to signals
	InTime   int            // starts that had come to their end before the signal
	Accepted int            // claimed by the reports of all starts
	Lost     int
	Lines    int // of reports
	Final    int // records in the estate at the end
	Took     time.Duration
	Problems []string
}

// BuildUpload builds the example from the module beside this one.
func BuildUpload(ctx context.Context, examples, dir string) (string, error) {
	program := filepath.Join(dir, "upload")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "./upload") //nolint:gosec // our own example
	cmd.Dir = examples
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the example: %w\n%s", err, out)
	}
	return program, nil
}

var signals = []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT}

// requests is in how many requests a start sends its file, about.
const requests = 80

// Do kills and starts, and then lets one start come to its end.
func (k Kill) Do(ctx context.Context, p *far.Process) (Killed, error) {
	began := time.Now()
	rng := rand.New(rand.NewPCG(k.Seed, 3))
	slow := far.Burst{Count: -1, Share: 1, Fault: apitest.Delay(4 * time.Millisecond)}
	address, err := p.Begin(ctx, far.Plan{Seed: k.Seed, Forgetful: true, Bursts: []far.Burst{slow}})
	if err != nil {
		return Killed{}, err
	}
	all := Killed{By: map[string]int{}}
	for all.Kills < k.Kills {
		signal := signals[all.Kills%len(signals)]
		if err := k.start(ctx, p, address, rng, signal, &all); err != nil {
			return all, err
		}
	}
	if err := k.start(ctx, p, address, rng, 0, &all); err != nil {
		return all, err
	}
	state, err := p.End(ctx, address.ID)
	if err != nil {
		return all, err
	}
	all.Final = len(state.Estate)
	for i := range k.Records {
		if state.Estate[id(i)] != all.Starts-1 {
			all.Lost++
		}
	}
	if all.Lost > 0 || all.Final != k.Records {
		all.problem("the estate holds %d records of %d, %d of them not as in the file", all.Final, k.Records, all.Lost)
	}
	all.Took = time.Since(began)
	return all, nil
}

func (k *Killed) problem(format string, args ...any) {
	if len(k.Problems) < 8 {
		k.Problems = append(k.Problems, fmt.Sprintf(format, args...))
	}
}

func id(i int) string { return fmt.Sprint("vm-", i) }

// start is one start of the program, and its end by a signal (0: by itself).
func (k Kill) start(ctx context.Context, p *far.Process, a far.Address, rng *rand.Rand, signal syscall.Signal, all *Killed) error {
	file, report := filepath.Join(k.Dir, "in.jsonl"), filepath.Join(k.Dir, fmt.Sprintf("report-%d.jsonl", all.Starts))
	var lines strings.Builder
	for i := range k.Records {
		fmt.Fprintf(&lines, `{"id":"%s","type":"onprem/vm","name":"%s"}`+"\n", id(i), far.Name(all.Starts))
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		return err
	}
	defer os.Remove(report)
	before, err := p.Look(ctx, a.ID)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, k.Program, "-file", file, "-report", report, //nolint:gosec // our own example
		"-concurrency", fmt.Sprint(1+rng.IntN(4)), "-batch-bytes", fmt.Sprint(lines.Len()/requests))
	cmd.Env = append(os.Environ(), api.EnvClientID+"="+a.ClientID, api.EnvClientSecret+"="+a.ClientSecret,
		api.EnvAPIURL+"="+a.URL, api.EnvTokenURL+"="+a.TokenURL, api.EnvAudience+"="+a.Audience)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its state tells
	}()
	if signal != 0 {
		moment := rng.IntN(requests)
		waiting, cancel := context.WithCancel(ctx)
		go func() { <-ended; cancel() }() // should it come to its end first
		_ = p.WaitFor(waiting, a.ID, before.Seen+moment)
		_ = cmd.Process.Signal(signal) // it may be over
	}
	<-ended
	state, err := p.Look(ctx, a.ID)
	if err != nil {
		return err
	}
	e := ending{version: all.Starts, signal: signal, status: cmd.ProcessState, out: out.String(), estate: state.Estate}
	all.Starts++
	return e.judge(k, report, all)
}
