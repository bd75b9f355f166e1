// Package jobtest helps to test the programs: it calls their run functions and checks their
// output and their reports.
package jobtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/examples/internal/job"
	_ "github.com/klarity-go/klarity/internal/loopback" // no test reaches another machine
)

// Program is the function that main passes to job.Main.
type Program func(ctx context.Context, args []string, std job.Streams) int

// Result is the exit status and the output of a program.
type Result struct {
	Status   int
	Out, Err string
}

// Run runs a program.
func Run(t *testing.T, p Program, stdin string, args ...string) Result {
	t.Helper()
	return RunWith(t.Context(), p, strings.NewReader(stdin), args...)
}

// RunWith is Run with the given context and standard input.
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
			t.Errorf("the output does not contain %q", text)
		}
	}
	for _, text := range errs {
		if !strings.Contains(r.Err, text) {
			t.Errorf("the errors do not contain %q", text)
		}
	}
	if t.Failed() {
		t.Logf("output:\n%s\nerrors:\n%s", r.Out, r.Err)
	}
}

// Environment sets the environment variables that the programs read to those of the server,
// or to none if s is nil.
func Environment(t *testing.T, s *apitest.Server) {
	t.Helper()
	env := map[string]string{
		api.EnvClientID: "", api.EnvClientSecret: "", api.EnvAPIURL: "", api.EnvTokenURL: "", api.EnvAudience: "",
		graphql.EnvAPIKey: "", graphql.EnvURL: "", graphql.EnvRegion: "",
	}
	if s != nil {
		c := s.Credentials()
		env[api.EnvClientID], env[api.EnvClientSecret] = c.ClientID, c.ClientSecret
		env[api.EnvAPIURL], env[api.EnvTokenURL] = s.URL, s.TokenURL
		env[graphql.EnvAPIKey], env[graphql.EnvURL] = string(s.APIKey()), s.GraphQLURL
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
}

// File writes a file to a temporary directory of the test and returns its path.
func File(t *testing.T, name, content string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Read returns what is in a file.
func Read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Sent returns the requests to the API, without those for a token.
func Sent(s *apitest.Server) []apitest.Request {
	return slices.DeleteFunc(s.Requests(), func(r apitest.Request) bool { return r.Operation == apitest.Token })
}

// Line is a line of a report.
type Line struct {
	Index    int     `json:"index"`
	Sheet    string  `json:"sheet"`
	Line     int     `json:"line"`
	Column   string  `json:"column"`
	Type     string  `json:"type"`
	ID       string  `json:"id"`
	NID      string  `json:"nid"`
	Outcome  string  `json:"outcome"`
	Attempts int     `json:"attempts"`
	Error    *string `json:"error"`
}

// Report reads a report and checks that it has one line for each of n inputs, in order, and
// an error exactly where the outcome is neither accepted nor valid.
func Report(t *testing.T, name string, n int) []Line {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var lines []Line
	for s := bufio.NewScanner(f); s.Scan(); {
		var l Line
		dec := json.NewDecoder(strings.NewReader(s.Text()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&l); err != nil {
			t.Fatalf("report, line %d: %v: %s", len(lines)+1, err, s.Text())
		}
		if l.Index != len(lines) {
			t.Fatalf("report, line %d: got the index %d, want %d", len(lines)+1, l.Index, len(lines))
		}
		good := l.Outcome == "accepted" || l.Outcome == "valid"
		if good != (l.Error == nil) {
			t.Errorf("report, line %d: got the outcome %s, want an error in exactly the other outcomes than accepted and valid: %s", len(lines)+1, l.Outcome, s.Text())
		}
		lines = append(lines, l)
	}
	if len(lines) != n {
		t.Fatalf("the report has %d lines, want %d", len(lines), n)
	}
	return lines
}

// Count returns how many lines have the given outcome.
func Count(lines []Line, outcome string) (n int) {
	for _, l := range lines {
		if l.Outcome == outcome {
			n++
		}
	}
	return n
}
