package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// TestMain makes the test binary run the program if the environment says so, in a process
// that tests can send signals to.
func TestMain(m *testing.M) {
	if os.Getenv("UPLOAD_TEST_RUN_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// jsonLines returns n records as JSON lines.
func jsonLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"vm-%d","type":"onprem/vm"}`+"\n", i)
	}
	return b.String()
}

// readReport reads a report with any number of lines.
func readReport(t *testing.T, report string) []jobtest.Line {
	t.Helper()
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	return jobtest.Report(t, report, strings.Count(string(b), "\n"))
}

// blockedReader is a standard input that nobody writes to. Its first Read calls waited.
type blockedReader struct {
	first   sync.Once
	waited  func()
	forever chan struct{}
}

func (s *blockedReader) Read([]byte) (int, error) {
	s.first.Do(s.waited)
	<-s.forever
	return 0, os.ErrClosed
}

func TestInterruptWhileTheInputBlocks(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	in := &blockedReader{forever: make(chan struct{})}
	defer close(in.forever)
	ctx, cancel := context.WithCancel(t.Context())
	in.waited = cancel
	report := filepath.Join(t.TempDir(), "report.jsonl")
	jobtest.RunWith(ctx, run, in, "-file", "-", "-format", "jsonl", "-report", report).
		Want(t, 1, nil, []string{"nothing was read or sent"})

	// Again, after some records.
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	ctx, cancel = context.WithCancel(t.Context())
	in = &blockedReader{forever: make(chan struct{}), waited: cancel}
	defer close(in.forever)
	jobtest.RunWith(ctx, run, io.MultiReader(strings.NewReader(jsonLines(1500)), in), "-file", "-", "-format", "jsonl", "-report", report).
		Want(t, 1, []string{"total", "exit status is 1"}, []string{"interrupted after"})
	readReport(t, report)
}

func TestInterruptWhileResponsesArePending(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	s.Intercept(func(r *apitest.Request) *apitest.Fault {
		if strings.Contains(string(r.Body), `"vm-1000"`) {
			cancel() // the second request
			return &apitest.Fault{Hang: true}
		}
		return nil
	})
	report := filepath.Join(t.TempDir(), "report.jsonl")
	file := jobtest.File(t, "in.jsonl", jsonLines(3000))
	jobtest.RunWith(ctx, run, nil, "-file", file, "-concurrency", "1", "-grace", "50ms", "-report", report).
		Want(t, 1, []string{"accepted    1,000", "canceled"}, []string{"context canceled: waiting up to 50 ms for responses", "1,000 records that were sent is unknown", "records were never sent"})
	lines := readReport(t, report)
	for i, l := range lines {
		want := "accepted"
		if i >= 1000 {
			want = "canceled"
		}
		if l.Outcome != want {
			t.Fatalf("report, line %d: got %s, want %s", i+1, l.Outcome, want)
		}
	}
	if len(lines) < 2000 {
		t.Errorf("the report has %d lines, want at least 2000: the canceled records are missing", len(lines))
	}
}

func TestDryRunIsInterrupted(t *testing.T) {
	jobtest.Environment(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	in := &blockedReader{forever: make(chan struct{}), waited: cancel}
	defer close(in.forever)
	jobtest.RunWith(ctx, run, io.MultiReader(strings.NewReader(jsonLines(10)), in), "-dry-run", "-file", "-", "-format", "jsonl").
		Want(t, 1, []string{"Nothing was sent."}, []string{"interrupted after"})
}

// A process that gets a signal reports the outcome of all records that it has read, and exits
// with status 1.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals on Windows")
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			s := apitest.NewServer(t)
			jobtest.Environment(t, s)
			dir := t.TempDir()
			report := filepath.Join(dir, "report.jsonl")
			cmd := exec.Command(os.Args[0], "-file", jobtest.File(t, "in.jsonl", jsonLines(5000)), "-concurrency", "1", "-grace", "50ms", "-report", report)
			cmd.Env = append(os.Environ(), "UPLOAD_TEST_RUN_MAIN=1")
			var out strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &out
			started := make(chan struct{})
			s.Intercept(func(r *apitest.Request) *apitest.Fault {
				if strings.Contains(string(r.Body), `"vm-1000"`) {
					<-started
					cmd.Process.Signal(sig)
					return &apitest.Fault{Hang: true}
				}
				return nil
			})
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			close(started)
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("got exit status %d, want 1", code)
			}
			for _, want := range []string{sig.String() + " signal received", "canceled"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("got the output\n%s\nwant %q in it", &out, want)
				}
			}
			lines := readReport(t, report)
			if n := jobtest.Count(lines, "accepted"); n != 1000 || s.Len() != n {
				t.Errorf("got %d accepted records in the report and %d in the estate, want 1000 in both", n, s.Len())
			}
		})
	}
}
