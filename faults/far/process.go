package far

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// A Process is a far side seen from the near one.
type Process struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	base   string
	client *http.Client
	errs   output
}

// output keeps what the process says on its standard error.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Start runs this program once more, as the far side. It ends with Close, or with this
// process.
func Start() (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	// No connection to it is kept: one would be a goroutine that the SDK did not leave.
	p := &Process{client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	p.cmd = exec.Command(self) //nolint:gosec // this program itself
	p.cmd.Env = append(os.Environ(), env+"=1")
	p.cmd.Stderr = &p.errs
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.stdin.Close()
		_ = p.cmd.Wait()
		return nil, fmt.Errorf("the far side does not start: %w\n%s", err, &p.errs)
	}
	p.base = "http://" + strings.TrimSpace(line)
	return p, nil
}

// Close ends the process. It is an error if it ended badly, or complained.
func (p *Process) Close() error {
	p.stdin.Close()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("the far side: %w\n%s", err, &p.errs)
	}
	if text := p.errs.String(); text != "" {
		return errors.New("the far side says:\n" + text)
	}
	return nil
}

// Begin starts the far side of a run. Time runs for it from now on.
func (p *Process) Begin(ctx context.Context, plan Plan) (Address, error) {
	var a Address
	return a, p.ask(ctx, http.MethodPost, "/sides", plan, &a)
}

// End ends the far side of a run, and tells what it holds.
func (p *Process) End(ctx context.Context, id int) (State, error) {
	var s State
	return s, p.ask(ctx, http.MethodDelete, fmt.Sprint("/sides/", id), nil, &s)
}

// Look tells what the far side of a run holds now.
func (p *Process) Look(ctx context.Context, id int) (State, error) {
	var s State
	return s, p.ask(ctx, http.MethodGet, fmt.Sprint("/sides/", id), nil, &s)
}

// WaitFor returns when so many requests have come to the API in a run.
func (p *Process) WaitFor(ctx context.Context, id, requests int) error {
	return p.ask(ctx, http.MethodGet, fmt.Sprintf("/sides/%d/wait?requests=%d", id, requests), nil, &struct{}{})
}

func (p *Process) ask(ctx context.Context, method, path string, send, into any) error {
	var body io.Reader
	if send != nil {
		encoded, err := json.Marshal(send)
		if err != nil {
			return err
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, body)
	if err != nil {
		return err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, &p.errs)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("far side: %s %s: %s: %s", method, path, resp.Status, text)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
