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
	"github.com/klarity-go/klarity/internal/faults/backend"
)

// Kill runs examples/upload as a process, kills it at a random moment, and starts it again,
// many times; the emulator outlives it. Each start uploads the same keys, with the number
// of the start in each record, so that what a report claims can be told from what an
// earlier start has done.
type KillTest struct {
	Seed    uint64
	Records int
	Kills   int
	Program string // the built example
	Dir     string // for the file and the reports
}

// Killed is what became of it.
type KillResult struct {
	Kills                 int
	Starts                int
	BySignal              map[string]int // kills by signal
	KilledBeforeListening int            // starts that were killed before they could listen to signals
	FinishedBeforeSignal  int            // starts that had come to their end before the signal
	AcceptedLines         int            // claimed by the reports of all starts
	Lost                  int
	Lines                 int // of reports
	FinalRecords          int // records in the estate at the end
	Took                  time.Duration
	Problems              []string
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
const requestsPerStart = 80

// Do kills and starts, and then lets one start come to its end.
func (k KillTest) Run(ctx context.Context, p *backend.Process) (KillResult, error) {
	began := time.Now()
	rng := rand.New(rand.NewPCG(k.Seed, 3))
	slow := backend.Burst{Count: -1, Share: 1, Fault: apitest.Delay(4 * time.Millisecond)}
	endpoint, err := p.StartRun(ctx, backend.Plan{Seed: k.Seed, DiscardRequests: true, Bursts: []backend.Burst{slow}})
	if err != nil {
		return KillResult{}, err
	}
	result := KillResult{BySignal: map[string]int{}}
	for result.Kills < k.Kills {
		signal := signals[result.Kills%len(signals)]
		if err := k.start(ctx, p, endpoint, rng, signal, &result); err != nil {
			return result, err
		}
	}
	if err := k.start(ctx, p, endpoint, rng, 0, &result); err != nil {
		return result, err
	}
	state, err := p.StopRun(ctx, endpoint.ID)
	if err != nil {
		return result, err
	}
	result.FinalRecords = len(state.Estate)
	for i := range k.Records {
		if state.Estate[recordID(i)] != result.Starts-1 {
			result.Lost++
		}
	}
	if result.Lost > 0 || result.FinalRecords != k.Records {
		result.problemf("the estate holds %d records of %d, %d of them not as in the file", result.FinalRecords, k.Records, result.Lost)
	}
	result.Took = time.Since(began)
	return result, nil
}

func (k *KillResult) problemf(format string, args ...any) {
	if len(k.Problems) < 8 {
		k.Problems = append(k.Problems, fmt.Sprintf(format, args...))
	}
}

func recordID(i int) string { return fmt.Sprint("vm-", i) }

// start is one start of the program, and its end by a signal (0: by itself).
func (k KillTest) start(ctx context.Context, p *backend.Process, endpoint backend.Endpoint, rng *rand.Rand, signal syscall.Signal, result *KillResult) error {
	file, report := filepath.Join(k.Dir, "in.jsonl"), filepath.Join(k.Dir, fmt.Sprintf("report-%d.jsonl", result.Starts))
	var lines strings.Builder
	for i := range k.Records {
		fmt.Fprintf(&lines, `{"id":"%s","type":"onprem/vm","name":"%s"}`+"\n", recordID(i), backend.VersionName(result.Starts))
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		return err
	}
	defer os.Remove(report)
	before, err := p.Snapshot(ctx, endpoint.ID)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, k.Program, "-file", file, "-report", report, //nolint:gosec // our own example
		"-concurrency", fmt.Sprint(1+rng.IntN(4)), "-batch-bytes", fmt.Sprint(lines.Len()/requestsPerStart))
	cmd.Env = append(os.Environ(), api.EnvClientID+"="+endpoint.ClientID, api.EnvClientSecret+"="+endpoint.ClientSecret,
		api.EnvAPIURL+"="+endpoint.URL, api.EnvTokenURL+"="+endpoint.TokenURL, api.EnvAudience+"="+endpoint.Audience)
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
		moment := rng.IntN(requestsPerStart)
		waiting, cancel := context.WithCancel(ctx)
		go func() { <-ended; cancel() }() // should it come to its end first
		_ = p.WaitForRequests(waiting, endpoint.ID, before.Received+moment)
		_ = cmd.Process.Signal(signal) // it may be over
	}
	<-ended
	state, err := p.Snapshot(ctx, endpoint.ID)
	if err != nil {
		return err
	}
	e := exit{version: result.Starts, signal: signal, status: cmd.ProcessState, output: out.String(), estate: state.Estate}
	result.Starts++
	return e.verify(k, report, result)
}
