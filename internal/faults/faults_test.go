package faults

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/internal/faults/backend"
)

var (
	seed        = flag.Uint64("seed", fromEnv("FAULT_SEED", rand.Uint64()), "of all that is random, also FAULT_SEED")
	runs        = flag.Uint64("runs", fromEnv("FAULT_RUNS", 75), "of TestFaults, also FAULT_RUNS")
	only        = flag.Int("only", -1, "the number of the one run to do")
	serviceTime = flag.Duration("service", time.Duration(fromEnv("FAULT_SERVICE", 3))*time.Second, "how long each service lives, also FAULT_SERVICE, in seconds")
	kills       = flag.Uint64("kills", fromEnv("FAULT_KILLS", 6), "of TestKill, also FAULT_KILLS")
	records     = flag.Uint64("records", fromEnv("FAULT_RECORDS", 5000), "of TestKill, also FAULT_RECORDS")
)

func fromEnv(name string, otherwise uint64) uint64 {
	n, err := strconv.ParseUint(cmp.Or(os.Getenv(name), strconv.FormatUint(otherwise, 10)), 10, 64)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(2)
	}
	return n
}

func TestMain(m *testing.M) {
	Main()
	flag.Parse()
	os.Exit(m.Run())
}

// suite runs as the flags say, and prints what became of it.
func runSuite(t *testing.T, s Suite) {
	t.Helper()
	s.Seed, s.Only, s.Parallel, s.RerunCommand = *seed, *only, 6, "go test -race -run '^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$' ."
	t.Logf("seed %d", s.Seed)
	tables, err := s.Run(t.Context())
	if tables != nil {
		var text strings.Builder
		tables.Write(&text)
		t.Log("\n" + text.String())
	}
	if err != nil {
		t.Error(err)
	}
}

// Whatever goes wrong, one outcome for each input, nothing lost, nothing claimed that is
// not so, no goroutine left, and an end in time.
func TestFaults(t *testing.T) { runSuite(t, Suite{Runs: int(*runs)}) }

// The last version of each record wins, whatever was repeated and split before.
func TestOrder(t *testing.T) { runSuite(t, Suite{Runs: int(*runs)/5 + 1, Kind: Order}) }

// Changes of one record keep their order across operations and periods, whatever goes wrong.
func TestApply(t *testing.T) { runSuite(t, Suite{Runs: int(*runs)/5 + 1, Operation: "Apply"}) }

// What [Kinds] says of each kind.
func TestKinds(t *testing.T) {
	for _, kind := range Kinds() {
		if kind != Order {
			t.Run(kind, func(t *testing.T) { runSuite(t, Suite{Runs: int(*runs)/20 + 1, Kind: kind}) })
		}
	}
}

func TestServices(t *testing.T) {
	for _, callback := range []string{Quick, Slow, Panicking} {
		t.Run(callback, func(t *testing.T) {
			p, err := backend.Start()
			if err != nil {
				t.Fatal(err)
			}
			served, err := ServiceTest{Seed: *seed, Duration: *serviceTime, Producers: 64, Callback: callback}.Run(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			t.Logf("seed %d: %v; %d faults, %d flushes, at most %d records open, Close took %v; heap: %v",
				*seed, served.Report, served.Faults, served.Flushes, served.MaxPending, served.Close, served.Heap)
			for _, problem := range served.Problems {
				t.Error(problem)
			}
			if served.Report.Accepted == 0 || served.Faults == 0 {
				t.Error("nothing was accepted, or nothing went wrong")
			}
		})
	}
}

func TestKill(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals on Windows")
	}
	program, err := BuildUpload(t.Context(), "../../examples", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p, err := backend.Start()
	if err != nil {
		t.Fatal(err)
	}
	killed, err := KillTest{Seed: *seed, Records: int(*records), Kills: int(*kills), Program: program, Dir: t.TempDir()}.Run(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("seed %d: %+v", *seed, killed)
	for _, problem := range killed.Problems {
		t.Error(problem)
	}
}
