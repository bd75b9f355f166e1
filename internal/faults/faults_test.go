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
	seed        = flag.Uint64("seed", fromEnv("FAULT_SEED", rand.Uint64()), "seed of all random decisions, also FAULT_SEED")
	runs        = flag.Uint64("runs", fromEnv("FAULT_RUNS", 75), "number of runs of TestFaults, also FAULT_RUNS")
	only        = flag.Int("only", -1, "number of the only run to do")
	serviceTime = flag.Duration("service", time.Duration(fromEnv("FAULT_SERVICE", 3))*time.Second, "duration of each service, also FAULT_SERVICE, in seconds")
	kills       = flag.Uint64("kills", fromEnv("FAULT_KILLS", 6), "number of kills of TestKill, also FAULT_KILLS")
	records     = flag.Uint64("records", fromEnv("FAULT_RECORDS", 5000), "number of records of TestKill, also FAULT_RECORDS")
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

// runSuite runs a suite with the values of the flags, and logs its tables.
func runSuite(t *testing.T, s Suite) {
	t.Helper()
	s.Seed, s.Only, s.Parallel, s.RerunCommand = *seed, *only, 6, "go test -race -run '^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$' ."
	t.Logf("seed %d", s.Seed)
	tables, err := s.Run(t.Context())
	if tables != nil {
		var text strings.Builder
		if err := tables.Write(&text); err != nil {
			t.Error(err)
		}
		t.Log("\n" + text.String())
	}
	if err != nil {
		t.Error(err)
	}
}

// Under every fault, each input has one outcome, which is true; nothing is lost, no goroutine
// is leaked, and the run ends in time.
func TestFaults(t *testing.T) { runSuite(t, Suite{Runs: int(*runs)}) }

// The last version of each record wins, whatever was retried or split before.
func TestOrder(t *testing.T) { runSuite(t, Suite{Runs: int(*runs)/5 + 1, Kind: Order}) }

// Changes of one record keep their order across operations and periods, under every fault.
func TestApply(t *testing.T) { runSuite(t, Suite{Runs: int(*runs)/5 + 1, Operation: "Apply"}) }

// Runs of each of [Kinds] pass the checks of their kind.
func TestKinds(t *testing.T) {
	for _, kind := range Kinds() {
		if kind != Order {
			t.Run(kind, func(t *testing.T) { runSuite(t, Suite{Runs: int(*runs)/20 + 1, Kind: kind}) })
		}
	}
}

// A long-lived uploader under faults loses nothing, keeps its bounds, and ends with Close, even if
// its callback is slow or panics.
func TestServices(t *testing.T) {
	for _, callback := range []string{Quick, Slow, Panicking} {
		t.Run(callback, func(t *testing.T) {
			server, err := backend.Start()
			if err != nil {
				t.Fatal(err)
			}
			result, err := ServiceTest{Seed: *seed, Duration: *serviceTime, Producers: 64, Callback: callback}.Run(t.Context(), server)
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Close(); err != nil {
				t.Error(err)
			}
			t.Logf("seed %d: %v; %d faults, %d flushes, at most %d records pending, Close took %v; heap: %v",
				*seed, result.Report, result.Faults, result.Flushes, result.MaxPending, result.Close, result.Heap)
			for _, problem := range result.Problems {
				t.Error(problem)
			}
			if result.Report.Accepted == 0 || result.Faults == 0 {
				t.Errorf("got %d records accepted and %d faults, want more than 0 of both", result.Report.Accepted, result.Faults)
			}
		})
	}
}

// The reports of an upload are true, however it is killed, and a last start completes the estate.
func TestKill(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such signals")
	}
	program, err := BuildUpload(t.Context(), "../../examples", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server, err := backend.Start()
	if err != nil {
		t.Fatal(err)
	}
	result, err := KillTest{Seed: *seed, Records: int(*records), Kills: int(*kills), Program: program, Dir: t.TempDir()}.Run(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("seed %d: %+v", *seed, result)
	for _, problem := range result.Problems {
		t.Error(problem)
	}
}
