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

// scenario is the configuration of a run.
type scenario struct {
	name      string
	faults    []string // if there are several
	plan      backend.Plan
	inputSpec inputSpec

	operation          operation
	requested          operation             // the operation to choose if the kind of run allows it; "": any
	period             models.InsertInPeriod // of InPeriod; "": without
	uploader           bool                  // the run uses an Uploader
	timeout            time.Duration         // of a request
	deadline           time.Duration         // of the run
	retry              api.RetryPolicy
	inFlight           int
	batchRecords       int
	batchBytes         int
	bisectBudget       int
	cancelAfterResults int           // the caller cancels after so many results; 0: it does not
	cancelAfterTime    time.Duration // the caller cancels after this time; 0: it does not
	batchAge           time.Duration
	pause              time.Duration // of the pause after every 16th item
	slowCallback       bool          // the callback sleeps for 1 ms at every 64th result
	waitHalfway        bool          // the input waits in the middle until all items so far have results
	reuseMemory        bool          // all items share their memory
	poisonOutcome      api.Outcome   // of poison items; 0: any but Accepted
	// measureBound, if set, returns a quantity that must not exceed a bound.
	measureBound func(*checker) bound
	// strict runs must accept every valid item, as their faults do not outlast the retries.
	strict bool
}

// newScenario returns what all runs have in common: small batches, so that faults have many
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
	if s.operation == opApply { // few keys: these runs are about order
		s.inputSpec.keys = 1 + s.inputSpec.records/(2+rng.IntN(12))
	}
	if s.operation != opDelete && rng.IntN(3) == 0 { // locators cannot be poison
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

// chooseOperation chooses the requested operation, if the run can have it, or a random one.
func (s *scenario) chooseOperation(rng *rand.Rand, from ...operation) {
	s.operation, s.period = pick(rng, from...), ""
	if slices.Contains(from, s.requested) {
		s.operation = s.requested
	}
	if s.operation == opApply {
		s.period = pick(rng, "", "", models.InsertInPeriodCurrent, models.InsertInPeriodPrevious)
	}
}

// options returns the options of the run or of the uploader.
func (s *scenario) options(onResult func(api.Result)) []api.RunOption {
	opts := []api.RunOption{
		api.OnResult(onResult), api.InFlight(s.inFlight), api.BatchRecords(s.batchRecords),
		api.BatchBytes(s.batchBytes), api.BisectBudget(s.bisectBudget), api.BatchAge(s.batchAge),
	}
	if s.period != "" {
		opts = append(opts, api.InPeriod(s.period))
	}
	return opts
}

// operationLabel is the name of the run in the table by operation.
func (s *scenario) operationLabel() string {
	if s.uploader {
		return string(s.operation) + " by an Uploader"
	}
	return string(s.operation)
}

// newFaultScenario returns the run with that number. Two of three runs have one fault, in
// turn; the third has several. If only is set, every run has one of the faults with that text
// in their name. If requested is set, every run has that operation.
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

// addSeveralFaults adds two to four faults. Those that end a run are chosen seldom, as they
// hide the others.
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
	s.name = "several faults"
}

// preventFalseAccepts keeps the emulator from responding with 202 to a request that it has
// refused: a fault's status replaces the true one, whatever that is. No client can detect a
// false 202.
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
		if refuses { // replace only the body, by one that is not empty
			s.plan.Bursts[i].Fault.Status, s.plan.Bursts[i].Fault.Apply = 0, false
			s.plan.Bursts[i].Fault.Body = cmp.Or(b.Fault.Body, " ")
		}
	}
}

// withHarnessTimeout bounds the waits of the harness itself. No run may take that long.
func withHarnessTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Minute)
}
