// Package child starts this program again, as a child process that ends with this one.
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

// Process is a child process. It has to exit when its standard input ends, which also happens
// when this process crashes.
type Process struct {
	In  io.WriteCloser
	Out *bufio.Reader

	cmd    *exec.Cmd
	stderr Output
}

// Output is a buffer for concurrent writers.
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

// Start starts a child process. The additional environment variable tells it its role.
func Start(name, value string) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: exec.Command(self)} //nolint:gosec,noctx // this program itself; Close ends it
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

// Close ends the process. It returns an error if the process failed or wrote to its standard
// error.
func (p *Process) Close() error {
	p.In.Close()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, &p.stderr)
	}
	if text := p.stderr.String(); text != "" {
		return errors.New("unexpected standard error:\n" + text)
	}
	return nil
}
