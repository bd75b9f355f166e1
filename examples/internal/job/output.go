package job

import (
	"errors"
	"os"
	"sync"
	"syscall"
)

// output is the standard output. It remembers the first write that failed.
type output struct {
	*os.File

	mu  sync.Mutex // guards err
	err error
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	n, err := o.File.Write(p)
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.err == nil {
			o.err = err
		}
	}
	return n, err
}

// failure is why the output is not complete. A reader that has had enough, such as head, is no
// failure.
func (o *output) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if errors.Is(o.err, syscall.EPIPE) {
		return nil
	}
	return o.err
}
