package main

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

const one = "id,type\na,vm\n"

// A job that has lost its credentials must not look as if it had sent something.
func TestFileWithoutCredentials(t *testing.T) {
	jobtest.Environment(t, nil)
	file := jobtest.File(t, "in.csv", one)
	for _, args := range [][]string{{"-file", file}, {"-file", file, "-quiet"}, {"-file", "-", "-format", "csv"}} {
		result := jobtest.Run(t, run, one, args...)
		result.Want(t, 2, nil, []string{"KLARITY_CLIENT_ID and KLARITY_CLIENT_SECRET are not set, so nothing would reach Klarity", "-emulator", "-dry-run"})
		if result.Out != "" {
			t.Errorf("got the output %q, want none", result.Out)
		}
	}
	jobtest.Run(t, run, one, "-file", file, "-emulator").Want(t, 0, []string{"This runs on an emulator, inside this program: nothing reaches Klarity.", "accepted        1"}, nil)
	jobtest.Run(t, run, one, "-file", file, "-dry-run").Want(t, 0, []string{"Nothing was sent."}, nil)

	// With credentials -emulator still keeps everything here.
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	jobtest.Run(t, run, one, "-file", file, "-emulator").Want(t, 0, nil, nil)
	if n := len(s.Requests()); n > 0 {
		t.Errorf("got %d requests at the server of the environment, want none", n)
	}
}

// What a program writes that has failed is an empty input.
func TestTooFewRecords(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	jobtest.Run(t, run, "", "-file", "-", "-format", "jsonl").Want(t, 1, []string{"There are too few records"},
		[]string{"the standard input has 0 records, fewer than 1: what writes it may have failed (-min-records)"})
	jobtest.Run(t, run, "", "-file", "-", "-format", "jsonl", "-quiet").Want(t, 1, nil, []string{"fewer than 1"})
	jobtest.Run(t, run, "", "-file", "-", "-format", "jsonl", "-dry-run").Want(t, 1, nil, []string{"fewer than 1"})
	jobtest.Run(t, run, "", "-file", "-", "-format", "jsonl", "-min-records", "0").Want(t, 0, []string{"There are no records"}, nil)
	file := jobtest.File(t, "in.csv", one)
	jobtest.Run(t, run, "", "-file", file, "-min-records", "2").Want(t, 1, []string{"accepted        1"}, []string{"has 1 record, fewer than 2"})
	jobtest.Run(t, run, "", "-file", file, "-min-records", "1").Want(t, 0, nil, nil)
	jobtest.Run(t, run, "", "-file", jobtest.File(t, "in.jsonl", "")).Want(t, 0, []string{"There are no records"}, nil)
	jobtest.Run(t, run, "", "-file", file, "-min-records", "-5").Want(t, 2, nil, []string{"at least 0"})
}

// unread is a standard input that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the input is read")
	return 0, io.EOF
}

// A token is fetched before anything is read. Each failure is a line, also without a terminal.
func TestIdentityServiceOutOfReach(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	args := []string{"-file", "-", "-format", "jsonl", "-patience", "600ms"}
	want := func(out, errs []string) {
		t.Helper()
		jobtest.RunWith(t.Context(), run, unread{t}, args...).Want(t, 1, out, errs)
	}
	s.ScriptToken(apitest.Repeat(9, apitest.HTML(200))...)
	jobtest.RunWith(t.Context(), run, unread{t}, "-file", "-", "-format", "jsonl").Want(t, 1, nil,
		[]string{"upload: token request: the response of ", "is not a token", "given up after 3 tries"})

	s = apitest.NewServer(t)
	jobtest.Environment(t, s)
	s.ScriptToken(apitest.Repeat(9, apitest.Status(500))...)
	want(nil, []string{"500 Internal Server Error", "; try 1 failed, next in 500 ms\n", "given up after 2 tries"})

	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	t.Setenv("KLARITY_TOKEN_URL", "http://"+closed.Addr().String()+"/oauth/token")
	want(nil, []string{"connection refused; try 1 failed, next in 500 ms\n", "given up after 2 tries"})
	if result := jobtest.RunWith(t.Context(), run, unread{t}, append(args, "-quiet")...); strings.Count(result.Err, "\n") != 1 {
		t.Errorf("-quiet prints %q, want the final error alone", result.Err)
	}
}

// An outage of the API is told as it lasts, and waited out for as long as -patience says.
func TestOutage(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	file := jobtest.File(t, "in.csv", one)
	s.Script(apitest.Status(503))
	jobtest.Run(t, run, "", "-file", file).Want(t, 0, []string{"accepted        1"}, []string{"upload: upsert of 1 record: 503 Service Unavailable", "; try 1 failed, next in "})

	s.Intercept(func(*apitest.Request) *apitest.Fault { f := apitest.Status(503); return &f })
	jobtest.Run(t, run, "", "-file", file, "-patience", "10ms").Want(t, 1, []string{"failed"},
		[]string{"503 Service Unavailable", "the outage lasts for longer than is allowed (-patience, 10ms)"})
	result := jobtest.Run(t, run, "", "-file", file, "-patience", "0")
	result.Want(t, 1, []string{"failed"}, nil)
	if strings.Contains(result.Err, "RetryPolicy") {
		t.Errorf("a Go identifier is shown: %s", result.Err)
	}
}

// An interrupted run waits for the responses to what it has sent, and sends nothing more.
func TestInterruptWaitsForResponses(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	s.Intercept(func(r *apitest.Request) *apitest.Fault {
		cancel() // the response comes after the interrupt
		return &apitest.Fault{Delay: 20 * time.Millisecond}
	})
	file := jobtest.File(t, "in.jsonl", jsonLines(100_000))
	jobtest.RunWith(ctx, run, nil, "-file", file, "-concurrency", "1", "-grace", "1m").
		Want(t, 1, []string{"did not reach the end of its input"}, []string{"waiting up to 1 min", "interrupted after"})
}

// command is this program as a process, with a record that is wrong.
func command(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-file", jobtest.File(t, "in.csv", "id,type\na,vm\n,vm\n"))
	cmd.Env = append(os.Environ(), "UPLOAD_TEST_RUN_MAIN=1")
	return cmd
}

// A reader of the output that has had enough neither stops the upload nor hides the errors.
func TestClosedPipeAtTheOutput(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pipes end otherwise on Windows")
	}
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	cmd := command(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = w, &errs
	err = cmd.Run()
	w.Close()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(errs.String(), "line 3") || s.Len() != 1 {
		t.Errorf("got %v, %d records in the estate and the errors %q", err, s.Len(), errs.String())
	}
}

func TestOutputThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close()
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	cmd := exec.Command(os.Args[0], "-file", jobtest.File(t, "in.csv", one))
	cmd.Env = append(os.Environ(), "UPLOAD_TEST_RUN_MAIN=1")
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = full, &errs
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(errs.String(), "the output is not complete") || s.Len() != 1 {
		t.Errorf("got exit status %d, %d records in the estate and the errors %q", code, s.Len(), errs.String())
	}
}

// An interrupt while the first token is waited for keeps the cause of the wait.
func TestInterruptKeepsTheCause(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	s.ScriptToken(apitest.Repeat(9, apitest.Status(503))...)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	jobtest.RunWith(ctx, run, unread{t}, "-file", "-", "-format", "jsonl").Want(t, 1, nil,
		[]string{"503 Service Unavailable", "; try 1 failed, next in 500 ms", "upload: context canceled: nothing was read or sent; token request: 503 Service Unavailable"})
}

// A run that an outage has ended does not wait for a pipe that nobody closes.
func TestOutageEndsTheReadingOfAPipe(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	s.Intercept(func(*apitest.Request) *apitest.Fault { f := apitest.Status(503); return &f })
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = io.WriteString(w, jsonLines(3)) }()
	jobtest.RunWith(t.Context(), run, r, "-file", "-", "-format", "jsonl", "-patience", "10ms").Want(t, 1, []string{"failed"},
		[]string{"ended early, the rest of the input was not read", "503 Service Unavailable"})
}
