package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// What was not accepted is written as it stands in the input, and can be sent again.
func TestFailedItemsCanBeSentAgain(t *testing.T) {
	for name, tt := range map[string]struct{ in, want, mended string }{
		"csv": {"ID ; Type;tag.x\na;vm;\"1;2\"\n;vm;\"ö\n2\"\nb;vm;\nc;;3\n", "ID ; Type;tag.x\n;vm;\"ö\n2\"\nc;;3\n",
			"ID ; Type;tag.x\nx;vm;\"ö\n2\"\nc;vm;3\n"},
		"jsonl": {"{\"id\":\"a\",\"type\":\"vm\"}\n{\"id\" : \"b\"}\n\n{\"id\":\"c\",\"type\":\"vm\"}\n", "{\"id\" : \"b\"}\n", "{\"id\" : \"b\",\"type\":\"vm\"}\n"},
		"json":  {"{\"records\": [\n {\"id\":\"a\",\"type\":\"vm\"},\n {\"id\" : \"b\"}\n]}", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := apitest.NewServer(t)
			jobtest.Environment(t, s)
			failed := filepath.Join(t.TempDir(), "failed."+name)
			jobtest.Run(t, run, "", "-file", jobtest.File(t, "in."+name, tt.in), "-failed", failed).Want(t, 1, nil, []string{"is required"})
			got := jobtest.Read(t, failed)
			if tt.want != "" && got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if strings.Contains(got, `"a"`) || strings.Contains(got, "a;") {
				t.Errorf("what was accepted is in %q", got)
			}
			mended := strings.Replace(got, `{"id" : "b"}`, `{"id":"b","type":"vm"}`, 1)
			if tt.mended != "" {
				mended = tt.mended
			}
			jobtest.Run(t, run, "", "-file", jobtest.File(t, "mended."+name, mended), "-failed", failed).Want(t, 0, nil, nil)
			if _, err := os.Stat(failed); err == nil {
				t.Error("all was accepted, and there is a file of what was not")
			}
		})
	}
}

// Records that the API refuses, or that were never sent, are in the file, too.
func TestFailedItemsOfAllOutcomes(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	s.Intercept(func(*apitest.Request) *apitest.Fault { f := apitest.Status(400); return &f })
	failed := filepath.Join(t.TempDir(), "failed.csv")
	in := "id,type\na,vm\nb,vm\n"
	jobtest.Run(t, run, in, "-file", "-", "-format", "csv", "-failed", failed).Want(t, 1, []string{"rejected"}, nil)
	if got := jobtest.Read(t, failed); got != in {
		t.Errorf("got %q, want the whole input", got)
	}
	file := jobtest.File(t, "in.csv", in)
	jobtest.Run(t, run, "", "-file", file, "-failed", file).Want(t, 2, nil, []string{"is the file that is read"})
	if jobtest.Read(t, file) != in {
		t.Error("the input was overwritten")
	}
}

// With -strict nothing is sent unless all of it is valid, whatever the input is.
func TestStrict(t *testing.T) {
	bad, good := "id,type\na,vm\n,vm\n", "id,type\na,vm\nb,vm\n"
	for name, args := range map[string][]string{"a file": nil, "the standard input": {"-file", "-", "-format", "csv"}} {
		t.Run(name, func(t *testing.T) {
			s := apitest.NewServer(t)
			jobtest.Environment(t, s)
			upload := func(in string) jobtest.Result {
				report := filepath.Join(t.TempDir(), "report.jsonl")
				all := append([]string{"-strict", "-report", report}, args...)
				var stdin io.Reader = strings.NewReader(in)
				if args == nil {
					all, stdin = append(all, "-file", jobtest.File(t, "in.csv", in)), strings.NewReader("")
				}
				result := jobtest.RunWith(t.Context(), run, stdin, all...)
				jobtest.Report(t, report, 2) // one line for each, although the input is read twice
				return result
			}
			upload(bad).Want(t, 1, []string{"Checking ", "valid          1", "invalid        1", "Nothing was sent."}, []string{"line 3"})
			if n := len(jobtest.Sent(s)); n > 0 {
				t.Fatalf("got %d requests, want none", n)
			}
			upload(good).Want(t, 0, []string{"before anything is sent", "accepted        2"}, nil)
			if s.Len() != 2 || len(jobtest.Sent(s)) != 1 {
				t.Errorf("got %d records in %d requests", s.Len(), len(jobtest.Sent(s)))
			}
		})
	}
}

// The page and the summary are about the same run; both are escaped.
func TestPageAndSummary(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	page := filepath.Join(t.TempDir(), "run.html")
	in := "id,type,name,currency,cost.2026-11-01,cost.2026-11-02\n<b>a,vm,\x1b[31mx,EUR,1.10,2.205\nb,vm,y,EUR,,\n,vm,z,,,\n"
	jobtest.Run(t, run, "", "-file", jobtest.File(t, "in.csv", in), "-html", page).Want(t, 1,
		[]string{"What 2 accepted records add up to", "3.305", "records without"}, []string{"line 4"})
	text := jobtest.Read(t, page)
	for _, want := range []string{"<!doctype html>", "3.305", "&lt;b&gt;a", "is required", "<svg"} {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, "<b>a") || strings.Contains(text, "\x1b") {
		t.Error("text of the input is not escaped")
	}
	jobtest.Run(t, run, "", "-quiet", "-file", jobtest.File(t, "in.csv", "id,type\na,vm\n"), "-html", page).Want(t, 0, nil, nil)
	if !strings.Contains(jobtest.Read(t, page), "<svg") && !strings.Contains(jobtest.Read(t, page), "accepted") {
		t.Error("-quiet writes no page")
	}
	jobtest.Run(t, run, "", "-html", filepath.Join(page, "x")).Want(t, 2, nil, []string{"not a directory"})
}

// Cells that cannot be read and rules that the others break are told together; what follows from
// a wrong cell is not.
func TestWrongCellsAndBrokenRulesOfARow(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	in := "id,type,name,validThrough,currency,cost.2026-11-01,cost.2026-11-02\n" +
		"null,vm,null,2021-13,BTC,\"1,5\",-2\n" + // id, name and one cost cannot be read
		"b,vm,null,,EUR,\"1,5\",\n" // with no cost left, the currency is of no interest
	result := jobtest.Run(t, run, in, "-file", "-", "-format", "csv")
	result.Want(t, 1, nil, []string{
		`6 cells are wrong: (1) column "id": null: the API cannot clear an id (2) column "name": null: the API cannot clear a name (3) column "cost.2026-11-01": "1,5" has a decimal comma`,
		`column "validThrough": must be`, `column "currency": must be`, `column "cost.2026-11-02": must be`, "2 cells are wrong",
	})
	if strings.Contains(result.Err, "is required") {
		t.Errorf("what follows from a wrong cell is told: %s", result.Err)
	}
}

// A sheet is mended in one pass: each broken rule of a row is told, with its column.
func TestEveryBrokenRuleOfARow(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	in := "id,type,validThrough,currency,cost.2026-11-01,cost.2026-11-02\na,vm,2021-13,BTC,-1,2\n"
	jobtest.Run(t, run, in, "-file", "-", "-format", "csv", "-report", report).Want(t, 1, nil,
		[]string{"breaks 3 rules", `column "validThrough"`, `column "currency"`, `column "cost.2026-11-01"`})
	if l := jobtest.Report(t, report, 1)[0]; l.Line != 2 || l.Column == "" {
		t.Errorf("got %+v", l)
	}
}
