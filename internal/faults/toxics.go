package faults

import (
	"math/rand/v2"
	"time"

	"github.com/klarity-go/klarity/internal/faults/far"
)

// fault is one thing that goes wrong, with numbers of its own in each run.
type fault struct {
	name string
	into func(*rand.Rand, *scenario)
	ends bool // the run, when the fault hits: what follows fails by design
}

// single are all faults.
var single = append(append(proxied("API", func(s *scenario) *far.Way { return &s.plan.API }),
	proxied("identity service", func(s *scenario) *far.Way { return &s.plan.Identity })...), answered...)

// between is a number from low to high.
func between(rng *rand.Rand, low, high int) int64 { return int64(low + rng.IntN(high-low+1)) }

func either(rng *rand.Rand) string {
	if rng.IntN(2) == 0 {
		return "upstream"
	}
	return "downstream"
}

// share is how many of the connections have a toxic: all, until it is lifted, or some, so
// that the SDK has to find its way.
func share(rng *rand.Rand) float64 { return pick(rng, 0.5, 0.8, 1) }

// proxied are the faults of the line to a service.
func proxied(service string, way func(*scenario) *far.Way) []fault {
	// toxic is on the line from the beginning and is lifted later.
	toxic := func(name string, make func(*rand.Rand) far.Toxic) fault {
		return fault{name: service + ": " + name, into: func(rng *rand.Rand, s *scenario) {
			w := way(s)
			w.Toxics = append(w.Toxics, make(rng))
			lift(rng, w)
			renew(rng, s, service)
		}}
	}
	return []fault{
		toxic("latency with jitter", func(rng *rand.Rand) far.Toxic {
			return far.Toxic{Type: "latency", Stream: either(rng), Toxicity: 1,
				Attributes: map[string]int64{"latency": between(rng, 10, 80), "jitter": between(rng, 0, 60)}}
		}),
		toxic("slow line", func(rng *rand.Rand) far.Toxic {
			return far.Toxic{Type: "bandwidth", Stream: either(rng), Toxicity: 1,
				Attributes: map[string]int64{"rate": between(rng, 20, 200)}} // kB/s
		}),
		toxic("slow close", func(rng *rand.Rand) far.Toxic {
			return far.Toxic{Type: "slow_close", Stream: either(rng), Toxicity: 1,
				Attributes: map[string]int64{"delay": between(rng, 50, 400)}}
		}),
		toxic("no answer", func(rng *rand.Rand) far.Toxic {
			return far.Toxic{Type: "timeout", Stream: either(rng), Toxicity: share(rng),
				Attributes: map[string]int64{"timeout": between(rng, 0, 1) * 100}} // 0: never closed
		}),
		toxic("connection reset", func(rng *rand.Rand) far.Toxic {
			return far.Toxic{Type: "reset_peer", Stream: either(rng), Toxicity: share(rng),
				Attributes: map[string]int64{"timeout": between(rng, 0, 30)}}
		}),
		toxic("sliced packets", func(rng *rand.Rand) far.Toxic {
			return far.Toxic{Type: "slicer", Stream: either(rng), Toxicity: 1,
				Attributes: map[string]int64{"average_size": between(rng, 100, 800), "size_variation": 50, "delay": between(rng, 0, 500)}} // µs
		}),
		toxic("request cut", func(rng *rand.Rand) far.Toxic {
			return far.Toxic{Type: "limit_data", Stream: "upstream", Toxicity: share(rng),
				Attributes: map[string]int64{"bytes": between(rng, 1, 20_000)}}
		}),
		toxic("answer cut", func(rng *rand.Rand) far.Toxic {
			return far.Toxic{Type: "limit_data", Stream: "downstream", Toxicity: share(rng),
				Attributes: map[string]int64{"bytes": between(rng, 1, 600)}}
		}),
		{name: service + ": delivered after the timeout", into: func(rng *rand.Rand, s *scenario) {
			w := way(s)
			w.Toxics = append(w.Toxics, far.Toxic{Type: "latency", Stream: "upstream", Toxicity: share(rng),
				Attributes: map[string]int64{"latency": between(rng, 250, 500), "jitter": between(rng, 50, 200)}})
			w.Steps = append(w.Steps, far.Step{After: time.Duration(between(rng, 300, 900)) * time.Millisecond, Do: far.Lift})
			s.timeout = 200 * time.Millisecond
			renew(rng, s, service)
		}},
		{name: service + ": down and up", into: func(rng *rand.Rand, s *scenario) {
			w := way(s)
			at := time.Duration(rng.IntN(40)) * time.Millisecond
			for range 1 + rng.IntN(3) {
				up := at + time.Duration(between(rng, 20, 200))*time.Millisecond
				w.Steps = append(w.Steps, far.Step{After: at, Do: far.Down}, far.Step{After: up, Do: far.Up})
				at = up + time.Duration(between(rng, 10, 60))*time.Millisecond
			}
			renew(rng, s, service)
		}},
	}
}

// lift ends the toxics of a way, in nine of ten runs before the retries are spent.
func lift(rng *rand.Rand, w *far.Way) {
	after := time.Duration(between(rng, 50, 400)) * time.Millisecond
	if rng.IntN(10) == 0 {
		after = 5 * time.Second
	}
	w.Steps = append(w.Steps, far.Step{After: after, Do: far.Lift})
}

// renew makes the SDK ask the identity service again and again, where that is what the
// fault is about.
func renew(rng *rand.Rand, s *scenario, service string) {
	if service == "identity service" {
		revoke(rng, s)
	}
}
