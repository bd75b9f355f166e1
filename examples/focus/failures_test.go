package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/focus/internal/billtest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// Bad input is one clear error, and nothing is sent.
func TestBadFiles(t *testing.T) {
	good := table("1,USD,2026-10-01,AWS,S3,r")
	zipped := string(billtest.Gzip([]byte(strings.Repeat(good, 500)), 20))
	for name, test := range map[string]struct{ file, want string }{
		"half-written gzip": {zipped[:len(zipped)/2], "it is cut off"},
		"cut last line":     {good + "2,USD,2026-1", "line 3: has 3 cells, the first line has 6, and no line end: the file is cut off here"},
		"wrong columns":     {"a,b\n1,2\n", "this is not FOCUS 1.0, 1.1 or 1.2"},
		"Parquet":           {"PAR1....", "this is Parquet"},
		"a wrong amount":    {table("1,USD,2026-10-01,AWS,S3,r", "1;5,USD,2026-10-01,AWS,S3,r"), `line 3, column BilledCost: "1;5" is not an amount`},
		"escapes":           {table("\x1b[31m,USD,2026-10-01,AWS,S3,r"), `"\x1b[31m" is not an amount`},
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t)
			file := jobtest.File(t, "bill.csv", test.file)
			out := filepath.Join(t.TempDir(), "out.csv")
			if err := os.WriteFile(out, []byte("of an earlier run"), 0o600); err != nil {
				t.Fatal(err)
			}
			result := runFocus(t, "-file", jobtest.File(t, "good.csv", good), "-file", file, "-negative", out)
			result.Want(t, 2, nil, []string{"focus: ", file, test.want})
			if n := len(jobtest.Sent(s)); n > 0 || strings.Contains(result.Err, "\x1b") {
				t.Errorf("got %d requests, and the errors %q", n, result.Err)
			}
			if kept, err := os.ReadFile(out); err != nil || string(kept) != "of an earlier run" {
				t.Errorf("got %q, %v in the file of an earlier run, want it as it was", kept, err)
			}
		})
	}
}

// Nothing looks sent that was not, and no file is read twice or written over.
func TestWrongUsage(t *testing.T) {
	file := jobtest.File(t, "bill.csv", table("1,USD,2026-10-01,AWS,S3,r"))
	empty := jobtest.File(t, "empty.csv", header)
	link := file + ".link"
	if err := os.Link(file, link); err != nil {
		t.Skip(err)
	}
	for name, test := range map[string]struct {
		environment bool
		args        []string
		want        string
	}{
		"no credentials":      {false, []string{"-file", file}, "so nothing would reach Klarity"},
		"no file":             {true, nil, "-file"},
		"no file, quiet":      {false, []string{"-quiet"}, "-quiet is for jobs"},
		"sample and file":     {true, []string{"-sample", "-file", file}, "exclude each other"},
		"missing":             {true, []string{"-file", file + ".missing"}, "no such file"},
		"a folder":            {true, []string{"-file", filepath.Dir(file)}, "is a directory"},
		"twice":               {true, []string{"-file", file, "-file", link}, "its costs would count twice"},
		"standard input":      {true, []string{"-file", "-", "-file", "-"}, "can be read once"},
		"no name":             {true, []string{"-file", ""}, "names no file"},
		"cost":                {true, []string{"-file", file, "-cost", "Price"}, "must be one of BilledCost, EffectiveCost, ListCost, ContractedCost"},
		"type":                {true, []string{"-file", file, "-type", "x"}, "must be one of service, resource-type, provider"},
		"over the bill":       {true, []string{"-file", file, "-negative", link}, "is a file that is read"},
		"report":              {true, []string{"-file", file, "-report", link}, "is a file that is read"},
		"one file for two":    {true, []string{"-file", file, "-negative", file + ".x", "-reconciliation", file + ".x"}, "is the file of -negative, too"},
		"the same by a path":  {true, []string{"-file", file, "-negative", file + ".y", "-reconciliation", filepath.Dir(file) + "/./bill.csv.y"}, "is the file of -negative, too"},
		"report and another":  {true, []string{"-file", file, "-report", file + ".z", "-negative", filepath.Dir(file) + "/./bill.csv.z"}, "is the file of -report, too"},
		"a URL":               {true, []string{"-file", "https://example.com/bill.csv?X-Amz-Signature=secret"}, "-file names a URL"},
		"dash":                {true, []string{"-file", file, "-reconciliation", "-"}, "/dev/stdout"},
		"empty name":          {true, []string{"-file", file, "-negative", ""}, "names no file"},
		"cannot be written":   {true, []string{"-file", file, "-negative", filepath.Join(file, "x")}, "-negative: "},
		"an argument":         {true, []string{file}, "a file is named with -file"},
		"too few":             {true, []string{"-file", empty, "-dry-run"}, "focus: " + empty + " has 0 records, fewer than 1"},
		"half of Klarity set": {true, []string{"-file", file, "-emulator=x"}, "invalid boolean"},
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t)
			if !test.environment {
				jobtest.Environment(t, nil)
			}
			status := 2
			if name == "too few" {
				status = 1
			}
			result := runFocus(t, test.args...)
			result.Want(t, status, nil, []string{test.want})
			if strings.Contains(result.Err, "Signature") {
				t.Errorf("the errors show the signature of a URL: %s", result.Err)
			}
			if n := len(jobtest.Sent(s)); n > 0 {
				t.Errorf("got %d requests, want none", n)
			}
		})
	}
}

// -temp names a folder that can be written, or nothing is read.
func TestTempDir(t *testing.T) {
	s := server(t)
	file := jobtest.File(t, "bill.csv", table("1,USD,2026-10-01,AWS,S3,r"))
	jobtest.Run(t, run, "", "-file", file, "-temp", filepath.Join(file, "x")).Want(t, 1, nil, []string{"focus: making a temporary folder for the sums (-temp, or TMPDIR, chooses another place): "})
	if n := len(jobtest.Sent(s)); n > 0 {
		t.Errorf("got %d requests", n)
	}
}

// Wrong credentials cost no input.
func TestWrongCredentials(t *testing.T) {
	s := server(t)
	t.Setenv("KLARITY_CLIENT_SECRET", "wrong-secret")
	file := jobtest.File(t, "bill.csv", "this would be refused\n")
	runFocus(t, "-file", file).Want(t, 1, nil, []string{"focus: ", "401"})
	if n := len(jobtest.Sent(s)); n > 0 {
		t.Errorf("got %d requests", n)
	}
}

// An interrupt while the bill is read sends nothing, also while nobody writes to the standard input.
func TestInterruptWhileReading(t *testing.T) {
	s := server(t)
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer w.Close()
	go func() {
		_, _ = io.WriteString(w, table("1,USD,2026-10-01,AWS,S3,r"))
		cancel()
	}()
	temp := t.TempDir()
	result := jobtest.RunWith(ctx, run, r, "-file", "-", "-temp", temp)
	result.Want(t, 1, nil, []string{"context canceled: nothing was sent"})
	checkTraces(t, result, temp)
	if n := len(jobtest.Sent(s)); n > 0 {
		t.Errorf("got %d requests", n)
	}
}

// An interrupt while records are sent: the reconciliation says what was not.
func TestInterruptWhileSending(t *testing.T) {
	s := server(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.Intercept(func(*apitest.Request) *apitest.Fault {
		cancel()
		return &apitest.Fault{Hang: true}
	})
	var rows []string
	for i := range 30_000 {
		rows = append(rows, "0.1,USD,2026-10-01,AWS,S3,r"+string(rune('a'+i%26))+strings.Repeat("x", i/26%1200))
	}
	temp := t.TempDir()
	result := jobtest.RunWith(ctx, run, nil, "-file", jobtest.File(t, "bill.csv", table(rows...)), "-temp", temp, "-grace", "50ms", "-type", "provider")
	result.Want(t, 1, []string{"provider        bill  sent  not sent  difference", "aws       USD  3,000     0     3,000           0", "It balances"}, nil)
	checkTraces(t, result, temp)
}

// A file that somebody writes to while it is read, or puts in place of it, may be half of a bill.
func TestChangedWhileRead(t *testing.T) {
	for name, change := range map[string]func(file string) error{
		"grown": func(file string) error {
			return os.WriteFile(file, []byte(table("1,USD,2026-10-01,AWS,S3,r", "1,USD,2026-10-01,AWS,S3,r")), 0o600)
		},
		"replaced": func(file string) error {
			before, err := os.Stat(file)
			if err != nil {
				return err
			}
			// As long, and as old, as a copy may be.
			if err := os.WriteFile(file+".new", []byte(table("1,USD,2026-10-02,AWS,S3,r")), 0o600); err != nil {
				return err
			}
			if err := os.Chtimes(file+".new", before.ModTime(), before.ModTime()); err != nil {
				return err
			}
			return os.Rename(file+".new", file)
		},
		"removed": os.Remove,
	} {
		s := server(t)
		file := jobtest.File(t, "bill.csv", table("1,USD,2026-10-01,AWS,S3,r"))
		stdin := io.MultiReader(readerFunc(func([]byte) (int, error) { // it is read after the file
			if err := change(file); err != nil {
				t.Error(err)
			}
			return 0, io.EOF
		}), strings.NewReader(table("2,USD,2026-10-01,AWS,S3,r")))
		temp := t.TempDir()
		result := jobtest.RunWith(t.Context(), run, stdin, "-temp", temp, "-file", file, "-file", "-")
		result.Want(t, 2, nil, []string{"focus: " + file + " was changed while the bill was read"})
		checkTraces(t, result, temp)
		if n := len(jobtest.Sent(s)); n > 0 {
			t.Errorf("%s: got %d requests, want none", name, n)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
