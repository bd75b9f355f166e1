package job_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// Where -failed names a device or a link, it is not removed when all was accepted.
func TestFailedItemsOfADeviceOrALink(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	file, dir := jobtest.File(t, "in.csv", good), t.TempDir()
	link := filepath.Join(dir, "link")
	for _, to := range []string{os.DevNull, filepath.Join(dir, "file")} {
		if err := os.Symlink(to, link); err != nil {
			t.Skip(err)
		}
		jobtest.Run(t, upload, "", "-file", file, "-failed", link).Want(t, 0, nil, nil)
		if !exists(link) {
			t.Errorf("the link to %s was removed", to)
		}
		_ = os.Remove(link)
	}
}

// When the input was not read to its end, the file of -failed lacks what was not read, and says so.
func TestFailedItemsLackTheRest(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	failed := filepath.Join(t.TempDir(), "failed.json")
	in := `[{"id":"a","type":"vm"}, {"id":"b" "type":"vm"}, {"id":"c","type":"vm"}]`
	jobtest.Run(t, upload, "", "-file", jobtest.File(t, "in.json", in), "-failed", failed).Want(t, 1,
		[]string{"accepted        1"}, []string{"reading stopped here", "-failed " + failed + " is not complete: the rest of the input was not read"})
	if got := jobtest.Read(t, failed); !strings.Contains(got, `"b"`) {
		t.Errorf("got %q", got)
	}
}

// What was refused is sent again with the same flags.
func TestFailedItemsInAnotherEncoding(t *testing.T) {
	for name, in := range map[string]string{
		"jsonl": "{\"id\":\"a\",\"type\":\"vm\",\"name\":\"M\xfcnchen\"}\n",
		"json":  "[{\"id\":\"a\",\"type\":\"vm\",\"name\":\"M\xfcnchen\"}]",
		"csv":   "id,type,name\na,vm,M\xfcnchen\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := apitest.NewServer(t)
			jobtest.Environment(t, s)
			s.Script(apitest.Status(http.StatusBadRequest))
			failed := filepath.Join(t.TempDir(), "failed."+name)
			jobtest.Run(t, upload, "", "-encoding", "windows-1252", "-file", jobtest.File(t, "in."+name, in), "-failed", failed).Want(t, 1, nil, nil)
			jobtest.Run(t, upload, "", "-encoding", "windows-1252", "-file", failed).Want(t, 0, nil, nil)
			if records := s.Records(); len(records) != 1 || records[0].Name != "München" {
				t.Errorf("got %+v", records)
			}
		})
	}
}

// A row that may be cut off is refused when it is sent again, too.
func TestFailedItemsThatAreCutOff(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	failed := filepath.Join(t.TempDir(), "failed.csv")
	want := "id,type,name\nb,vm"
	for _, file := range []string{jobtest.File(t, "in.csv", "id,type,name\na,vm,x\nb,vm"), jobtest.File(t, "again.csv", want)} {
		jobtest.Run(t, upload, "", "-file", file, "-failed", failed).Want(t, 1, nil, []string{"is the file cut off?"})
		if got := jobtest.Read(t, failed); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
