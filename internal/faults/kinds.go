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
	"github.com/klarity-go/klarity/internal/faults/backend"
)

// Order is the kind of the runs that are about the order of versions.
const Order = "order"

// kinds are runs about one subject each. In all of them every valid record has to be accepted
// in the end, and the estate has to hold the last version of each key.
var kinds = map[string]func(*rand.Rand, *scenario){
	Order: orderScenario, "outages": outageScenario, "changes": changesScenario, "invalid": invalidScenario, "poison": poisonScenario, "reused": reuseScenario,
}

// Kinds returns the kinds of runs other than those with one or several faults.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

func newKindScenario(seed uint64, number int, kind string, requested operation) (*scenario, *rand.Rand) {
	rng := rand.New(rand.NewPCG(seed, uint64(number)))
	s := newScenario(rng, requested)
	s.name, s.strict, s.cancelAfterResults, s.deadline = kind, true, 0, 30*time.Second
	s.inputSpec.poisonShare, s.plan.MaxObject = 0, 0
	kinds[kind](rng, s)
	return s, rng
}

// addRandomFaults makes each of the faults hit a share of all requests.
func (s *scenario) addRandomFaults(share float64, faults ...apitest.Fault) {
	for _, f := range faults {
		s.plan.Bursts = append(s.plan.Bursts, backend.Burst{Count: -1, Share: share, Fault: f})
	}
}

// orderScenario has many versions of few keys, while a quarter of the requests fails, requests
// are split because of their size, and refused requests are bisected to find the bad record.
// There is none for deletes: their order leaves no trace.
func orderScenario(rng *rand.Rand, s *scenario) {
	s.chooseOperation(rng, opUpsert, opEnrich, opApply)
	s.inputSpec = inputSpec{records: 100 + rng.IntN(300), keys: 1 + rng.IntN(30), invalidShare: 0.01, poisonShare: 0.02, maxPadding: 300}
	s.plan.MaxObject = maxObject
	s.bisectBudget = 10_000
	s.retry = api.RetryPolicy{MaxAttempts: 40, BaseDelay: time.Millisecond, MaxDelay: 10 * time.Millisecond, Patience: 20 * time.Second}
	if rng.IntN(2) == 0 {
		s.plan.MaxBody = randBetween(rng, 1000, 6000)
	}
	s.addRandomFaults(0.04,
		apitest.Status(503), apitest.Status(429), apitest.DropResponse(), apitest.Reset(), apitest.Truncate(),
		apitest.Fault{Status: 504, Apply: true}, apitest.Delay(3*time.Millisecond))
}

// outageScenario has an outage in the middle of the input, for 6 to 40 times the longest wait
// between two attempts.
func outageScenario(rng *rand.Rand, s *scenario) {
	s.inputSpec.records = 400 + rng.IntN(800)
	s.inputSpec.keys = s.inputSpec.records / (1 + rng.IntN(3))
	s.pause = 4 * time.Millisecond
	s.retry.MaxDelay, s.retry.Patience = 100*time.Millisecond, 20*time.Second
	o := &s.plan.Outage
	o.AtRequest = 2 + rng.IntN(6)
	o.Duration = time.Duration(randBetween(rng, 600, 2000)) * time.Millisecond
	switch s.name = pick(rng, "503", "500", "connection refused", "connection reset", "no response"); s.name {
	case "503":
		o.Fault = apitest.Status(503)
	case "500":
		o.Fault = apitest.Status(500)
	case "connection refused":
		o.RefuseConnections = true
	case "connection reset":
		o.Fault = apitest.Reset()
	case "no response":
		o.Fault = apitest.Hang()
		o.Duration *= 2 // several times the timeout, too
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
	s.measureBound = func(c *checker) bound {
		from, to := c.state.OutageStart, c.state.OutageEnd
		return bound{"requests in the outage", c.recorder.requestsBetween(from, to), s.maxOutageRequests(to.Sub(from))}
	}
}

// maxOutageRequests is the number of requests that the SDK may send during an outage, however
// many records are waiting. The SDK detects an outage by three consecutive failures of
// requests that it sent after the last success. In addition, each batch in flight may have one
// request that was sent before that success, and one that was in flight at the third failure.
// From then on the SDK sends one probe at a time: after the first one come four whose waits
// grow to MaxDelay, and then one for each half of MaxDelay, the shortest wait.
func (s *scenario) maxOutageRequests(outage time.Duration) int {
	return 3 + 2*s.inFlight + 4 + int(outage/(s.retry.MaxDelay/2)) + 1
}

// changesScenario has 31 consecutive versions of each key, like a table of daily values of a
// month that is sorted by resource. It may take at most twice the requests that are needed
// without faults: the full batches, and 31 batches one after the other.
func changesScenario(rng *rand.Rand, s *scenario) {
	const days = 31
	s.name = "31 changes per key"
	s.chooseOperation(rng, opUpsert, opEnrich)
	keys := 20 + rng.IntN(60)
	s.inputSpec = inputSpec{records: days * keys, keys: keys, versionsPerKey: days, invalidShare: 0.01, maxPadding: 100}
	s.batchAge = time.Second
	s.retry = api.RetryPolicy{MaxAttempts: 40, BaseDelay: time.Millisecond, MaxDelay: 10 * time.Millisecond, Patience: 20 * time.Second}
	s.addRandomFaults(0.02,
		apitest.Status(503), apitest.Status(429), apitest.DropResponse(), apitest.Reset(),
		apitest.Fault{Status: 504, Apply: true}, apitest.Delay(3*time.Millisecond))
	full := (s.inputSpec.records + s.batchRecords - 1) / s.batchRecords
	s.measureBound = func(c *checker) bound { return bound{"requests", c.obs.report.Requests, 2 * (full + days)} }
}

// invalidScenario has an input of which 90 % or all is invalid. Results have to be reported
// while the input goes on, and also when it pauses, and the SDK must not hold more records
// than it documents.
func invalidScenario(rng *rand.Rand, s *scenario) {
	const (
		maxHeld = 32_000
		chunk   = 256 // results that are passed to the callback at a time
	)
	s.name = "90 % invalid"
	s.inputSpec = inputSpec{records: maxHeld + 8000 + rng.IntN(maxHeld), keys: 200, invalidShare: 0.9, maxPadding: 100}
	if rng.IntN(2) == 0 {
		s.name = "100 % invalid"
		s.inputSpec.invalidShare = 1
	}
	s.batchRecords = 100
	s.slowCallback = rng.IntN(2) == 0
	s.waitHalfway = true
	s.measureBound = func(c *checker) bound { return bound{"records held", c.obs.maxPending, maxHeld + chunk} }
}

// poisonScenario has poison: valid records that make any request with them fail. The response
// is 400 or 422, which blame the request, or 500, which does not. Exactly these records have
// to be rejected, or to fail.
func poisonScenario(rng *rand.Rand, s *scenario) {
	s.chooseOperation(rng, opUpsert, opEnrich, opApply)
	s.plan.PoisonStatus = pick(rng, 500, 500, http.StatusUnprocessableEntity, http.StatusBadRequest)
	s.name = fmt.Sprint("poison: ", s.plan.PoisonStatus)
	s.inputSpec = inputSpec{records: 200 + rng.IntN(400), invalidShare: 0.01, poisonShare: 0.01, maxPadding: 300, poisonByText: true}
	s.inputSpec.keys = s.inputSpec.records
	s.retry = api.RetryPolicy{MaxAttempts: 4, BaseDelay: 5 * time.Millisecond, MaxDelay: 20 * time.Millisecond, Patience: 2 * time.Second}
	s.poisonOutcome = api.Rejected
	if s.plan.PoisonStatus == 500 {
		s.poisonOutcome = api.Failed
	}
	s.addRandomFaults(0.02, apitest.Status(503), apitest.Delay(3*time.Millisecond))
}

// reuseScenario passes the same pointer for every item, with the same maps and slices in it.
// They are overwritten as soon as the SDK has returned from the call or asks for the next item.
func reuseScenario(rng *rand.Rand, s *scenario) {
	s.name = "one pointer for all items"
	s.reuseMemory = true
	s.addRandomFaults(0.03, apitest.Status(503), apitest.DropResponse(), apitest.Reset(), apitest.Truncate(), apitest.Delay(3*time.Millisecond))
	s.inputSpec.records *= 4
}
