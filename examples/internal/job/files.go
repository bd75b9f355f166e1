package job

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/klarity-go/klarity/examples/internal/overview"
	"github.com/klarity-go/klarity/examples/internal/source"
)

// openFiles opens the files that the run writes. What an earlier run has written stays in them
// until [run.beginFiles], so that a run that sends nothing because of a wrong flag loses nothing.
func (r *run[T]) openFiles() (err error) {
	if err := r.flags.keepInputs(); err != nil {
		return usageError{err}
	}
	var info os.FileInfo
	if r.input != nil {
		info = r.input.info
	}
	if r.report, err = openReport(r.flags.Report, info, r.flags.Strict && r.target != nil); err != nil {
		return usageError{err}
	}
	if r.page, err = openOutput("-html", r.flags.HTML, info, r.report.file); err != nil {
		return usageError{err}
	}
	var frame source.Frame // JSON lines have none
	if r.reader != nil {
		frame = r.reader.Frame()
	}
	if r.failed, err = openFailedItems(r.flags.FailedItems, info, frame, r.report.file, r.page); err != nil {
		return usageError{err}
	}
	return nil
}

// beginFiles empties the files that the run writes.
func (r *run[T]) beginFiles() error {
	err := errors.Join(begin(r.report.file), begin(r.page))
	if r.failed != nil {
		err = errors.Join(err, begin(r.failed.file))
	}
	if err != nil {
		return usageError{err}
	}
	return nil
}

// keepInputs returns an error if a file that is to be written is one that is read.
func (f *Flags) keepInputs() error {
	for _, output := range []struct{ flag, name string }{{"-report", f.Report}, {"-html", f.HTML}, {"-failed", f.FailedItems}} {
		written, err := os.Stat(output.name)
		if err != nil {
			continue // it does not exist yet, or no flag names it
		}
		for _, input := range f.Inputs {
			if read, err := os.Stat(input); err == nil && os.SameFile(read, written) {
				return fmt.Errorf("%s %s is a file that is read", output.flag, output.name)
			}
		}
	}
	return nil
}

// wantsOverview reports whether what the records add up to is printed or written: a quiet job
// without a page does no work for it.
func (r *run[T]) wantsOverview() bool { return !r.flags.Quiet || r.page != nil }

// about is what the overview says of the run.
func (r *run[T]) about(started time.Time) overview.Run {
	o := overview.Run{Source: r.input.Name, DryRun: r.target == nil, Started: started}
	if r.target != nil {
		o.Target, o.Emulator = r.target.URL, r.target.Emulator != nil
	}
	if o.Emulator {
		o.Target = "an emulator"
	}
	return o
}

// closeFiles completes the files that the run writes.
func (r *run[T]) closeFiles() error {
	var pageErr error
	if r.page != nil {
		pageErr = r.overview.WriteHTML(r.page)
		if err := r.page.Close(); pageErr == nil {
			pageErr = err
		}
		if pageErr != nil {
			pageErr = fmt.Errorf("-html %s is not complete: %w", r.page.Name(), pageErr)
		}
	}
	if r.failed != nil && r.reader != nil {
		r.failed.frame.Tail = r.reader.Frame().Tail
	}
	return errors.Join(r.report.close(), r.failed.close(r.complete && !r.stopped), pageErr)
}
