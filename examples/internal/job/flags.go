package job

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klarity-go/klarity/examples/internal/source"
)

// Flags are the flags that the programs share.
type Flags struct {
	*flag.FlagSet
	File        string
	Format      string
	Decimal     source.Decimal
	Encoding    source.Encoding
	Sheet       string
	DryRun      bool
	Report      string
	HTML        string
	FailedItems string
	Strict      bool
	Quiet       bool
	Emulator    bool
	MinRecords  int
	Patience    time.Duration
	Grace       time.Duration
	Concurrency int
	BatchBytes  int

	// Inputs are files that a program reads besides that of -file. None of the files that a run
	// writes may be one of them.
	Inputs []string

	// Environment is printed in the help before the variables that the programs share: a line for
	// each that the program has of its own.
	Environment string

	about     string
	required  []string
	readsFile bool
}

// NewFlags declares the shared flags of a program that reads a file. about is printed before
// the list of flags in its help.
func NewFlags(program, about string) *Flags {
	f := NewFlagsWithoutFile(program, about)
	f.readsFile = true
	f.StringVar(&f.File, "file", "", "read the items from `FILE`; - is the standard input")
	f.StringVar(&f.Format, "format", "", "the file's `FORMAT` is csv, jsonl, json or xlsx; by default it is seen by the content")
	OneOf(f, &f.Decimal, "decimal", "amounts in a sheet have a decimal `MARK`, comma (1.234,56) or point (1,234.56); by default they\nhave a point and nothing between thousands", source.DecimalComma, source.DecimalPoint)
	OneOf(f, &f.Encoding, "encoding", "a text without a byte order mark has the `ENCODING` utf-8 (the default) or windows-1252", source.UTF8, source.Windows1252)
	f.StringVar(&f.Sheet, "sheet", "", "read the sheet `NAME` of a workbook (default the first visible one)")
	f.StringVar(&f.FailedItems, "failed", "", "write what was not accepted to `FILE` as it stands in the input, ready to be sent again")
	f.IntVar(&f.MinRecords, "min-records", -1, "fewer than `N` records are an error (default 1 for the standard input, whose program may have failed)")
	return f
}

// NewSourceFlags declares the shared flags of a program that makes records, or enrichments, of
// what another system tells. again is the command that sends what -failed has written.
func NewSourceFlags(program, about, again string) *Flags {
	f := NewFlagsWithoutFile(program, about)
	f.StringVar(&f.FailedItems, "failed", "", "write what was not accepted to `FILE`, as JSON lines that "+again+" sends again")
	f.IntVar(&f.MinRecords, "min-records", 1, "fewer than `N` records are an error: a source that shows nothing may have failed")
	return f
}

// NewFlagsWithoutFile declares the shared flags of a program whose items come from elsewhere.
func NewFlagsWithoutFile(program, about string) *Flags {
	f := &Flags{FlagSet: flag.NewFlagSet(program, flag.ContinueOnError), about: about}
	f.SetOutput(io.Discard)
	f.BoolVar(&f.DryRun, "dry-run", false, "check everything, send nothing; needs no credentials")
	f.StringVar(&f.Report, "report", "", "write the outcome of each item to `FILE`, as JSON lines in the order of the input")
	f.StringVar(&f.HTML, "html", "", "write a page about the run to `FILE`: what the records add up to, and what was refused")
	f.BoolVar(&f.Strict, "strict", false, "check everything first, and send nothing unless all of it is valid")
	f.BoolVar(&f.Quiet, "quiet", false, "print nothing but errors")
	f.BoolVar(&f.Emulator, "emulator", false, "send to an emulator inside this program, whatever the environment says")
	f.DurationVar(&f.Patience, "patience", defaultPatience, "wait out an outage for this `TIME`; 0 ends the run at the third failure in a row")
	f.DurationVar(&f.Grace, "grace", defaultGrace, "when interrupted, wait for responses for this `TIME`")
	f.IntVar(&f.Concurrency, "concurrency", 0, "send up to `N` requests at a time (default 4)")
	f.IntVar(&f.BatchBytes, "batch-bytes", 0, "limit a request's body to `N` bytes (default 4 MiB)")
	return f
}

// OneOf declares a flag whose value is one of the given words.
func OneOf[T ~string](f *Flags, to *T, name, usage string, words ...T) {
	f.Func(name, usage, func(s string) error {
		for _, w := range words {
			if s == string(w) {
				*to = w
				return nil
			}
		}
		return fmt.Errorf("must be one of %s", join(words))
	})
}

func join[T ~string](words []T) string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return strings.Join(s, ", ")
}

// Require makes a flag required.
func (f *Flags) Require(name string) { f.required = append(f.required, name) }

// Parse parses the arguments. If done, the program must exit with status: it has printed its
// help or an error.
func (f *Flags) Parse(args []string, std Streams) (status int, done bool) {
	err := f.FlagSet.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		f.help(std.Out)
		return Accepted, true
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return f.Refuse(std, err), true
	}
	return Accepted, false
}

// Refuse prints what is wrong with the flags or the environment, and returns the exit status.
func (f *Flags) Refuse(std Streams, err error) int {
	return exit(std, f.Name(), usagef("%w (see %s -h)", err, f.Name()))
}

func (f *Flags) check() error {
	switch {
	case f.NArg() > 0 && f.Lookup("file") != nil:
		return fmt.Errorf("unexpected argument %q: a file is named with -file", f.Arg(0))
	case f.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	isSet := map[string]bool{}
	f.Visit(func(fl *flag.Flag) { isSet[fl.Name] = true })
	for _, name := range f.required {
		if !isSet[name] {
			return fmt.Errorf("-%s is missing: it has no default", name)
		}
	}
	switch {
	case isSet["concurrency"] && f.Concurrency < 1:
		return fmt.Errorf("-concurrency is %d, must be at least 1", f.Concurrency)
	case f.Concurrency > maxConcurrency:
		return fmt.Errorf("-concurrency is %d, must be at most %d", f.Concurrency, maxConcurrency)
	case isSet["batch-bytes"] && f.BatchBytes < 1:
		return fmt.Errorf("-batch-bytes is %d, must be at least 1", f.BatchBytes)
	case isSet["min-records"] && f.MinRecords < 0:
		return fmt.Errorf("-min-records is %d, must be at least 0", f.MinRecords)
	case f.Patience < 0, f.Grace < 0:
		return errors.New("-patience and -grace must not be negative")
	case isSet["file"] && f.File == "":
		return errors.New("-file names no file")
	case isSet["report"] && f.Report == "":
		return errors.New("-report names no file")
	case isSet["html"] && f.HTML == "":
		return errors.New("-html names no file")
	case isSet["failed"] && f.FailedItems == "":
		return errors.New("-failed names no file")
	case f.Report == "-", f.HTML == "-", f.FailedItems == "-":
		return errors.New("-report, -html and -failed write files: for the standard output name /dev/stdout")
	case f.FailedItems != "" && f.File == "" && f.readsFile:
		return errors.New("-failed is about a file: name it with -file")
	case f.Format != "" && f.Format != "csv" && f.Format != "jsonl" && f.Format != "json" && f.Format != "xlsx":
		return fmt.Errorf("-format is %q, must be one of csv, jsonl, json, xlsx", f.Format)
	}
	for _, name := range []string{"format", "decimal", "encoding", "sheet"} {
		if isSet[name] && f.File == "" {
			return fmt.Errorf("-%s is about a file: name it with -file", name)
		}
	}
	return nil
}

func (f *Flags) help(w io.Writer) {
	fmt.Fprintf(w, "%s\n\nFlags:\n", strings.TrimSpace(f.about))
	f.SetOutput(w)
	f.PrintDefaults()
	fmt.Fprintf(w, "\nEnvironment:\n%s%s", f.Environment, environment)
}

// maxConcurrency bounds -concurrency: for each request, 2,000 records may be held.
const maxConcurrency = 1000

// The defaults of flags. A stopped container is killed after ten seconds, as a rule.
const (
	defaultPatience = 15 * time.Minute
	defaultGrace    = 5 * time.Second
)

const environment = `  KLARITY_CLIENT_ID, KLARITY_CLIENT_SECRET   the integration's credentials; with neither
                                             set, an emulator runs in this process, for
                                             sample data only
  KLARITY_API_URL, KLARITY_TOKEN_URL, KLARITY_AUDIENCE
                                             the endpoints, when not the public ones
  NO_COLOR                                   no colours

Exit status: 0 if every item was accepted, 1 if some were not or there were too few, 2 if
nothing was sent because of the flags, the environment, or a file that cannot be read.
`
