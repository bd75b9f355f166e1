package faults

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/models"
)

// scenario is a run in the making.
type scenario struct {
	name      string
	faults    []string // the faults, where they are several
	plan      backend.Plan
	inputSpec inputSpec

	operation          operation
	requested          operation             // that the run is to have, if its kind allows it; "": any
	period             models.InsertInPeriod // of upserts that name none
	uploader           bool                  // items are added one by one
	timeout            time.Duration         // of a request
	deadline           time.Duration         // of the run
	retry              api.RetryPolicy
	inFlight           int
	batchRecords       int
	batchBytes         int
	bisect             int
	cancelAfterResults int           // results the caller gives up; 0: it does not
	cancelAfterTime    time.Duration // after which it does; 0: it does not
	batchAge           time.Duration // of a batch
	pace               time.Duration // after each sixteenth item
	slowCallback       bool          // the callback takes its time
	waitHalfway        bool          // in the middle, the input waits until all before has its result
	reuseMemory        bool          // all items are in the same memory
	poisonOutcome      api.Outcome   // what poison has to be; 0: all but accepted
	// measure finds a number that has a bound.
	measureBound func(*checker) bound
	// strict runs must accept whatever is good: their faults do not outlast the retries.
	strict bool
}

// newScenario is what all runs have in common: small batches, so that there are many
// requests to hit, and short waits.
func newScenario(rng *rand.Rand, requested operation) *scenario {
	s := &scenario{
		requested:    requested,
		inputSpec:    inputSpec{records: 60 + rng.IntN(240), invalidShare: 0.01, maxPadding: 300},
		uploader:     rng.IntN(4) == 0,
		timeout:      600 * time.Millisecond,
		deadline:     12 * time.Second,
		retry:        api.RetryPolicy{MaxAttempts: 10, BaseDelay: 10 * time.Millisecond, MaxDelay: 200 * time.Millisecond, Patience: 2 * time.Second},
		batchAge:     5 * time.Millisecond,
		inFlight:     1 + rng.IntN(4),
		batchRecords: 8 + rng.IntN(24),
	}
	s.chooseOperation(rng, opUpsert, opUpsert, opDelete, opEnrich, opApply)
	s.inputSpec.keys = s.inputSpec.records * (1 + rng.IntN(3)) / 2
	if s.operation == opApply { // few keys, as its order is what it is about
		s.inputSpec.keys = 1 + s.inputSpec.records/(2+rng.IntN(12))
	}
	if s.operation != opDelete && rng.IntN(3) == 0 { // nothing that a locator has is refused by this emulator alone
		s.inputSpec.poisonShare = 0.01
		s.plan.MaxObject = maxObject
	}
	if rng.IntN(8) == 0 {
		s.cancelAfterResults = 1 + rng.IntN(s.inputSpec.records)
	}
	if rng.IntN(12) == 0 {
		s.deadline = time.Duration(randBetween(rng, 100, 800)) * time.Millisecond
	}
	s.plan.Seed = rng.Uint64()
	return s
}

// choose takes one of the operations that a run may have.
func (s *scenario) chooseOperation(rng *rand.Rand, from ...operation) {
	s.operation, s.period = pick(rng, from...), ""
	if slices.Contains(from, s.requested) {
		s.operation = s.requested
	}
	if s.operation == opApply {
		s.period = pick(rng, "", "", models.InsertInPeriodCurrent, models.InsertInPeriodPrevious)
	}
}

// options are those of the run or the uploader.
func (s *scenario) options(onResult func(api.Result)) []api.RunOption {
	opts := []api.RunOption{
		api.OnResult(onResult), api.InFlight(s.inFlight), api.BatchRecords(s.batchRecords),
		api.BatchBytes(s.batchBytes), api.BisectBudget(s.bisect), api.BatchAge(s.batchAge),
	}
	if s.period != "" {
		opts = append(opts, api.InPeriod(s.period))
	}
	return opts
}

// asks is what the run asks for, and how.
func (s *scenario) operationLabel() string {
	if s.uploader {
		return string(s.operation) + " by an Uploader"
	}
	return string(s.operation)
}

// newRun makes the run of a number. Two of three runs have one fault, and take them in
// turn; the third has several at a time. If only is set, all runs have one of the faults
// with that in their name; if asked is, all runs have that operation.
func newFaultScenario(seed uint64, number int, only string, requested operation) (*scenario, *rand.Rand) {
	rng := rand.New(rand.NewPCG(seed, uint64(number)))
	s := newScenario(rng, requested)
	if faults := faultsNamed(only); only == "" && number%3 == 2 {
		addSeveralFaults(rng, s)
	} else {
		f := faults[faultIndex(number, only)%len(faults)]
		s.name = f.name
		f.addTo(rng, s)
	}
	s.preventFalseAccepts()
	return s, rng
}

func faultIndex(number int, only string) int {
	if only != "" {
		return number
	}
	return number - number/3
}

func faultsNamed(part string) (faults []fault) {
	for _, f := range allFaults {
		if strings.Contains(f.name, part) {
			faults = append(faults, f)
		}
	}
	return faults
}

// mix puts two to four faults into one run. Those that end a run are taken seldom, for
// they hide the others.
func addSeveralFaults(rng *rand.Rand, s *scenario) {
	for n := 2 + rng.IntN(3); n > 0; {
		f := allFaults[rng.IntN(len(allFaults))]
		if f.endsRun && rng.IntN(5) > 0 {
			continue
		}
		f.addTo(rng, s)
		s.faults = append(s.faults, f.name)
		n--
	}
	s.name = "several at a time"
}

// beHonest keeps the emulator from answering 202 to what it refused: what it says in place
// of a true answer stands whatever that was. A lie of the API's is beyond any client.
func (s *scenario) preventFalseAccepts() {
	refuses := s.plan.MaxBody > 0 || s.plan.RotateSecretAt > 0 || s.plan.ExpiresIn != ""
	for _, b := range s.plan.Bursts {
		refuses = refuses || b.Fault.Revoke
	}
	for i, b := range s.plan.Bursts {
		if b.Fault.Status != http.StatusAccepted {
			continue
		}
		s.inputSpec.poisonShare, s.plan.MaxObject = 0, 0
		if refuses { // the body alone can be replaced, by one that is not empty
			s.plan.Bursts[i].Fault.Status, s.plan.Bursts[i].Fault.Apply = 0, false
			s.plan.Bursts[i].Fault.Body = cmp.Or(b.Fault.Body, " ")
		}
	}
}

// within bounds what the harness itself waits for: far more than any run may take.
func withHarnessTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Minute)
}
