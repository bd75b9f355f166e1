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

// A Process is a backend process that this one started.
type Process struct {
	*Client
	child *child.Process
}

// Start starts this program again, as a backend. It runs until Close is called or this
// process ends.
func Start() (*Process, error) {
	c, err := child.Start(env, "1")
	if err != nil {
		return nil, err
	}
	line, err := c.Out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the backend did not start: %w", errors.Join(err, c.Close()))
	}
	return &Process{NewClient("http://" + strings.TrimSpace(line)), c}, nil
}

// Close ends the process. It returns an error if the process failed or wrote to its standard
// error.
func (p *Process) Close() error {
	if err := p.child.Close(); err != nil {
		return fmt.Errorf("the backend: %w", err)
	}
	return nil
}

// A Client controls a backend process.
type Client struct {
	URL        string
	httpClient *http.Client
}

// NewClient returns a client of the backend with that URL.
func NewClient(url string) *Client {
	// An idle connection would be a goroutine that the check for leaks finds.
	return &Client{url, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// StartRun starts the backend of a run. The times of its plan count from now.
func (c *Client) StartRun(ctx context.Context, plan Plan) (Endpoint, error) {
	var e Endpoint
	return e, c.call(ctx, http.MethodPost, "/runs", plan, &e)
}

// StopRun stops the backend of a run, and returns its final state.
func (c *Client) StopRun(ctx context.Context, id int) (State, error) {
	var s State
	return s, c.call(ctx, http.MethodDelete, fmt.Sprint("/runs/", id), nil, &s)
}

// Snapshot returns the present state of the backend of a run.
func (c *Client) Snapshot(ctx context.Context, id int) (State, error) {
	var s State
	return s, c.call(ctx, http.MethodGet, fmt.Sprint("/runs/", id), nil, &s)
}

// WaitForRequests waits until the API has received that many requests in a run.
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
		return fmt.Errorf("backend: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("backend: %s %s: %s: %s", method, path, resp.Status, text)
	}
	return json.NewDecoder(resp.Body).Decode(response)
}
