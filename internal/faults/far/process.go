package far

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klarity-go/klarity/internal/faults/child"
)

// A Process is a far side that this one started.
type Process struct {
	*Remote
	child *child.Process
}

// Start runs this program once more, as the far side. It ends with Close, or with this
// process.
func Start() (*Process, error) {
	c, err := child.Start(env, "1")
	if err != nil {
		return nil, err
	}
	line, err := c.Out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the far side does not start: %w", errors.Join(err, c.Close()))
	}
	return &Process{At("http://" + strings.TrimSpace(line)), c}, nil
}

// Close ends the process. It is an error if it ended badly, or complained.
func (p *Process) Close() error {
	if err := p.child.Close(); err != nil {
		return fmt.Errorf("the far side: %w", err)
	}
	return nil
}

// A Remote is a far side seen from the near one.
type Remote struct {
	URL    string
	client *http.Client
}

// At returns the far side that another process has started.
func At(url string) *Remote {
	// No connection to it is kept: one would be a goroutine that the SDK did not leave.
	return &Remote{url, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// Begin starts the far side of a run. Time runs for it from now on.
func (r *Remote) Begin(ctx context.Context, plan Plan) (Address, error) {
	var a Address
	return a, r.ask(ctx, http.MethodPost, "/sides", plan, &a)
}

// End ends the far side of a run, and tells what it holds.
func (r *Remote) End(ctx context.Context, id int) (State, error) {
	var s State
	return s, r.ask(ctx, http.MethodDelete, fmt.Sprint("/sides/", id), nil, &s)
}

// Look tells what the far side of a run holds now.
func (r *Remote) Look(ctx context.Context, id int) (State, error) {
	var s State
	return s, r.ask(ctx, http.MethodGet, fmt.Sprint("/sides/", id), nil, &s)
}

// WaitFor returns when so many requests have come to the API in a run.
func (r *Remote) WaitFor(ctx context.Context, id, requests int) error {
	return r.ask(ctx, http.MethodGet, fmt.Sprintf("/sides/%d/wait?requests=%d", id, requests), nil, &struct{}{})
}

func (r *Remote) ask(ctx context.Context, method, path string, send, into any) error {
	var body io.Reader
	if send != nil {
		encoded, err := json.Marshal(send)
		if err != nil {
			return err
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL+path, body)
	if err != nil {
		return err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return fmt.Errorf("far side: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("far side: %s %s: %s: %s", method, path, resp.Status, text)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
