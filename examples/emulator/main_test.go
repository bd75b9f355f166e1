package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// watchedBuffer collects what a program prints, and closes seen when it contains text.
type watchedBuffer struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	text string
	seen chan struct{}
}

func (p *watchedBuffer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := strings.Contains(p.buf.String(), p.text)
	p.buf.Write(b)
	if !before && strings.Contains(p.buf.String(), p.text) {
		close(p.seen)
	}
	return len(b), nil
}

func (p *watchedBuffer) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.String()
}

// start runs the program until stop is called or the test ends.
func start(t *testing.T, args ...string) (out, errs *watchedBuffer, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out = &watchedBuffer{text: `"period": "all"`, seen: make(chan struct{})}
	errs = &watchedBuffer{text: "\x00", seen: make(chan struct{})}
	status := make(chan int, 1)
	go func() { status <- run(ctx, args, job.Streams{Out: out, Err: errs}) }()
	select {
	case <-out.seen:
	case got := <-status:
		t.Fatalf("ended with exit status %d: %s", got, errs)
	}
	return out, errs, func() int { cancel(); return <-status }
}

func TestPrintedCommandsWork(t *testing.T) {
	for _, tool := range []string{"sh", "sed", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	for name, credentials := range map[string]bool{"generated credentials": false, "credentials of the shell": true} {
		t.Run(name, func(t *testing.T) {
			jobtest.Environment(t, nil)
			if credentials {
				t.Setenv("KLARITY_CLIENT_ID", "my-id")
				t.Setenv("KLARITY_CLIENT_SECRET", "s3cret")
				t.Setenv("KLARITY_API_KEY", "my-key/s3cret-too")
			}
			out, errs, stop := start(t, "-addr", "127.0.0.1:0")
			script := out.String()
			if strings.Contains(script, "s3cret") {
				t.Error("a secret of the environment is printed")
			}
			shell := exec.Command("sh", "-e")
			shell.Stdin = strings.NewReader(script)
			responses, err := shell.Output()
			if err != nil {
				t.Fatalf("the commands fail: %v", err)
			}
			if n := strings.Count(string(responses), `"Accepted 1 `); n != 3 {
				t.Errorf("got %d accepted requests, want 3: %s", n, responses)
			}
			if want := `{"data":{"accountsV2":{"accounts":[{"name":"shop-live"},`; !strings.Contains(string(responses), want) {
				t.Errorf("got %s, want the accounts in it: %s", responses, want)
			}
			if status := stop(); status != 0 {
				t.Errorf("got exit status %d, want 0", status)
			}
			for _, line := range []string{"path=/oauth/token", "method=DELETE path=/v1/estateRecords", "path=/v1/enrichments/estateRecords", "path=/graphql operation=exampleQuery"} {
				if !strings.Contains(errs.String(), line) {
					t.Errorf("the log does not contain %q: %s", line, errs)
				}
			}
			if !strings.Contains(out.String(), "estate is empty") {
				t.Errorf("got the output %s, want the empty estate at the end", out)
			}
		})
	}
}

// The page is where the instructions say, for those who ask for it by its address.
func TestPageIsAtThePrintedAddress(t *testing.T) {
	jobtest.Environment(t, nil)
	out, errs, stop := start(t, "-addr", "127.0.0.1:0", "-fail", "503:100%", "-latency", "0s-1ms", "-seed", "7")
	defer stop()
	url := exported(t, out.String(), "KLARITY_API_URL")
	for _, text := range []string{"# Klarity's emulator listens on " + url, "Open that\n# address in a browser", "-fail 503:100% -latency 0s-1ms -seed 7"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("there is no %q in the output: %s", text, out)
		}
	}
	for host, want := range map[string]int{"": 200, "evil.example": 421} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("with the Host %q: got %d, want %d", host, resp.StatusCode, want)
		}
	}
	if strings.Contains(errs.String(), "path=/ ") {
		t.Errorf("looking at the page is logged: %s", errs)
	}
}

func TestInvalidFlagsAndAddresses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	jobtest.Environment(t, nil)
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-addr", "0.0.0.0:0"}, 2, "-remote allows it"},
		{[]string{"-addr", taken.Addr().String()}, 1, "-addr 127.0.0.1:0 takes a free port"},
		{[]string{"-port", "1"}, 2, "-port"},
		{[]string{"8080"}, 2, "unexpected argument"},
	} {
		jobtest.Run(t, run, "", c.args...).Want(t, c.status, nil, []string{c.want})
	}
	jobtest.Run(t, run, "", "-h").Want(t, 0, []string{"go run ./examples/emulator", "-addr", "-fail", "-latency", "-seed", "-save", "A page at the address it prints"}, nil)
	t.Setenv("KLARITY_API_KEY", "s3cret")
	got := jobtest.Run(t, run, "")
	got.Want(t, 2, nil, []string{"no slash between its ID and its secret"})
	if strings.Contains(got.Err, "s3cret") {
		t.Errorf("the key is printed: %s", got.Err)
	}
	t.Setenv("KLARITY_CLIENT_ID", "id")
	jobtest.Run(t, run, "").Want(t, 2, nil, []string{"only one of"})
}

func TestRemote(t *testing.T) {
	if os.Getenv("CI") != "" {
		t.Skip("listens on all interfaces for a moment: not on a shared machine")
	}
	jobtest.Environment(t, nil)
	out, _, stop := start(t, "-addr", "0.0.0.0:0", "-remote")
	stop()
	if !strings.Contains(out.String(), "http://127.0.0.1:") {
		t.Errorf("got the output %s, want a URL with 127.0.0.1", out)
	}
}
