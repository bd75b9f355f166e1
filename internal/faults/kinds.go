package faults

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/internal/faults/far"
)

// Order is the kind of runs about the order of versions.
const Order = "order"

// kinds are runs about one thing each. In all of them every good record is accepted in the
// end, and the last version of each key is what the estate holds.
var kinds = map[string]func(*rand.Rand, *scenario){
	Order: order, "outages": outages, "changes": changes, "invalid": invalid, "poison": poisoned, "reused": reused,
}

// Kinds are the kinds of runs that there are beside those about single faults and several.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

func newKind(seed uint64, number int, kind string, asked operation) (*scenario, *rand.Rand) {
	rng := rand.New(rand.NewPCG(seed, uint64(number)))
	s := newScenario(rng, asked)
	s.name, s.strict, s.cancelAfter, s.deadline = kind, true, 0, 30*time.Second
	s.inputs.poison, s.plan.MaxObject = 0, 0
	kinds[kind](rng, s)
	return s, rng
}

// sometimes has a share of all requests meet each of the faults.
func (s *scenario) sometimes(share float64, faults ...apitest.Fault) {
	for _, f := range faults {
		s.plan.Bursts = append(s.plan.Bursts, far.Burst{Count: -1, Share: share, Fault: f})
	}
}

// order: many versions of few keys, while a quarter of the requests fails, requests are
// split because of their size, and refused ones are searched for the record at fault.
// Deletes alone have no order that they could show.
func order(rng *rand.Rand, s *scenario) {
	s.choose(rng, upsert, enrich, apply)
	s.inputs = inputs{records: 100 + rng.IntN(300), keys: 1 + rng.IntN(30), wrong: 0.01, poison: 0.02, size: 300}
	s.plan.MaxObject = maxObject
	s.bisect = 10_000
	s.retry = api.RetryPolicy{MaxAttempts: 40, BaseDelay: time.Millisecond, MaxDelay: 10 * time.Millisecond, Patience: 20 * time.Second}
	if rng.IntN(2) == 0 {
		s.plan.MaxBody = between(rng, 1000, 6000)
	}
	s.sometimes(0.04,
		apitest.Status(503), apitest.Status(429), apitest.DropResponse(), apitest.Reset(), apitest.Truncate(),
		apitest.Fault{Status: 504, Apply: true}, apitest.Delay(3*time.Millisecond))
}

// outages: in the middle of the input everything fails, for 6 to 40 times the longest wait
// between two tries.
func outages(rng *rand.Rand, s *scenario) {
	s.inputs.records = 400 + rng.IntN(800)
	s.inputs.keys = s.inputs.records / (1 + rng.IntN(3))
	s.pace = 4 * time.Millisecond
	s.retry.MaxDelay, s.retry.Patience = 100*time.Millisecond, 20*time.Second
	o := &s.plan.Outage
	o.At = 2 + rng.IntN(6)
	o.For = time.Duration(between(rng, 600, 2000)) * time.Millisecond
	switch s.name = pick(rng, "503", "500", "connection refused", "connection reset", "no answer"); s.name {
	case "503":
		o.Fault = apitest.Status(503)
	case "500":
		o.Fault = apitest.Status(500)
	case "connection refused":
		o.Refused = true
	case "connection reset":
		o.Fault = apitest.Reset()
	case "no answer":
		o.Fault = apitest.Hang()
		o.For *= 2 // some times the timeout, too
	}
	switch rng.IntN(4) {
	case 0:
		o.Identity = true
		s.name = "outage of the identity service: " + s.name
	case 1:
		o.API, o.Identity = true, true
		s.name = "outage of both: " + s.name
	default:
		o.API = true
		s.name = "outage of the API: " + s.name
	}
	s.measure = func(c *checker) bound {
		from, to := c.state.OutageFrom, c.state.OutageTo
		return bound{"requests in the outage", c.line.requests(from, to), s.mostProbes(to.Sub(from))}
	}
}

// mostProbes is how many requests an outage may cost, however many records wait. It is
// known by three failures in a row of requests begun after the last success; each of the
// batches in flight may have one that was begun before, and one more that was on its way
// when the third failed. From then on there is one at a time. The first four waits between
// them grow to MaxDelay, the others are at least half of it.
func (s *scenario) mostProbes(outage time.Duration) int {
	return 3 + 2*s.inFlight + 4 + int(outage/(s.retry.MaxDelay/2)) + 1
}

// changes: 31 versions of each key in a row, as a table of the days of a month has that is
// sorted by resource. That takes 31 batches one after the other, and no more than twice the
// requests that there are without faults.
func changes(rng *rand.Rand, s *scenario) {
	const days = 31
	s.name = "31 changes a key"
	s.choose(rng, upsert, enrich)
	keys := 20 + rng.IntN(60)
	s.inputs = inputs{records: days * keys, keys: keys, each: days, wrong: 0.01, size: 100}
	s.age = time.Second
	s.retry = api.RetryPolicy{MaxAttempts: 40, BaseDelay: time.Millisecond, MaxDelay: 10 * time.Millisecond, Patience: 20 * time.Second}
	s.sometimes(0.02,
		apitest.Status(503), apitest.Status(429), apitest.DropResponse(), apitest.Reset(),
		apitest.Fault{Status: 504, Apply: true}, apitest.Delay(3*time.Millisecond))
	full := (s.inputs.records + s.batchRecords - 1) / s.batchRecords
	s.measure = func(c *checker) bound { return bound{"requests", c.j.report.Requests, 2 * (full + days)} }
}

// invalid: almost all of the input, or all of it, breaks a rule. Results are told as they
// come, also when the input pauses, and the SDK holds no more of them than it says.
func invalid(rng *rand.Rand, s *scenario) {
	const (
		most  = 32_000
		chunk = 256 // results whose callback is under way
	)
	s.name = "90 % invalid"
	s.inputs = inputs{records: most + 8000 + rng.IntN(most), keys: 200, wrong: 0.9, size: 100}
	if rng.IntN(2) == 0 {
		s.name = "100 % invalid"
		s.inputs.wrong = 1
	}
	s.batchRecords = 100
	s.slow = rng.IntN(2) == 0
	s.halfway = true
	s.measure = func(c *checker) bound { return bound{"records held", c.j.open, most + chunk} }
}

// poisoned: the API cannot digest some records. Whatever request has one of them gets the
// same response: 400 or 422, which say so, or 500, which does not. Exactly these records
// fail, or are rejected.
func poisoned(rng *rand.Rand, s *scenario) {
	s.choose(rng, upsert, enrich, apply)
	s.plan.Poison = pick(rng, 500, 500, http.StatusUnprocessableEntity, http.StatusBadRequest)
	s.name = fmt.Sprint("poison: ", s.plan.Poison)
	s.inputs = inputs{records: 200 + rng.IntN(400), wrong: 0.01, poison: 0.01, size: 300, marked: true}
	s.inputs.keys = s.inputs.records
	s.retry = api.RetryPolicy{MaxAttempts: 4, BaseDelay: 5 * time.Millisecond, MaxDelay: 20 * time.Millisecond, Patience: 2 * time.Second}
	s.poisonIs = api.Rejected
	if s.plan.Poison == 500 {
		s.poisonIs = api.Failed
	}
	s.sometimes(0.02, apitest.Status(503), apitest.Delay(3*time.Millisecond))
}

// reused: the items are one and the same pointer, and so are the maps and slices in it;
// they are overwritten as soon as the SDK has given them back.
func reused(rng *rand.Rand, s *scenario) {
	s.name = "one pointer for all"
	s.reuse = true
	s.sometimes(0.03, apitest.Status(503), apitest.DropResponse(), apitest.Reset(), apitest.Truncate(), apitest.Delay(3*time.Millisecond))
	s.inputs.records *= 4
}
