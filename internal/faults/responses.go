package faults

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/internal/faults/backend"
)

// shortBurst hits most of a few consecutive requests.
func shortBurst(rng *rand.Rand, f apitest.Fault) backend.Burst {
	return backend.Burst{From: rng.IntN(5), Count: 1 + rng.IntN(6), Share: 0.7, Fault: f}
}

// revokeTokens revokes all tokens every few requests. A new token can be used in between, as
// the SDK gives up after two 401 in a row.
func revokeTokens(rng *rand.Rand, s *scenario) {
	for _, b := range s.plan.Bursts {
		if b.Fault.Revoke {
			return
		}
	}
	s.plan.Bursts = append(s.plan.Bursts, backend.Burst{From: 1 + rng.IntN(4), Count: -1, Share: 1, Every: 7 + rng.IntN(6),
		Fault: apitest.Fault{Revoke: true}})
}

// responseFault is a fault in the API's responses.
func responseFault(name string, generate func(*rand.Rand) apitest.Fault) fault {
	return fault{name: name, addTo: func(rng *rand.Rand, s *scenario) {
		s.plan.Bursts = append(s.plan.Bursts, shortBurst(rng, generate(rng)))
	}}
}

// identityFault is a fault in the identity service's responses.
func identityFault(name string, generate func(*rand.Rand) apitest.Fault) fault {
	return fault{name: name, addTo: func(rng *rand.Rand, s *scenario) {
		s.plan.TokenBursts = append(s.plan.TokenBursts, shortBurst(rng, generate(rng)))
		revokeTokens(rng, s)
	}}
}

func fixed(f apitest.Fault) func(*rand.Rand) apitest.Fault {
	return func(*rand.Rand) apitest.Fault { return f }
}

// retryAfterDate is a burst of responses whose Retry-After is a date.
func retryAfterDate(status int, in time.Duration) func(*rand.Rand, *scenario) {
	return func(rng *rand.Rand, s *scenario) {
		b := shortBurst(rng, apitest.Status(status))
		b.Count, b.RetryIn = 1+rng.IntN(2), in
		s.plan.Bursts = append(s.plan.Bursts, b)
	}
}

// pick returns one of the values at random.
func pick[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

// responseFaults are the faults in the services' responses.
var responseFaults = []fault{
	{name: "429, Retry-After in seconds", addTo: func(rng *rand.Rand, s *scenario) {
		b := shortBurst(rng, apitest.RetryAfter(429, pick(rng, "0", "1")))
		b.Count = 1 + rng.IntN(3)
		s.plan.Bursts = append(s.plan.Bursts, b)
	}},
	{name: "429, Retry-After as a date", addTo: retryAfterDate(429, time.Second)},
	responseFault("429, no Retry-After", fixed(apitest.Status(429))),
	{name: "429, absurd Retry-After", endsRun: true, addTo: func(rng *rand.Rand, s *scenario) {
		s.plan.Bursts = append(s.plan.Bursts, shortBurst(rng, apitest.RetryAfter(429,
			pick(rng, "86400", "99999999999999999999", "soon", "1e9", "Fri, 31 Dec 9999 23:59:59 GMT"))))
	}},
	{name: "429, canceled during the wait", endsRun: true, addTo: func(rng *rand.Rand, s *scenario) {
		s.retry.Patience = 10 * time.Second
		s.plan.Bursts = append(s.plan.Bursts, backend.Burst{From: rng.IntN(2), Count: 4, Share: 1, Fault: apitest.RetryAfter(429, "5")})
		s.cancelAfterResults, s.cancelAfterTime = 0, time.Duration(randBetween(rng, 100, 600))*time.Millisecond
	}},
	responseFault("429, negative Retry-After", func(rng *rand.Rand) apitest.Fault {
		return apitest.RetryAfter(429, pick(rng, "-1", "-99999999999999999999", "Thu, 01 Jan 1970 00:00:00 GMT"))
	}),
	responseFault("500", fixed(apitest.Status(500))),
	responseFault("502 with HTML", fixed(apitest.HTML(502))),
	responseFault("503", fixed(apitest.Status(503))),
	responseFault("504", fixed(apitest.Status(504))),
	responseFault("504, but processed", fixed(apitest.Fault{Status: 504, Apply: true})),
	responseFault("413", fixed(apitest.Status(413))),
	{name: "413 by size", addTo: func(rng *rand.Rand, s *scenario) { s.plan.MaxBody = randBetween(rng, 1500, 8000) }},
	responseFault("202 with an empty body", fixed(apitest.Accepted(""))),
	responseFault("202, truncated", fixed(apitest.Truncate())),
	responseFault("202 with a huge body", func(rng *rand.Rand) apitest.Fault {
		return apitest.Accepted(`{"message":"` + strings.Repeat("Accepted ", 1<<17) + pick(rng, `"}`, ``))
	}),
	responseFault("endless response", func(rng *rand.Rand) apitest.Fault {
		status := pick(rng, 202, 500, 502)
		return apitest.Fault{Apply: status == 202, Status: status, Body: "<p>and so on</p>", Endless: true}
	}),
	responseFault("connection broken, not processed", fixed(apitest.Reset())),
	responseFault("connection broken, processed", fixed(apitest.DropResponse())),
	responseFault("no response to a request", fixed(apitest.Hang())),
	responseFault("slow response", func(rng *rand.Rand) apitest.Fault {
		return apitest.Delay(time.Duration(randBetween(rng, 50, 500)) * time.Millisecond)
	}),
	{name: "401, token revoked", addTo: revokeTokens},
	{name: "401, secret rotated", endsRun: true, addTo: func(rng *rand.Rand, s *scenario) { s.plan.RotateSecretAt = 2 + rng.IntN(8) }},
	identityFault("identity service: 503", fixed(apitest.Status(503))),
	identityFault("identity service: HTML", func(rng *rand.Rand) apitest.Fault { return apitest.HTML(pick(rng, 200, 502)) }),
	identityFault("identity service: slow", func(rng *rand.Rand) apitest.Fault {
		return apitest.Delay(time.Duration(randBetween(rng, 50, 800)) * time.Millisecond)
	}),
	identityFault("identity service: no response", fixed(apitest.Hang())),
	identityFault("identity service: endless response", fixed(apitest.Fault{Status: http.StatusOK, Body: "{", Endless: true})),
	{name: "identity service: wrong expires_in", addTo: func(rng *rand.Rand, s *scenario) {
		s.plan.ExpiresIn = pick(rng, `86400`, `0`, `-1`, `1`, `null`, `"3600"`, `1e300`, `"never"`, `0.001`, `[]`)
		s.plan.TokenLifetime = time.Second
		slow := apitest.Delay(300 * time.Millisecond) // so that tokens with a lifetime of 1 s expire in flight
		s.plan.Bursts = append(s.plan.Bursts, backend.Burst{From: 1, Count: 8, Share: 0.7, Fault: slow})
	}},
	{name: "clock minutes off", addTo: func(rng *rand.Rand, s *scenario) {
		s.plan.ClockSkew = pick[time.Duration](rng, -1, 1) * time.Duration(randBetween(rng, 2, 20)) * time.Minute
		retryAfterDate(pick(rng, 429, 503), time.Second)(rng, s)
	}},
}
