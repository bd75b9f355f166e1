package job_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
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
