package job_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// A value that is quoted in an error is not taken for the name of a field.
func TestColumnsInBrokenRules(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	in := "id,type,validThrough,currency,cost.2026-11-01\na,vm,2026-13,validThrough: 3,1\n"
	jobtest.Run(t, upload, in, "-file", "-").Want(t, 1, nil,
		[]string{`column "currency": `, `is "validThrough: 3"`, `column "validThrough": `, `is "2026-13"`})
}

// What a file or a server says does not move the cursor, or colour the text.
func TestErrorsArePrintable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file has such a name on Windows")
	}
	jobtest.Environment(t, apitest.NewServer(t))
	for _, result := range []jobtest.Result{
		jobtest.Run(t, upload, "", "-file", "no\x1b[31m.csv"),
		jobtest.Run(t, upload, "", "-file", jobtest.File(t, "in\x1b[31m.csv", good)),
		jobtest.Run(t, upload, "", "-file", jobtest.File(t, "in\x1b[31m.csv", good), "-min-records", "3"),
	} {
		if strings.Contains(result.Out+result.Err, "\x1b") {
			t.Errorf("got %q", result.Out+result.Err)
		}
	}
}
