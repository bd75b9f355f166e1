package backend

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
	*Client
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
	return &Process{NewClient("http://" + strings.TrimSpace(line)), c}, nil
}

// Close ends the process. It is an error if it ended badly, or complained.
func (p *Process) Close() error {
	if err := p.child.Close(); err != nil {
		return fmt.Errorf("the far side: %w", err)
	}
	return nil
}

// A Remote is a far side seen from the near one.
type Client struct {
	URL        string
	httpClient *http.Client
}

// At returns the far side that another process has started.
func NewClient(url string) *Client {
	// No connection to it is kept: one would be a goroutine that the SDK did not leave.
	return &Client{url, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// Begin starts the far side of a run. Time runs for it from now on.
func (c *Client) StartRun(ctx context.Context, plan Plan) (Endpoint, error) {
	var e Endpoint
	return e, c.call(ctx, http.MethodPost, "/runs", plan, &e)
}

// End ends the far side of a run, and tells what it holds.
func (c *Client) StopRun(ctx context.Context, id int) (State, error) {
	var s State
	return s, c.call(ctx, http.MethodDelete, fmt.Sprint("/runs/", id), nil, &s)
}

// Look tells what the far side of a run holds now.
func (c *Client) Snapshot(ctx context.Context, id int) (State, error) {
	var s State
	return s, c.call(ctx, http.MethodGet, fmt.Sprint("/runs/", id), nil, &s)
}

// WaitFor returns when so many requests have come to the API in a run.
func (c *Client) WaitForRequests(ctx context.Context, id, requests int) error {
	return c.call(ctx, http.MethodGet, fmt.Sprintf("/runs/%d/wait?requests=%d", id, requests), nil, &struct{}{})
}

func (c *Client) call(ctx context.Context, method, path string, request, response any) error {
	var body io.Reader
	if request != nil {
		encoded, err := json.Marshal(request)
		if err != nil {
			return err
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, body)
	if err != nil {
		return err
	}
	resp, err := c.httpClient.Do(req)
	if err != nil {
		return fmt.Errorf("far side: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("far side: %s %s: %s: %s", method, path, resp.Status, text)
	}
	return json.NewDecoder(resp.Body).Decode(response)
}
