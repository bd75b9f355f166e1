package job_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/models"
)

// A report that cannot be begun again is refused before anything is read.
func TestStrictReportMustBeAFile(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	file := jobtest.File(t, "in.csv", good)
	jobtest.Run(t, upload, "", "-strict", "-file", file, "-report", os.DevNull).Want(t, 2, nil, []string{"is not a regular file"})
	jobtest.Run(t, upload, "", "-strict", "-file", file, "-report", os.DevNull, "-dry-run").Want(t, 0, nil, nil)
	jobtest.Run(t, upload, "", "-file", file, "-report", os.DevNull, "-html", os.DevNull).Want(t, 0, nil, nil)
}

// Two flags must not write the same file.
func TestFilesOfSeveralFlags(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	file, name := jobtest.File(t, "in.csv", good), filepath.Join(t.TempDir(), "out")
	for _, flags := range [][2]string{{"-report", "-html"}, {"-report", "-failed"}, {"-html", "-failed"}} {
		jobtest.Run(t, upload, "", "-file", file, flags[0], name, flags[1], name).Want(t, 2, nil,
			[]string{flags[1] + " " + name + " is the file that another flag names"})
	}
}

// A run that cannot begin leaves what an earlier one has written.
func TestFilesOfARunThatDoesNotBegin(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	in, dir := jobtest.File(t, "in.csv", good), t.TempDir()
	failing := func(ctx context.Context, args []string, std job.Streams) int {
		flags := job.NewSourceFlags("program", "", "upload -file")
		if status, done := flags.Parse(args, std); done {
			return status
		}
		return job.Run(ctx, std, flags, job.Operation[models.EstateRecord]{
			Items: func(context.Context, *job.Target) (*job.Input, iter.Seq2[*models.EstateRecord, error], error) {
				return nil, nil, errors.New("the vCenter does not respond")
			},
		})
	}
	report, page := jobtest.File(t, "report.jsonl", "of yesterday"), jobtest.File(t, "page.html", "of yesterday")
	failed := jobtest.File(t, "failed.jsonl", "of yesterday")
	jobtest.Run(t, upload, "", "-file", in, "-report", report, "-html", dir).Want(t, 2, nil, []string{dir})
	jobtest.Run(t, upload, "", "-file", in, "-report", report, "-html", page, "-failed", dir).Want(t, 2, nil, []string{dir})
	jobtest.Run(t, failing, "", "-report", report, "-html", page, "-failed", failed).Want(t, 1, nil, []string{"does not respond"})
	for _, name := range []string{report, page, failed} {
		if got := jobtest.Read(t, name); got != "of yesterday" {
			t.Errorf("got %q in %s, want it unchanged", got, name)
		}
	}
}

// A run replaces what an earlier one has written.
func TestFilesAreReplaced(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	in, long := jobtest.File(t, "in.csv", good), strings.Repeat("of yesterday\n", 1<<16)
	for name, program := range map[string]jobtest.Program{"a file": upload, "a source": yields(seq(vm("a")), nil)} {
		report, page := jobtest.File(t, "report.jsonl", long), jobtest.File(t, "page.html", long)
		args := []string{"-report", report, "-html", page}
		if name == "a file" {
			args = append(args, "-file", in)
		}
		jobtest.Run(t, program, "", args...).Want(t, 0, nil, nil)
		if strings.Contains(jobtest.Read(t, report)+jobtest.Read(t, page), "of yesterday") {
			t.Errorf("%s: what was there before is still there after a run", name)
		}
	}
}
