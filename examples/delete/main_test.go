package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

const nid = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"

func TestWithoutCredentials(t *testing.T) {
	jobtest.Environment(t, nil)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	jobtest.Run(t, run, "", "-period", "all", "-report", report).Want(t, 1,
		[]string{"First the sample sheet was uploaded to it: 111 records.", "accepted       10", "invalid         2", "estate now holds 101 records", "This is intended"},
		[]string{"line 12", "line 13", "cannot clear a name"})
	lines := jobtest.Report(t, report, 12)
	if n := jobtest.Count(lines, "accepted"); n != 10 {
		t.Errorf("the report has %d accepted records, want 10", n)
	}
	if got, want := lines[0].ID, "lic-0003"; got != want {
		t.Errorf("report, line 1: got the id %q, want %q", got, want)
	}
}

func TestPeriodHasNoDefault(t *testing.T) {
	jobtest.Environment(t, nil)
	jobtest.Run(t, run, "").Want(t, 2, nil, []string{"-period is missing"})
	jobtest.Run(t, run, "", "-period", "next").Want(t, 2, nil, []string{"one of current, previous, all"})
}

func TestServerOfTheEnvironment(t *testing.T) {
	for _, period := range []string{"current", "previous", "all"} {
		s := apitest.NewServer(t)
		jobtest.Environment(t, s)
		report := filepath.Join(t.TempDir(), "report.jsonl")
		in := `{"nid":"` + nid + `"}` + "\n" + `{"id":"a","type":"vm"}` + "\n" + `{"id":"a","type":"vm","naem":"x"}`
		jobtest.Run(t, run, in, "-period", period, "-file", "-", "-format", "jsonl", "-report", report).Want(t, 1,
			[]string{"Deleting the standard input at " + s.URL, "accepted        2"}, []string{`line 3, type "vm" id "a": invalid`, `unknown field "naem"`})
		if lines := jobtest.Report(t, report, 3); lines[0].NID != nid || lines[1].ID != "a" {
			t.Errorf("got the report %+v, want the nid %s and then the id a", lines, nid)
		}
		requests := s.Requests()
		if last := requests[len(requests)-1]; last.Operation != apitest.Delete || !strings.Contains(string(last.Body), `"period":"`+period+`"`) {
			t.Errorf("got the request %s %s, want a delete from the period %s", last.Method, last.Body, period)
		}
	}
}

func TestDryRun(t *testing.T) {
	jobtest.Environment(t, nil)
	jobtest.Run(t, run, "", "-period", "all", "-dry-run").Want(t, 1, []string{"valid         10", "Nothing was sent."}, []string{"line 12"})
}

// The sheet that was uploaded can be used to delete.
func TestOtherColumnsAreIgnored(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	in := "ID;Type;currency;cost.2026-11-04\na;vm;EUR;1,5\n"
	jobtest.Run(t, run, in, "-period", "all", "-file", "-").Want(t, 0, []string{"accepted        1"},
		[]string{`delete: 2 columns are ignored, the first is column "currency": they do not name a record to delete`})
}

// The page does not compare what was deleted with what is left in the estate.
func TestPage(t *testing.T) {
	jobtest.Environment(t, nil)
	page := filepath.Join(t.TempDir(), "run.html")
	jobtest.Run(t, run, "", "-period", "all", "-html", page).Want(t, 1, nil, nil)
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "has a type but no id") {
		t.Errorf("got %v, and a page without the reasons", err)
	}
	if strings.Contains(string(text), "updated") {
		t.Error("the page says that deleted records were updated")
	}
}
