package job_test

import (
	"context"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/models"
)

// With -strict, a file that changes between the two times that it is read is not sent.
func TestStrictSendsWhatWasChecked(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	file := jobtest.File(t, "in.csv", good)
	changed := false
	grow := program(func(*models.EstateRecord) {
		if !changed {
			changed = true
			if err := os.WriteFile(file, []byte(good+"c,vm\n"), 0o600); err != nil {
				t.Error(err)
			}
		}
	})
	jobtest.Run(t, grow, "", "-strict", "-file", file).Want(t, 1, nil, []string{"was changed while it was checked: nothing was sent"})
	if n := len(jobtest.Sent(s)); n > 0 {
		t.Errorf("got %d requests, want none", n)
	}
}

// The standard input may begin in the middle of a file, which -strict reads from there both times.
func TestStrictFromTheMiddleOfAFile(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	file, err := os.Open(jobtest.File(t, "in.csv", "# a comment\n"+good))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(int64(len("# a comment\n")), io.SeekStart); err != nil {
		t.Fatal(err)
	}
	jobtest.RunWith(t.Context(), upload, file, "-strict", "-file", "-").Want(t, 0, []string{"accepted        2"}, nil)
}

// An interrupt between the two times that the input is read is no wrong usage.
func TestStrictIsInterruptedAfterTheCheck(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	interrupt := program(func(r *models.EstateRecord) {
		if r.ID == "b" {
			cancel()
		}
	})
	result := jobtest.RunWith(ctx, interrupt, strings.NewReader(""), "-strict", "-file", jobtest.File(t, "in.csv", good))
	result.Want(t, 1, nil, []string{"context canceled: nothing was sent"})
	if strings.Contains(result.Err, "responses") {
		t.Errorf("nothing was sent, and responses are waited for: %s", result.Err)
	}
	if n := len(jobtest.Sent(s)); n > 0 {
		t.Errorf("got %d requests, want none", n)
	}
}

// What -strict copies has no name, so nothing stays of it when the process is killed.
func TestStrictCopyHasNoName(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps the name of an open file")
	}
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	look := program(func(*models.EstateRecord) {
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
			t.Errorf("got %v, %v in the directory of temporary files, want none", files, err)
		}
	})
	jobtest.Run(t, look, good, "-strict", "-file", "-").Want(t, 0, []string{"accepted        2"}, nil)
}
