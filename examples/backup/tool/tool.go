// Package tool runs restic and borg to ask them what they have in their repositories. Nothing that
// is asked changes a repository or waits for its lock.
//
// A tool gets the environment of this process, in which its user has set the repository and its
// password, but for the variables of Klarity and RESTIC_HOST. It has no terminal: a password that is missing is
// an error at once. Neither a password nor the user of a URL gets into an error, whatever a tool
// prints.
package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klarity-go/klarity/examples/backup/status"
)

// Tool is a tool with the repository that the environment names.
type Tool struct {
	Repository *status.Repository
	Timeout    time.Duration // for each call; must be more than 0

	env     []string
	secrets *secrets
}

// newTool returns a tool. location is the one of its repository, with all that is secret in it.
func newTool(kind status.Tool, location string, timeout time.Duration, env ...string) *Tool {
	t := &Tool{
		Repository: &status.Repository{Tool: kind, Name: status.Location(location)},
		Timeout:    timeout, secrets: newSecrets(os.Environ(), location),
	}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "KLARITY_") && !strings.HasPrefix(variable, envResticHost+"=") {
			t.env = append(t.env, variable)
		}
	}
	t.env = append(t.env, env...) // of two, the last one counts
	return t
}

// Target is the repository that the tool reads.
func (t *Tool) Target() *status.Repository { return t.Repository }

// program is the name of the tool's program.
func (t *Tool) program() string { return string(t.Repository.Tool) }

// gracePeriod is how long a tool that was told to end has before it is killed.
const gracePeriod = 2 * time.Second

// call runs the tool and passes its output to read, which may return before the end of it. It
// returns how the tool failed, or else the error of read. When ctx ends, or the time is over, the
// tool and what it has started are killed.
func (t *Tool) call(ctx context.Context, read func(io.Reader) error, args ...string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, t.Timeout, errTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.program(), args...) //nolint:gosec // the program is one of two, and there is no shell
	cmd.Env = t.env
	complaint := &tail{}
	cmd.Stderr = complaint
	output, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("%s: %w", t.what(args), err)
	}
	setGroup(cmd)
	var over atomic.Bool
	cmd.Cancel = func() error {
		time.AfterFunc(gracePeriod, func() {
			if !over.Load() {
				killGroup(cmd)
				_ = output.Close() // whoever still writes to it has left the group
			}
		})
		return endGroup(cmd)
	}
	cmd.WaitDelay = gracePeriod // for the standard error, which an ssh that stays holds open
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("%s is not installed, or not in PATH: install it, or name output that was recorded elsewhere with -recorded", t.program())
		}
		return fmt.Errorf("starting %s: %s", t.program(), t.secrets.hide(err.Error()))
	}
	readErr := read(output)
	_, _ = io.Copy(io.Discard, output) // a tool whose output is not read would not end
	err = cmd.Wait()
	over.Store(true)
	if ctx.Err() != nil {
		killGroup(cmd) // what the tool has started, and does not care
		return t.ended(ctx, args, complaint)
	}
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case failed && !t.isWarning(exit.ExitCode()):
		return t.failure(args, exit, complaint)
	case readErr != nil:
		return fmt.Errorf("the output of %s: %s%s", t.what(args), t.secrets.hide(readErr.Error()), t.said("; it also printed: ", complaint))
	case complaint.unread && t.Repository.Tool == status.Restic:
		return fmt.Errorf("%s: restic left snapshots out, so a backup could look as if it was not there%s", t.what(args), t.said(": ", complaint))
	case failed, err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	}
	return fmt.Errorf("%s: %s", t.what(args), t.secrets.hide(err.Error()))
}
