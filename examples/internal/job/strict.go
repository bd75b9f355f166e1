package job

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/overview"
)

// checkAll reads the whole input and checks it, as a dry run does. When anything is not valid it
// ends the run as a dry run ends; otherwise the input is read again to be sent.
func (r *run[T]) checkAll(ctx context.Context) error {
	target := r.target
	r.target = nil
	if !r.flags.Quiet {
		fmt.Fprintf(r.out, "Checking %s before anything is sent\n", r.input.Name)
	}
	started := time.Now()
	r.overview = overview.New(r.about(started))
	r.progress = console.NewProgress(r.progressConsole(), "Checking", r.input.Size)
	_, stopNotice := r.onInterrupt(ctx)
	rep := r.check(ctx)
	stopNotice()
	r.progress.Stop()
	if !rep.OK() || !r.complete || rep.Inputs < r.minRecords() {
		filesErr := r.closeFiles()
		r.summarize(ctx, rep, time.Since(started), nil)
		if filesErr != nil {
			return filesErr
		}
		return errNotAccepted
	}
	r.target = target
	if err := r.rewind(); err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: nothing was sent", context.Cause(ctx))
	} else if err != nil {
		return err
	}
	return nil
}

// rewind makes the run begin again.
func (r *run[T]) rewind() error {
	r.complete = false
	if err := r.report.reset(); err != nil {
		return err
	}
	if r.reader == nil {
		return nil // an iterator begins again by itself
	}
	if err := r.reader.Close(); err != nil {
		return err
	}
	if err := r.input.rewind(); err != nil {
		return err
	}
	return r.open(r.input)
}

// rewind goes back to where the input began. A file that was written to since it was opened is an
// error: what would be sent is not what was checked.
func (in *Input) rewind() error {
	seeker, ok := in.Reader.(io.Seeker)
	if !ok {
		return fmt.Errorf("%s cannot be read a second time, which -strict needs", in.Name)
	}
	if _, err := seeker.Seek(in.start, io.SeekStart); err != nil {
		return fmt.Errorf("%s cannot be read a second time, which -strict needs: %w", in.Name, err)
	}
	file, ok := in.Reader.(*regularFile)
	if !ok || in.info == nil || !in.info.Mode().IsRegular() { // a copy, which nobody else writes to
		return nil
	}
	info, err := file.Stat()
	if err == nil && (info.Size() != in.info.Size() || !info.ModTime().Equal(in.info.ModTime())) {
		err = fmt.Errorf("%s was changed while it was checked: nothing was sent", in.Name)
	}
	return err
}

// spool copies an input that can be read only once to a temporary file, whose removal is added
// to closers. Where the system allows it, the file has no name any more when it is written, so that
// nothing stays of a process that is killed.
func (in *Input) spool(ctx context.Context, closers *[]func()) error {
	if _, ok := in.Reader.(*regularFile); ok {
		return nil
	}
	file, err := os.CreateTemp("", "klarity-*")
	if err != nil {
		return err
	}
	named := os.Remove(file.Name()) != nil // Windows keeps the name of an open file
	*closers = append(*closers, func() {
		_ = file.Close()
		if named {
			_ = os.Remove(file.Name())
		}
	})
	if in.Size, err = io.Copy(file, in.Reader); err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: nothing was sent", context.Cause(ctx))
	} else if err != nil {
		return fmt.Errorf("reading %s: %w", in.Name, err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in.Reader = &regularFile{file, ctx}
	return nil
}
