// Package child starts this program once more, as a process that ends with this one.
package child

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// Process is such a process. It is to end when its input does, as it does when this
// process is gone, however it went.
type Process struct {
	In  io.WriteCloser
	Out *bufio.Reader

	cmd    *exec.Cmd
	stderr Output
}

// Output keeps what is written to it, by whatever goroutine.
type Output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Start starts it, with one more variable in its environment, from which it knows what it
// is.
func Start(name, value string) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: exec.Command(self)} //nolint:gosec // this program itself
	p.cmd.Env = append(os.Environ(), name+"="+value)
	p.cmd.Stderr = &p.stderr
	if p.In, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.Out = bufio.NewReader(out)
	return p, p.cmd.Start()
}

// Close ends the process. It is an error if it ended badly, or complained.
func (p *Process) Close() error {
	p.In.Close()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, &p.stderr)
	}
	if text := p.stderr.String(); text != "" {
		return errors.New("it says:\n" + text)
	}
	return nil
}
