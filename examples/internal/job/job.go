// Package job is what the programs that send something have in common: it passes the items of a
// file, or of another source, to the SDK and behaves as a command-line program should.
//
// Results go to the standard output; errors and progress go to the standard error. The exit
// status is 0 if every item was accepted, 1 if some were not or the source was incomplete, and 2
// if nothing was sent because of wrong flags, incomplete credentials, or a file that cannot be
// read or has unknown columns.
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
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/source"
	"github.com/klarity-go/klarity/models"
)

// The exit statuses.
const (
	Accepted = 0
	Failed   = 1
	Usage    = 2
)

// Streams are the standard streams of a program.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Main runs a program and returns its exit status. The first interrupt cancels the context,
// so that the run can report the outcome of all items; the second one kills the process.
//
// A closed pipe at the standard output does not kill the process, as it would otherwise: the
// records are sent, and their errors reach the standard error. When the output cannot be
// written for another reason, such as a full disk, the exit status says so.
func Main(run func(ctx context.Context, args []string, std Streams) int) int {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	out := &output{File: os.Stdout}
	status := run(ctx, os.Args[1:], Streams{os.Stdin, out, os.Stderr})
	if err := out.failure(); err != nil {
		fmt.Fprintf(os.Stderr, "the output is not complete: %v\n", err)
		return max(status, Failed)
	}
	return status
}

// Operation is what a program does with the items of a file, or of a source of its own.
type Operation[T any] struct {
	Progress string // "Uploading"

	// Open reads a file, the one that -file names or that of Sample.
	Open func(io.Reader, source.Options) (*source.Reader[T], error)
	// Items, if not nil, is the source in place of files: Open and Sample are not used. The
	// target is nil in a dry run. An error ends the run before anything is sent: a wrong usage
	// if it is one of [Usagef]. The iterator yields each item as a value of its own, which is kept
	// until its outcome is known. With -strict it runs twice. The context ends when nothing that
	// is read would be sent any more: the iterator must end with it.
	Items func(context.Context, *Target) (*Input, iter.Seq2[*T, error], error)

	// Record returns the estate record that an item is, or nil. Without it the summary has no
	// costs.
	Record func(*T) *models.EstateRecord

	// Done, if not nil, is called with each item of Items and its outcome, in the order of the
	// items, one call at a time. In a dry run a valid item is accepted. What the iterator yielded
	// as an error has no item.
	Done func(*T, api.Outcome)

	Check func(*T) error
	Key   func(*T) api.Key
	Send  func(context.Context, *api.Client, iter.Seq2[*T, error], ...api.RunOption) (api.Report, error)

	// Prepare, if not nil, fills a new emulator before the run and returns a description of
	// what it did.
	Prepare func(context.Context, *Target) (string, error)
	// Sample returns the input if no file is named.
	Sample func(*Target) (*Input, error)
}

// usageError is an error that ends a run before it begins.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usagef returns an error that makes the exit status that of a wrong usage.
func Usagef(format string, args ...any) error { return usagef(format, args...) }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exit prints err, if it is not nil, and returns the exit status for it.
func exit(std Streams, program string, err error) int {
	if err == nil {
		return Accepted
	}
	complain(console.New(std.Err, os.Getenv), program, "%s", err)
	if _, ok := errors.AsType[usageError](err); ok {
		return Usage
	}
	return Failed
}
