package faults

import (
	"math/rand/v2"
	"time"

	"github.com/klarity-go/klarity/internal/faults/backend"
)

// fault is one thing that goes wrong, with random parameters in each run.
type fault struct {
	name    string
	addTo   func(*rand.Rand, *scenario)
	endsRun bool // all requests after the fault fail, by design
}

// allFaults are in the order of the table.
var allFaults = append(append(networkFaults("API", func(s *scenario) *backend.ProxyPlan { return &s.plan.API }),
	networkFaults("identity service", func(s *scenario) *backend.ProxyPlan { return &s.plan.Identity })...), responseFaults...)

// randBetween returns a random number from low to high, both included.
func randBetween(rng *rand.Rand, low, high int) int64 { return int64(low + rng.IntN(high-low+1)) }

func randStream(rng *rand.Rand) string {
	if rng.IntN(2) == 0 {
		return "upstream"
	}
	return "downstream"
}

// randToxicity is the share of connections that have a toxic: all or some of them.
func randToxicity(rng *rand.Rand) float64 { return pick(rng, 0.5, 0.8, 1) }

// networkFaults are the faults of the network between the SDK and a service.
func networkFaults(service string, proxyOf func(*scenario) *backend.ProxyPlan) []fault {
	// A toxic is on the proxy from the beginning, and is removed later.
	toxic := func(name string, generate func(*rand.Rand) backend.Toxic) fault {
		return fault{name: service + ": " + name, addTo: func(rng *rand.Rand, s *scenario) {
			proxy := proxyOf(s)
			proxy.Toxics = append(proxy.Toxics, generate(rng))
			removeToxicsLater(rng, proxy)
			renewTokens(rng, s, service)
		}}
	}
	return []fault{
		toxic("latency with jitter", func(rng *rand.Rand) backend.Toxic {
			return backend.Toxic{Type: "latency", Stream: randStream(rng), Toxicity: 1,
				Attributes: map[string]int64{"latency": randBetween(rng, 10, 80), "jitter": randBetween(rng, 0, 60)}}
		}),
		toxic("low bandwidth", func(rng *rand.Rand) backend.Toxic {
			return backend.Toxic{Type: "bandwidth", Stream: randStream(rng), Toxicity: 1,
				Attributes: map[string]int64{"rate": randBetween(rng, 20, 200)}} // kB/s
		}),
		toxic("slow close", func(rng *rand.Rand) backend.Toxic {
			return backend.Toxic{Type: "slow_close", Stream: randStream(rng), Toxicity: 1,
				Attributes: map[string]int64{"delay": randBetween(rng, 50, 400)}}
		}),
		toxic("no response", func(rng *rand.Rand) backend.Toxic {
			return backend.Toxic{Type: "timeout", Stream: randStream(rng), Toxicity: randToxicity(rng),
				Attributes: map[string]int64{"timeout": randBetween(rng, 0, 1) * 100}} // ms until the connection is closed; 0: never
		}),
		toxic("connection reset", func(rng *rand.Rand) backend.Toxic {
			return backend.Toxic{Type: "reset_peer", Stream: randStream(rng), Toxicity: randToxicity(rng),
				Attributes: map[string]int64{"timeout": randBetween(rng, 0, 30)}}
		}),
		toxic("sliced packets", func(rng *rand.Rand) backend.Toxic {
			return backend.Toxic{Type: "slicer", Stream: randStream(rng), Toxicity: 1,
				Attributes: map[string]int64{"average_size": randBetween(rng, 100, 800), "size_variation": 50, "delay": randBetween(rng, 0, 500)}} // µs
		}),
		toxic("request truncated", func(rng *rand.Rand) backend.Toxic {
			return backend.Toxic{Type: "limit_data", Stream: "upstream", Toxicity: randToxicity(rng),
				Attributes: map[string]int64{"bytes": randBetween(rng, 1, 20_000)}}
		}),
		toxic("response truncated", func(rng *rand.Rand) backend.Toxic {
			return backend.Toxic{Type: "limit_data", Stream: "downstream", Toxicity: randToxicity(rng),
				Attributes: map[string]int64{"bytes": randBetween(rng, 1, 600)}}
		}),
		{name: service + ": delivered after the timeout", addTo: func(rng *rand.Rand, s *scenario) {
			proxy := proxyOf(s)
			proxy.Toxics = append(proxy.Toxics, backend.Toxic{Type: "latency", Stream: "upstream", Toxicity: randToxicity(rng),
				Attributes: map[string]int64{"latency": randBetween(rng, 250, 500), "jitter": randBetween(rng, 50, 200)}})
			proxy.Steps = append(proxy.Steps, backend.Step{After: time.Duration(randBetween(rng, 300, 900)) * time.Millisecond, Action: backend.RemoveToxics})
			s.timeout = 200 * time.Millisecond
			renewTokens(rng, s, service)
		}},
		{name: service + ": down and up", addTo: func(rng *rand.Rand, s *scenario) {
			proxy := proxyOf(s)
			at := time.Duration(rng.IntN(40)) * time.Millisecond
			for range 1 + rng.IntN(3) {
				up := at + time.Duration(randBetween(rng, 20, 200))*time.Millisecond
				proxy.Steps = append(proxy.Steps, backend.Step{After: at, Action: backend.Down}, backend.Step{After: up, Action: backend.Up})
				at = up + time.Duration(randBetween(rng, 10, 60))*time.Millisecond
			}
			renewTokens(rng, s, service)
		}},
	}
}

// removeToxicsLater removes the toxics of a proxy, in nine of ten runs before the SDK runs out
// of retries.
func removeToxicsLater(rng *rand.Rand, proxy *backend.ProxyPlan) {
	after := time.Duration(randBetween(rng, 50, 400)) * time.Millisecond
	if rng.IntN(10) == 0 {
		after = 5 * time.Second
	}
	proxy.Steps = append(proxy.Steps, backend.Step{After: after, Action: backend.RemoveToxics})
}

// renewTokens makes the SDK request new tokens again and again, if the fault is one of the
// identity service.
func renewTokens(rng *rand.Rand, s *scenario, service string) {
	if service == "identity service" {
		revokeTokens(rng, s)
	}
}
