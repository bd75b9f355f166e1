// Package jobtest runs the programs in tests: the function that main calls, with its
// streams, its environment and its report.
package jobtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job"
)

// Program is what main hands to job.Main.
type Program func(ctx context.Context, args []string, std job.Streams) int

// Ran is what a program did.
type Result struct {
	Status   int
	Out, Err string
}

// Run runs a program.
func Run(t *testing.T, p Program, stdin string, args ...string) Result {
	t.Helper()
	return RunWith(t.Context(), p, strings.NewReader(stdin), args...)
}

// RunWith is Run with a context and a standard input of the test's own.
func RunWith(ctx context.Context, p Program, stdin io.Reader, args ...string) Result {
	var out, errs bytes.Buffer
	status := p(ctx, args, job.Streams{In: stdin, Out: &out, Err: &errs})
	return Result{status, out.String(), errs.String()}
}

// Want fails the test unless the program ended with the status, and its output and errors
// contain the texts.
func (r Result) Want(t *testing.T, status int, out, errs []string) {
	t.Helper()
	if r.Status != status {
		t.Errorf("got exit status %d, want %d", r.Status, status)
	}
	for _, text := range out {
		if !strings.Contains(r.Out, text) {
			t.Errorf("the output lacks %q", text)
		}
	}
	for _, text := range errs {
		if !strings.Contains(r.Err, text) {
			t.Errorf("the errors lack %q", text)
		}
	}
	if t.Failed() {
		t.Logf("output:\n%s\nerrors:\n%s", r.Out, r.Err)
	}
}

// Environment sets the variables that the programs read: those of the server, or none at
// all if it is nil.
func Environment(t *testing.T, s *apitest.Server) {
	t.Helper()
	env := map[string]string{api.EnvClientID: "", api.EnvClientSecret: "", api.EnvAPIURL: "", api.EnvTokenURL: "", api.EnvAudience: ""}
	if s != nil {
		c := s.Credentials()
		env[api.EnvClientID], env[api.EnvClientSecret] = c.ClientID, c.ClientSecret
		env[api.EnvAPIURL], env[api.EnvTokenURL] = s.URL, s.TokenURL
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
}

// File writes a file into the test's own directory and returns its name.
func File(t *testing.T, name, content string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Line is a line of a report.
type Line struct {
	Index   int     `json:"index"`
	Type    string  `json:"type"`
	ID      string  `json:"id"`
	NID     string  `json:"nid"`
	Outcome string  `json:"outcome"`
	Error   *string `json:"error"`
}

// Report reads a report and checks that it has one line for each of n inputs, in order,
// and an error exactly where the outcome is not a good one.
func Report(t *testing.T, name string, n int) []Line {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []Line
	for s := bufio.NewScanner(f); s.Scan(); {
		var l Line
		dec := json.NewDecoder(strings.NewReader(s.Text()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&l); err != nil {
			t.Fatalf("report, line %d: %v: %s", len(lines)+1, err, s.Text())
		}
		if l.Index != len(lines) {
			t.Fatalf("report, line %d: the index is %d", len(lines)+1, l.Index)
		}
		good := l.Outcome == "accepted" || l.Outcome == "valid"
		if good != (l.Error == nil) {
			t.Errorf("report, line %d: the outcome and the error do not fit: %s", len(lines)+1, s.Text())
		}
		lines = append(lines, l)
	}
	if len(lines) != n {
		t.Fatalf("the report has %d lines, want %d", len(lines), n)
	}
	return lines
}

// Count returns how many lines have an outcome.
func Count(lines []Line, outcome string) (n int) {
	for _, l := range lines {
		if l.Outcome == outcome {
			n++
		}
	}
	return n
}
