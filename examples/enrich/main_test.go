package main

import (
	"path/filepath"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

const nid = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"

func TestWithoutCredentials(t *testing.T) {
	jobtest.Environment(t, nil)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	jobtest.Run(t, run, "", "-report", report).Want(t, 0,
		[]string{"First the sample sheet was uploaded to it: 111 records.", "accepted       38", "38 of them enriched", "All records were accepted."}, nil)
	if lines := jobtest.Report(t, report, 38); lines[0].NID == "" {
		t.Errorf("report, line 1: got %+v, want a nid", lines[0])
	}
}

func TestServerOfTheEnvironment(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	in := "nid,data.state,data.backup.last\n" + nid + ",ok,2026-11-07\nno-nid,ok,\n" + nid + ",,\n"
	jobtest.Run(t, run, in, "-file", "-", "-format", "csv").Want(t, 1,
		[]string{"accepted        1", "invalid         2"}, []string{`line 3, nid "no-nid": invalid`, "line 4"})
	if data, ok := s.Enrichment(nid); !ok || data["state"] != "ok" {
		t.Errorf("got the enrichment %v, want the state ok", data)
	}
}

// The sample data is read twice, too.
func TestStrict(t *testing.T) {
	jobtest.Environment(t, nil)
	jobtest.Run(t, run, "", "-strict").Want(t, 0, []string{"before anything is sent", "All records were accepted."}, nil)
}

func TestWithoutAFile(t *testing.T) {
	jobtest.Environment(t, nil)
	jobtest.Run(t, run, "", "-dry-run").Want(t, 2, nil, []string{"-file is missing"})
	jobtest.Environment(t, apitest.NewServer(t))
	jobtest.Run(t, run, "").Want(t, 2, nil, []string{"-file is missing"})
}
