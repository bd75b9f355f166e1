package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// The README's first command. Its output must not depend on the current date.
func TestWithoutCredentials(t *testing.T) {
	jobtest.Environment(t, nil)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	result := jobtest.Run(t, run, "", "-report", report)
	result.Want(t, 1,
		[]string{
			"No credentials are set", "emulator", "accepted      113", "invalid         7", "total         120", "2 requests, 0 retries",
			"estate now holds 111 records", "cost in 2026-11",
			"licence/design/team          2       126.0       EUR", // lic-0001: five days of 25.2, two were cleared
			"7 of 120 records were not accepted, so the exit status is 1", "This is intended",
		},
		[]string{
			`line 11, type "licence/office" id "lic-0901": invalid`, `"12,50"`, `"BTC"`, `"2021-06"`, `column "type": is required`,
			"cannot clear a name", `"-14.00"`, "line 110: invalid\n    the first line has 20 columns, this row has 21",
		})
	lines := jobtest.Report(t, report, 120)
	if n := jobtest.Count(lines, "invalid"); n != 7 {
		t.Errorf("the report has %d invalid records, want 7", n)
	}
}

func TestServerOfTheEnvironment(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	var in strings.Builder
	const n = 2500
	for i := range n {
		fmt.Fprintf(&in, `{"id":"vm-%d","type":"onprem/vm","tags":{"gone":null}}`+"\n", i)
	}
	report := filepath.Join(t.TempDir(), "report.jsonl")
	result := jobtest.Run(t, run, "", "-file", jobtest.File(t, "in.jsonl", in.String()), "-report", report)
	result.Want(t, 0, []string{s.URL, "accepted    2,500", "All records were accepted."}, nil)
	if result.Err != "" {
		t.Errorf("got errors: %s", result.Err)
	}
	for i, l := range jobtest.Report(t, report, n) {
		if l.ID != fmt.Sprintf("vm-%d", i) || l.Type != "onprem/vm" || l.Outcome != "accepted" {
			t.Fatalf("report, line %d: got %+v", i+1, l)
		}
	}
	tokens := 0
	for _, r := range s.Requests() {
		if r.Operation == apitest.Token {
			tokens++
		} else if r.Items > 1000 || r.Status != 202 {
			t.Errorf("got %d for a request of %d records, want 202 for at most 1000", r.Status, r.Items)
		}
	}
	if tokens != 1 || s.Len() != n {
		t.Errorf("got %d token requests and %d records in the estate, want 1 and %d", tokens, s.Len(), n)
	}
	if strings.Contains(result.Out, "emulator") {
		t.Error("the output mentions an emulator")
	}
}

func TestFlags(t *testing.T) {
	record := `{"id":"a","type":"vm","name":"` + strings.Repeat("x", 200) + `"}`
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		check func(t *testing.T, s *apitest.Server)
	}{
		{"stdin", []string{"-file", "-", "-format", "jsonl"}, record, nil},
		{"json", []string{"-file", "-", "-format", "json"}, `{"records":[` + record + `]}`, nil},
		{"csv", []string{"-file", "-", "-format", "csv"}, "id;type\na;vm\n", nil},
		{"without a format", []string{"-file", "-"}, "id;type\na;vm\n", nil},
		{"decimal and encoding", []string{"-file", "-", "-decimal", "comma", "-encoding", "windows-1252"}, "id;type;name;currency;cost.2026-11-04\na;vm;M\xfcnchen;EUR;1.234,5\n", func(t *testing.T, s *apitest.Server) {
			want := []string{`"name":"München"`, `"value":"1234.5"`}
			for _, r := range s.Requests() {
				for _, w := range want {
					if r.Operation == apitest.Upsert && !strings.Contains(string(r.Body), w) {
						t.Errorf("got the body %s, want %s in it", r.Body, w)
					}
				}
			}
		}},
		{"period", []string{"-period", "previous", "-file", "-", "-format", "jsonl"}, record, func(t *testing.T, s *apitest.Server) {
			for _, r := range s.Requests() {
				if r.Operation == apitest.Upsert && !strings.Contains(string(r.Body), `"insertInPeriod":"previous"`) {
					t.Errorf("got the body %s, want the period previous in it", r.Body)
				}
			}
		}},
		{"batch-bytes", []string{"-batch-bytes", "300", "-file", "-", "-format", "jsonl"},
			strings.ReplaceAll(record, `"a"`, `"1"`) + "\n" + strings.ReplaceAll(record, `"a"`, `"2"`), func(t *testing.T, s *apitest.Server) {
				n := 0
				for _, r := range s.Requests() {
					if r.Operation == apitest.Upsert {
						n++
						if r.Size > 300 {
							t.Errorf("got a body of %d bytes, want at most 300", r.Size)
						}
					}
				}
				if n != 2 {
					t.Errorf("got %d requests, want 2", n)
				}
			}},
		{"concurrency", []string{"-concurrency", "1", "-file", "-", "-format", "jsonl"}, record, nil},
		{"nothing", []string{"-file", "-", "-format", "jsonl", "-min-records", "0"}, "\n", func(t *testing.T, s *apitest.Server) {
			if n := len(jobtest.Sent(s)); n != 0 {
				t.Errorf("got %d requests for no records, want none", n)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := apitest.NewServer(t)
			jobtest.Environment(t, s)
			jobtest.Run(t, run, c.stdin, c.args...).Want(t, 0, nil, nil)
			if c.check != nil {
				c.check(t, s)
			}
		})
	}
}

func TestWrongUsageSendsNothing(t *testing.T) {
	good := jobtest.File(t, "good.csv", "id,type\na,vm\n")
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		want  string
	}{
		{"unknown flag", []string{"-fiel", good}, "", "-fiel"},
		{"argument", []string{good}, "", "a file is named with -file"},
		{"period", []string{"-period", "all"}, "", "one of current, previous"},
		{"concurrency", []string{"-concurrency", "0"}, "", "at least 1"},
		{"too high concurrency", []string{"-concurrency", "4000000000000000000"}, "", "-concurrency is 4000000000000000000, must be at most 1000"},
		{"batch-bytes", []string{"-batch-bytes", "-5"}, "", "at least 1"},
		{"format", []string{"-format", "xml", "-file", good}, "", "one of csv, jsonl, json, xlsx"},
		{"decimal", []string{"-decimal", "dot", "-file", good}, "", "one of comma, point"},
		{"encoding", []string{"-encoding", "latin1", "-file", good}, "", "one of utf-8, windows-1252"},
		{"sheet without a file", []string{"-sheet", "Costs"}, "", "-sheet is about a file: name it with -file"},
		{"sheet of CSV", []string{"-sheet", "Costs", "-file", good}, "", "-sheet is about workbooks, and this is a CSV file: leave it out"},
		{"format without a file", []string{"-format", "csv"}, "", "name it with -file"},
		{"no such file", []string{"-file", good + "x.csv"}, "", "no such file"},
		{"a directory", []string{"-file", filepath.Dir(good), "-format", "csv"}, "", "is a directory"},
		{"unknown format", []string{"-file", "-"}, "", "add -format csv, jsonl, json or xlsx"},
		{"headings", []string{"-file", "-", "-format", "csv"}, "id,tpye\n", `column 2, "tpye": unknown`},
		{"shape", []string{"-file", "-", "-format", "json"}, "{}", `no field "records"`},
		{"period of the file", []string{"-file", "-", "-format", "json"}, `{"insertInPeriod":"previous","records":[]}`, "set -period"},
		{"report over the input", []string{"-file", good, "-report", good}, "", "is the file that is read"},
		{"report nowhere", []string{"-file", good, "-report", filepath.Join(good, "x")}, "", "not a directory"},
		{"empty report", []string{"-report", ""}, "", "-report names no file"},
		{"report on a dash", []string{"-report", "-"}, "", "name /dev/stdout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := apitest.NewServer(t)
			jobtest.Environment(t, s)
			result := jobtest.Run(t, run, c.stdin, c.args...)
			result.Want(t, 2, nil, []string{"upload: ", c.want})
			if result.Out != "" && c.name[:6] != "report" {
				t.Errorf("got the output %q, want none", result.Out)
			}
			if n := len(jobtest.Sent(s)); n != 0 {
				t.Errorf("got %d requests, want none", n)
			}
		})
	}
	if b, err := os.ReadFile(good); err != nil || string(b) != "id,type\na,vm\n" {
		t.Errorf("got the input %q, %v, want it unchanged", b, err)
	}
}

// A program that is quiet prints errors and nothing else.
func TestWarnings(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	file := jobtest.File(t, "x.csv", "id,type,name\na,vm,NULL\na,vm,x\n")
	jobtest.Run(t, run, "", "-file", file).Want(t, 0, nil, []string{
		`upload: line 2, column "name": the cell holds the text NULL`, "upload: line 3 has the key of an earlier item: both are sent, in their order",
	})
	if result := jobtest.Run(t, run, "", "-quiet", "-file", file); result != (jobtest.Result{}) {
		t.Errorf("got %+v with -quiet, want status 0 and no output", result)
	}
}

// The report names the cell, as the standard error does.
func TestReportOfAWorkbook(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	report := filepath.Join(t.TempDir(), "report.jsonl")
	book := workbook(func(f *excelize.File) {
		f.SetSheetRow("Costs", "A2", &[]any{"a", "vm", "EUR", 12.5})
		f.SetSheetRow("Costs", "A17", &[]any{"b", "vm", "EUR", -1})
	})
	jobtest.Run(t, run, "", "-file", jobtest.File(t, "x.xlsx", book), "-report", report).Want(t, 1,
		[]string{"accepted        1", "invalid         1"}, []string{`Costs!D17, type "vm" id "b": invalid`})
	lines := jobtest.Report(t, report, 2)
	want := `Costs!D17: column "cost.2026-11-04": must be a decimal number with a dot, without sign or exponent; is "-1"`
	if got := lines[1].Error; got == nil || *got != want {
		t.Errorf("got the report %+v, want the error %s", lines[1], want)
	}
}

// Of a file that is not UTF-8, no row is sent.
func TestTextThatIsNotUTF8IsNotSent(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	in := "id,type,name\n" + strings.Repeat("a,vm,x\n", 20_000) + "b,vm,M\xfcnchen\n"
	jobtest.Run(t, run, "", "-file", jobtest.File(t, "x.csv", in)).Want(t, 2, nil, []string{"line 20002", "-encoding windows-1252"})
	for _, r := range s.Requests() {
		if r.Operation == apitest.Upsert {
			t.Errorf("got a request of %d records, want none", r.Items)
		}
	}
}

func TestInvalidEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"no secret":                     {map[string]string{"KLARITY_CLIENT_ID": "id"}, "KLARITY_CLIENT_SECRET"},
		"no id":                         {map[string]string{"KLARITY_CLIENT_SECRET": "s3cret"}, "KLARITY_CLIENT_ID"},
		"a URL alone":                   {map[string]string{"KLARITY_API_URL": "http://127.0.0.1:1"}, "KLARITY_CLIENT_ID"},
		"an audience alone":             {map[string]string{"KLARITY_AUDIENCE": "https://example.org"}, "KLARITY_AUDIENCE is set, KLARITY_CLIENT_ID"},
		"plain http":                    {map[string]string{"KLARITY_CLIENT_ID": "id", "KLARITY_CLIENT_SECRET": "s3cret", "KLARITY_API_URL": "http://example.org"}, "https"},
		"sample data to the public API": {map[string]string{"KLARITY_CLIENT_ID": "id", "KLARITY_CLIENT_SECRET": "s3cret"}, "-file is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			jobtest.Environment(t, nil)
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			result := jobtest.Run(t, run, "")
			result.Want(t, 2, nil, []string{c.want})
			if strings.Contains(result.Out+result.Err, "s3cret") {
				t.Error("the secret is shown")
			}
		})
	}
}

func TestHelp(t *testing.T) {
	result := jobtest.Run(t, run, "", "-h")
	result.Want(t, 0, []string{"go run ./examples/upload -file", "-dry-run", "KLARITY_CLIENT_ID", "Exit status"}, nil)
	if result.Err != "" {
		t.Errorf("got errors: %s", result.Err)
	}
}

func TestDryRun(t *testing.T) {
	jobtest.Environment(t, nil)
	t.Setenv("KLARITY_CLIENT_ID", "half set, and not looked at")
	report := filepath.Join(t.TempDir(), "report.jsonl")
	jobtest.Run(t, run, "", "-dry-run", "-report", report).Want(t, 1,
		[]string{"valid        113", "invalid        7", "Nothing was sent.", "7 of 120 records are not valid"}, []string{"line 11"})
	lines := jobtest.Report(t, report, 120)
	if v, i := jobtest.Count(lines, "valid"), jobtest.Count(lines, "invalid"); v != 113 || i != 7 {
		t.Errorf("the report has %d valid and %d invalid records, want 113 and 7", v, i)
	}
	jobtest.Run(t, run, `{"id":"a","type":"vm"}`, "-dry-run", "-file", "-", "-format", "jsonl").Want(t, 0, []string{"All records are valid."}, nil)
}

func TestQuiet(t *testing.T) {
	jobtest.Environment(t, nil)
	result := jobtest.Run(t, run, "", "-quiet")
	result.Want(t, 1, nil, []string{"line 11"})
	if result.Out != "" || strings.Contains(result.Err, "credentials") {
		t.Errorf("got the output %q and the errors %q, want no output and only the errors of records", result.Out, result.Err)
	}
	good := jobtest.File(t, "good.csv", "id,type\na,vm\n")
	if result := jobtest.Run(t, run, "", "-quiet", "-emulator", "-file", good); result != (jobtest.Result{}) {
		t.Errorf("got %+v, want status 0 and no output", result)
	}
	jobtest.Environment(t, apitest.NewServer(t))
	if result := jobtest.Run(t, run, "", "-quiet", "-file", good); result != (jobtest.Result{}) {
		t.Errorf("got %+v, want status 0 and no output", result)
	}
}

// An outage, or a mistake in every row, is reported in a few lines.
func TestErrorsAreBounded(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	var in strings.Builder
	in.WriteString("id,type,tag.x\n")
	for range 500 {
		in.WriteString(",vm,\n")
	}
	for i := range 50 {
		fmt.Fprintf(&in, "a%d,vm,x,%sy\n", i, strings.Repeat(",", i))
	}
	result := jobtest.Run(t, run, in.String(), "-file", "-", "-format", "csv")
	result.Want(t, 1, nil, []string{"and 499 more with the same error", "… and 41 more; -report FILE writes a line for each"})
	if n := strings.Count(result.Err, "\n"); n > 30 {
		t.Errorf("got %d lines of errors, want at most 30", n)
	}
}

func TestRejectedRecords(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	in := "id,type\n\"a\",vm\nb,\x1b[31mvm\n"
	s.Script(apitest.Status(400), apitest.Status(400), apitest.Status(400))
	report := filepath.Join(t.TempDir(), "r.jsonl")
	result := jobtest.Run(t, run, in, "-file", "-", "-format", "csv", "-report", report)
	result.Want(t, 1, []string{"rejected", "refused by the API"}, []string{"line 2", "400 Bad Request"})
	if strings.Contains(result.Err, "\x1b") {
		t.Errorf("got the errors %q, want no escape sequence of the input in them", result.Err)
	}
	if lines := jobtest.Report(t, report, 2); jobtest.Count(lines, "rejected") != 2 {
		t.Errorf("got %+v, want two rejected records", lines)
	}
}

func TestRefusedCredentials(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	t.Setenv("KLARITY_CLIENT_SECRET", "s3cret")
	result := jobtest.Run(t, run, "id,type\na,vm\n", "-file", "-", "-format", "csv")
	result.Want(t, 1, nil, []string{"upload: token request: 401 Unauthorized", "check the integration's ID and secret"})
	if strings.Contains(result.Out+result.Err, "s3cret") {
		t.Error("the secret is shown")
	}
}

func TestReportThatCannotBeWritten(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	result := jobtest.Run(t, run, "id,type\na,vm\n", "-file", "-", "-format", "csv", "-report", "/dev/full")
	result.Want(t, 1, []string{"accepted        1"}, []string{"-report /dev/full is not complete from index 0 on: no space left on device"})
	if s.Len() != 1 {
		t.Errorf("got %d records in the estate, want 1", s.Len())
	}
}

func TestRealBills(t *testing.T) {
	name := filepath.FromSlash("../../../shared/data/focus-records.jsonl")
	if _, err := os.Stat(name); err != nil {
		t.Skip("the file of real bills does not exist")
	}
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	jobtest.Run(t, run, "", "-file", name, "-report", report).Want(t, 1,
		[]string{"accepted      620", "invalid         1"}, []string{"line 420", `"-2.61370000000"`})
	lines := jobtest.Report(t, report, 621)
	if n := jobtest.Count(lines, "accepted"); n != 620 {
		t.Errorf("the report has %d accepted records, want 620", n)
	}
	if got := lines[419].Outcome; got != "invalid" {
		t.Errorf("report, line 420: got %s, want invalid", got)
	}
	if s.Len() != 620 {
		t.Errorf("the estate holds %d records, want 620", s.Len())
	}
}

func TestReportIsJSONWhateverTheInput(t *testing.T) {
	jobtest.Environment(t, nil)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	in := "id,type,name\n\"<a&b>\u2028\n\",vm,\n\u00ff\x00,vm,null\n\"a\",vm,\"open\n"
	jobtest.Run(t, run, in, "-dry-run", "-file", "-", "-format", "csv", "-report", report)
	lines := jobtest.Report(t, report, 3)
	if want := "<a&b>\u2028\n"; lines[0].ID != want {
		t.Errorf("got the id %q, want %q", lines[0].ID, want)
	}
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(string(b), "\n"); !json.Valid([]byte(first)) {
		t.Errorf("got the line %q, want JSON", first)
	}
	if want := "<a&b>"; !strings.Contains(string(b), want) {
		t.Errorf("got the report %q, want %q in it, without escapes", b, want)
	}
}
