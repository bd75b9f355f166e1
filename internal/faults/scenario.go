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
	"github.com/klarity-go/klarity/internal/faults/far"
	"github.com/klarity-go/klarity/models"
)

// scenario is a run in the making.
type scenario struct {
	name   string
	parts  []string // the faults, where they are several
	plan   far.Plan
	inputs inputs

	operation    operation
	asked        operation             // that the run is to have, if its kind allows it; "": any
	period       models.InsertInPeriod // of upserts that name none
	uploader     bool                  // items are added one by one
	timeout      time.Duration         // of a request
	deadline     time.Duration         // of the run
	retry        api.RetryPolicy
	inFlight     int
	batchRecords int
	batchBytes   int
	bisect       int
	cancelAfter  int           // results the caller gives up; 0: it does not
	patience     time.Duration // after which it does; 0: it does not
	age          time.Duration // of a batch
	pace         time.Duration // after each sixteenth item
	slow         bool          // the callback takes its time
	halfway      bool          // in the middle, the input waits until all before has its result
	reuse        bool          // all items are in the same memory
	poisonIs     api.Outcome   // what poison has to be; 0: all but accepted
	// measure finds a number that has a bound.
	measure func(*checker) bound
	// strict runs must accept whatever is good: their faults do not outlast the retries.
	strict bool
}

// newScenario is what all runs have in common: small batches, so that there are many
// requests to hit, and short waits.
func newScenario(rng *rand.Rand, asked operation) *scenario {
	s := &scenario{
		asked:        asked,
		inputs:       inputs{records: 60 + rng.IntN(240), wrong: 0.01, size: 300},
		uploader:     rng.IntN(4) == 0,
		timeout:      600 * time.Millisecond,
		deadline:     12 * time.Second,
		retry:        api.RetryPolicy{MaxAttempts: 10, BaseDelay: 10 * time.Millisecond, MaxDelay: 200 * time.Millisecond, Patience: 2 * time.Second},
		age:          5 * time.Millisecond,
		inFlight:     1 + rng.IntN(4),
		batchRecords: 8 + rng.IntN(24),
	}
	s.choose(rng, upsert, upsert, remove, enrich, apply)
	s.inputs.keys = s.inputs.records * (1 + rng.IntN(3)) / 2
	if s.operation == apply { // few keys, as its order is what it is about
		s.inputs.keys = 1 + s.inputs.records/(2+rng.IntN(12))
	}
	if s.operation != remove && rng.IntN(3) == 0 { // nothing that a locator has is refused by this emulator alone
		s.inputs.poison = 0.01
		s.plan.MaxObject = maxObject
	}
	if rng.IntN(8) == 0 {
		s.cancelAfter = 1 + rng.IntN(s.inputs.records)
	}
	if rng.IntN(12) == 0 {
		s.deadline = time.Duration(between(rng, 100, 800)) * time.Millisecond
	}
	s.plan.Seed = rng.Uint64()
	return s
}

// choose takes one of the operations that a run may have.
func (s *scenario) choose(rng *rand.Rand, from ...operation) {
	s.operation, s.period = pick(rng, from...), ""
	if slices.Contains(from, s.asked) {
		s.operation = s.asked
	}
	if s.operation == apply {
		s.period = pick(rng, "", "", models.InsertInPeriodCurrent, models.InsertInPeriodPrevious)
	}
}

// options are those of the run or the uploader.
func (s *scenario) options(onResult func(api.Result)) []api.RunOption {
	opts := []api.RunOption{
		api.OnResult(onResult), api.InFlight(s.inFlight), api.BatchRecords(s.batchRecords),
		api.BatchBytes(s.batchBytes), api.BisectBudget(s.bisect), api.BatchAge(s.age),
	}
	if s.period != "" {
		opts = append(opts, api.InPeriod(s.period))
	}
	return opts
}

// asks is what the run asks for, and how.
func (s *scenario) asks() string {
	if s.uploader {
		return string(s.operation) + " by an Uploader"
	}
	return string(s.operation)
}

// newRun makes the run of a number. Two of three runs have one fault, and take them in
// turn; the third has several at a time. If only is set, all runs have one of the faults
// with that in their name; if asked is, all runs have that operation.
func newRun(seed uint64, number int, only string, asked operation) (*scenario, *rand.Rand) {
	rng := rand.New(rand.NewPCG(seed, uint64(number)))
	s := newScenario(rng, asked)
	if faults := named(only); only == "" && number%3 == 2 {
		mix(rng, s)
	} else {
		f := faults[turn(number, only)%len(faults)]
		s.name = f.name
		f.into(rng, s)
	}
	s.beHonest()
	return s, rng
}

func turn(number int, only string) int {
	if only != "" {
		return number
	}
	return number - number/3
}

func named(part string) (faults []fault) {
	for _, f := range single {
		if strings.Contains(f.name, part) {
			faults = append(faults, f)
		}
	}
	return faults
}

// mix puts two to four faults into one run. Those that end a run are taken seldom, for
// they hide the others.
func mix(rng *rand.Rand, s *scenario) {
	for n := 2 + rng.IntN(3); n > 0; {
		f := single[rng.IntN(len(single))]
		if f.ends && rng.IntN(5) > 0 {
			continue
		}
		f.into(rng, s)
		s.parts = append(s.parts, f.name)
		n--
	}
	s.name = "several at a time"
}

// beHonest keeps the emulator from answering 202 to what it refused: what it says in place
// of a true answer stands whatever that was. A lie of the API's is beyond any client.
func (s *scenario) beHonest() {
	refuses := s.plan.MaxBody > 0 || s.plan.RotateAt > 0 || s.plan.Lie != ""
	for _, b := range s.plan.Bursts {
		refuses = refuses || b.Fault.Revoke
	}
	for i, b := range s.plan.Bursts {
		if b.Fault.Status != http.StatusAccepted {
			continue
		}
		s.inputs.poison, s.plan.MaxObject = 0, 0
		if refuses { // the body alone can be replaced, by one that is not empty
			s.plan.Bursts[i].Fault.Status, s.plan.Bursts[i].Fault.Apply = 0, false
			s.plan.Bursts[i].Fault.Body = cmp.Or(b.Fault.Body, " ")
		}
	}
}

// within bounds what the harness itself waits for: far more than any run may take.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Minute)
}
