// Package job is what upload, delete and enrich have in common: one run of a file of items
// through the SDK, with the manners of a command-line program.
//
// Results go to the standard output; errors and progress go to the standard error. The
// exit status is 0 when every item was accepted, 1 when some were not, 2 when the run did
// not begin: wrong flags, half-set credentials, a file that cannot be read or whose
// columns are not known. Then nothing was sent.
package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"syscall"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/source"
)

// The exit statuses.
const (
	Accepted = 0
	Failed   = 1
	Usage    = 2
)

// Streams are where a program reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Main runs a program until it ends or is interrupted, and returns its exit status. The
// first interrupt ends the context, so that the run can tell what became of everything;
// the second one kills.
func Main(run func(ctx context.Context, args []string, std Streams) int) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], Streams{os.Stdin, os.Stdout, os.Stderr})
}

// Verb is one of the three things that can be done with many items.
type Operation[T any] struct {
	Name     string // "upload"
	Progress string // "Uploading"

	Open  func(io.Reader, source.Format) (*source.Reader[T], error)
	Check func(*T) error
	Key   func(*T) api.Key
	Send  func(context.Context, *api.Client, iter.Seq2[*T, error], ...api.RunOption) (api.Report, error)

	// Prepare, if there is one, fills a new emulator before the run and says what it did.
	Prepare func(context.Context, *Target) (string, error)
	// Demo is the input when no file is named.
	Sample func(*Target) (*Input, error)
}

// usageError is an error that ends a run before it begins.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exit prints an error, if there is one, and returns the exit status that it means.
func exit(std Streams, program string, err error) int {
	if err == nil {
		return Accepted
	}
	fmt.Fprintf(std.Err, "%s: %v\n", program, err)
	if _, ok := errors.AsType[usageError](err); ok {
		return Usage
	}
	return Failed
}
