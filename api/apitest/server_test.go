package apitest_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

func TestStartRefusesNonLoopbackAddresses(t *testing.T) {
	for addr, ok := range map[string]bool{
		"":                true,
		"127.0.0.1:0":     true,
		"127.9.9.9:0":     true,
		"localhost:0":     true,
		":0":              false,
		"0.0.0.0:0":       false,
		"[::]:0":          false,
		"192.0.2.1:0":     false,
		"emulator.test:0": false,
		"127.0.0.1":       false,
		"127.0.0.1:x":     false,
	} {
		s, err := apitest.Start(addr)
		if err == nil {
			s.Close()
		}
		if (err == nil) != ok {
			t.Errorf("%q: got %v, want success %v", addr, err, ok)
		}
	}
}

func TestAllowRemote(t *testing.T) {
	s, err := apitest.Start(":0", apitest.AllowRemote())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !strings.HasPrefix(s.URL, "http://127.0.0.1:") {
		t.Errorf("URL: got %s, want one with the host 127.0.0.1", s.URL)
	}
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestCloseEndsAllGoroutines(t *testing.T) {
	s, err := apitest.Start("")
	if err != nil {
		t.Fatal(err)
	}
	s.Script(apitest.Hang(), apitest.Fault{Status: 200, Endless: true}, apitest.Reset(), apitest.Truncate())
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}
	ended := make(chan error)
	for range 4 {
		go func() {
			resp, err := client.Post(s.URL+"/v1/estateRecords", "application/json", strings.NewReader("{}"))
			if err == nil {
				defer resp.Body.Close()
				_, err = resp.Body.Read(make([]byte, 1<<10))
			}
			ended <- err
		}()
	}
	for len(s.Requests()) < 4 {
		runtime.Gosched()
	}
	s.Close()
	s.Close()
	for range 4 {
		<-ended
	}
	transport.CloseIdleConnections()
	// net/http reports a connection closed some instructions before its goroutine ends.
	stacks := serverStacks()
	for tries := 0; stacks != "" && tries < 1000; tries++ {
		runtime.Gosched()
		stacks = serverStacks()
	}
	if stacks != "" {
		t.Errorf("still running after Close:\n%s", stacks)
	}
	if _, err := client.Get(s.URL); err == nil {
		t.Error("the server responds after Close")
	}
}

// serverStacks returns the stacks of goroutines that run the emulator's code.
func serverStacks() string {
	buf := make([]byte, 1<<20)
	var found []string
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "apitest.(*Emulator)") || strings.Contains(stack, "apitest.Start") {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}

// A fakeTB runs its cleanups immediately and records a failure.
type fakeTB struct{ failed string }

func (*fakeTB) Helper()          {}
func (*fakeTB) Cleanup(f func()) { f() }
func (f *fakeTB) Fatalf(format string, args ...any) {
	f.failed = fmt.Sprintf(format, args...)
}

func TestNewServerClosesWithTheTest(t *testing.T) {
	tb := &fakeTB{}
	s := apitest.NewServer(tb) // fakeTB closes it immediately
	if _, err := http.Get(s.URL); err == nil {
		t.Error("the server responds after the test")
	}
	if tb.failed != "" {
		t.Errorf("failed: %s", tb.failed)
	}
}

func TestLoggerGetsALineForEachRequestWithoutSecrets(t *testing.T) {
	var log bytes.Buffer
	c := inProcess(t, apitest.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))).login(t)
	c.mustUpsert(t, oneRecord)
	got := log.String()
	if n := strings.Count(got, "\n"); n != 2 {
		t.Errorf("got %d lines, want 2, one for each request: %s", n, got)
	}
	for _, want := range []string{"path=/v1/estateRecords", "status=202"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %q in it", got, want)
		}
	}
	if strings.Contains(got, c.token) || strings.Contains(got, c.Credentials().ClientSecret) {
		t.Errorf("the log contains a token or the secret: %s", got)
	}
}

func TestStartFailsIfThePortIsInUse(t *testing.T) {
	s := apitest.NewServer(t)
	second, err := apitest.Start(strings.TrimPrefix(s.URL, "http://"))
	if err == nil {
		second.Close()
		t.Error("got a second server on the same port")
	}
}
