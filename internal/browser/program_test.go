package browser

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/models"
)

// A program is examples/emulator as people run it.
type program struct {
	url     string
	client  *api.Client
	graphql *graphql.Client
	env     []string // for other programs that use it
}

// build builds one of the examples, once.
var build = func() func(*testing.T, string) string {
	var mu sync.Mutex
	built := make(map[string]string)
	return func(t *testing.T, name string) string {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if path := built[name]; path != "" {
			return path
		}
		path := filepath.Join(programs, name)
		cmd := exec.Command("go", "build", "-o", path, "./"+name)
		cmd.Dir = filepath.Join("..", "..", "examples")
		cmd.Env = append(os.Environ(), "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build examples/%s: %v: %s", name, err, out)
		}
		built[name] = path
		return path
	}
}()

// programs is the folder for what is built.
var programs string

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "klarity-browser-"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(programs)
	os.Exit(status)
}

// start starts the emulator on a free port until the test ends.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, build(t, "emulator"), append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	p := &program{env: append(os.Environ(), "KLARITY_CLIENT_ID=id", "KLARITY_CLIENT_SECRET=s3cret", "KLARITY_API_KEY=key/s3cret")}
	cmd.Env = p.env
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	read := make(chan struct{})
	urls := make(chan string, 1)
	go func() {
		defer close(read)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url, ok := strings.CutPrefix(lines.Text(), "export KLARITY_API_URL="); ok {
				urls <- url
			}
		}
		_, _ = io.Copy(io.Discard, out)
		close(urls)
	}()
	t.Cleanup(func() {
		cancel()
		<-read
		_ = cmd.Wait()
	})
	if p.url = <-urls; p.url == "" {
		t.Fatal("the emulator ended without printing its address")
	}
	p.env = append(p.env, "KLARITY_API_URL="+p.url, "KLARITY_TOKEN_URL="+p.url+"/oauth/token", "KLARITY_AUDIENCE=")
	p.client, err = api.New(api.Credentials{ClientID: "id", ClientSecret: "s3cret"}, api.WithBaseURL(p.url), api.WithTokenURL(p.url+"/oauth/token"))
	if err != nil {
		t.Fatal(err)
	}
	if p.graphql, err = graphql.New("key/s3cret", graphql.WithURL(p.url+"/graphql")); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *program) upsert(t *testing.T, records ...*models.EstateRecord) {
	t.Helper()
	if _, err := p.client.UpsertAll(t.Context(), records); err != nil {
		t.Fatal(err)
	}
}
