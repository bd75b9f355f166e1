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

// KillTest runs examples/upload as a process, kills it at a random moment and starts it again,
// many times; the emulator keeps running. Each start uploads the same keys, with the number of
// the start in each record, so that the records of a start can be told from earlier ones.
type KillTest struct {
	Seed    uint64
	Records int
	Kills   int
	Program string // path of the built example
	Dir     string // for the file and the reports
}

// KillResult is the result of a KillTest.
type KillResult struct {
	Kills                int
	Starts               int
	BySignal             map[string]int // kills by name of the signal
	BeforeSignalHandling int            // starts that were killed before they handled signals
	AfterFinish          int            // starts that had finished before the signal
	AcceptedLines        int            // records that the reports of all starts call accepted
	Lost                 int
	ReportLines          int // of reports
	FinalRecords         int // number of records in the estate at the end
	Took                 time.Duration
	Problems             []string
}

// BuildUpload builds examples/upload, and returns the path of the program.
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

// requestsPerStart is about how many requests a start needs for its file.
const requestsPerStart = 80

// Run does the test. The last start is not killed.
func (k KillTest) Run(ctx context.Context, server *backend.Process) (KillResult, error) {
	began := time.Now()
	rng := rand.New(rand.NewPCG(k.Seed, 3))
	slow := backend.Burst{Count: -1, Share: 1, Fault: apitest.Delay(4 * time.Millisecond)}
	endpoint, err := server.StartRun(ctx, backend.Plan{Seed: k.Seed, DiscardRequests: true, Bursts: []backend.Burst{slow}})
	if err != nil {
		return KillResult{}, err
	}
	result := KillResult{BySignal: map[string]int{}}
	for result.Kills < k.Kills {
		signal := signals[result.Kills%len(signals)]
		if err := k.start(ctx, server, endpoint, rng, signal, &result); err != nil {
			return result, err
		}
	}
	if err := k.start(ctx, server, endpoint, rng, 0, &result); err != nil {
		return result, err
	}
	state, err := server.StopRun(ctx, endpoint.ID)
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
		result.problemf("final estate: got %d records, %d of the file missing or old, want %d and 0", result.FinalRecords, result.Lost, k.Records)
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

// start starts the program once and ends it by a signal; 0: lets it finish.
func (k KillTest) start(ctx context.Context, server *backend.Process, endpoint backend.Endpoint, rng *rand.Rand, signal syscall.Signal, result *KillResult) error {
	file, report := filepath.Join(k.Dir, "in.jsonl"), filepath.Join(k.Dir, fmt.Sprintf("report-%d.jsonl", result.Starts))
	var lines strings.Builder
	for i := range k.Records {
		fmt.Fprintf(&lines, `{"id":"%s","type":"onprem/vm","name":"%s"}`+"\n", recordID(i), backend.VersionName(result.Starts))
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(report) }() // an early kill leaves no report
	before, err := server.Snapshot(ctx, endpoint.ID)
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
		_ = cmd.Wait() // verify looks at the ProcessState
	}()
	if signal != 0 {
		requests := rng.IntN(requestsPerStart)
		waitCtx, cancel := context.WithCancel(ctx)
		go func() { <-ended; cancel() }() // if the program finishes first
		_ = server.WaitForRequests(waitCtx, endpoint.ID, before.Received+requests)
		_ = cmd.Process.Signal(signal) // the program may have finished
	}
	<-ended
	state, err := server.Snapshot(ctx, endpoint.ID)
	if err != nil {
		return err
	}
	e := processExit{version: result.Starts, signal: signal, status: cmd.ProcessState, output: out.String(), estate: state.Estate}
	result.Starts++
	return e.verify(k, report, result)
}
