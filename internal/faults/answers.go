package faults

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/internal/faults/far"
)

// burst hits most of a few requests in the middle.
func burst(rng *rand.Rand, f apitest.Fault) far.Burst {
	return far.Burst{From: rng.IntN(5), Count: 1 + rng.IntN(6), Share: 0.7, Fault: f}
}

// revoke makes all tokens invalid now and then, and leaves time between that for a fresh
// one to be used: the SDK takes two refusals in a row for the end.
func revoke(rng *rand.Rand, s *scenario) {
	for _, b := range s.plan.Bursts {
		if b.Fault.Revoke {
			return
		}
	}
	s.plan.Bursts = append(s.plan.Bursts, far.Burst{From: 1 + rng.IntN(4), Count: -1, Share: 1, Every: 7 + rng.IntN(6),
		Fault: apitest.Fault{Revoke: true}})
}

// answer is a fault of the API's answers.
func answer(name string, make func(*rand.Rand) apitest.Fault) fault {
	return fault{name: name, into: func(rng *rand.Rand, s *scenario) {
		s.plan.Bursts = append(s.plan.Bursts, burst(rng, make(rng)))
	}}
}

// identity is a fault of the identity service's answers.
func identity(name string, make func(*rand.Rand) apitest.Fault) fault {
	return fault{name: name, into: func(rng *rand.Rand, s *scenario) {
		s.plan.TokenBursts = append(s.plan.TokenBursts, burst(rng, make(rng)))
		revoke(rng, s)
	}}
}

func always(f apitest.Fault) func(*rand.Rand) apitest.Fault {
	return func(*rand.Rand) apitest.Fault { return f }
}

// retryDate is a burst of an answer whose Retry-After is a date.
func retryDate(status int, in time.Duration) func(*rand.Rand, *scenario) {
	return func(rng *rand.Rand, s *scenario) {
		b := burst(rng, apitest.Status(status))
		b.Count, b.RetryIn = 1+rng.IntN(2), in
		s.plan.Bursts = append(s.plan.Bursts, b)
	}
}

// pick is one of some values.
func pick[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

// answered are the faults of what the services answer.
var answered = []fault{
	{name: "429, Retry-After in seconds", into: func(rng *rand.Rand, s *scenario) {
		b := burst(rng, apitest.RetryAfter(429, pick(rng, "0", "1")))
		b.Count = 1 + rng.IntN(3)
		s.plan.Bursts = append(s.plan.Bursts, b)
	}},
	{name: "429, Retry-After as a date", into: retryDate(429, time.Second)},
	answer("429, no Retry-After", always(apitest.Status(429))),
	{name: "429, absurd Retry-After", ends: true, into: func(rng *rand.Rand, s *scenario) {
		s.plan.Bursts = append(s.plan.Bursts, burst(rng, apitest.RetryAfter(429,
			pick(rng, "86400", "99999999999999999999", "soon", "1e9", "Fri, 31 Dec 9999 23:59:59 GMT"))))
	}},
	{name: "429, given up in the pause", ends: true, into: func(rng *rand.Rand, s *scenario) {
		s.retry.Patience = 10 * time.Second
		s.plan.Bursts = append(s.plan.Bursts, far.Burst{From: rng.IntN(2), Count: 4, Share: 1, Fault: apitest.RetryAfter(429, "5")})
		s.cancelAfter, s.patience = 0, time.Duration(between(rng, 100, 600))*time.Millisecond
	}},
	answer("429, negative Retry-After", func(rng *rand.Rand) apitest.Fault {
		return apitest.RetryAfter(429, pick(rng, "-1", "-99999999999999999999", "Thu, 01 Jan 1970 00:00:00 GMT"))
	}),
	answer("500", always(apitest.Status(500))),
	answer("502 with HTML", always(apitest.HTML(502))),
	answer("503", always(apitest.Status(503))),
	answer("504", always(apitest.Status(504))),
	answer("504, but it was processed", always(apitest.Fault{Status: 504, Apply: true})),
	answer("413", always(apitest.Status(413))),
	{name: "413 by the size", into: func(rng *rand.Rand, s *scenario) { s.plan.MaxBody = between(rng, 1500, 8000) }},
	answer("202 with an empty body", always(apitest.Accepted(""))),
	answer("202 that breaks off", always(apitest.Truncate())),
	answer("202 with a huge body", func(rng *rand.Rand) apitest.Fault {
		return apitest.Accepted(`{"message":"` + strings.Repeat("Accepted ", 1<<17) + pick(rng, `"}`, ``))
	}),
	answer("answer without end", func(rng *rand.Rand) apitest.Fault {
		status := pick(rng, 202, 500, 502)
		return apitest.Fault{Apply: status == 202, Status: status, Body: "<p>and so on</p>", Endless: true}
	}),
	answer("connection broken, not processed", always(apitest.Reset())),
	answer("connection broken, processed", always(apitest.DropResponse())),
	answer("no answer to a request", always(apitest.Hang())),
	answer("slow answer", func(rng *rand.Rand) apitest.Fault {
		return apitest.Delay(time.Duration(between(rng, 50, 500)) * time.Millisecond)
	}),
	{name: "401, the token was revoked", into: revoke},
	{name: "401, the secret was rotated", ends: true, into: func(rng *rand.Rand, s *scenario) { s.plan.RotateAt = 2 + rng.IntN(8) }},
	identity("identity service: 503", always(apitest.Status(503))),
	identity("identity service: HTML", func(rng *rand.Rand) apitest.Fault { return apitest.HTML(pick(rng, 200, 502)) }),
	identity("identity service: slow", func(rng *rand.Rand) apitest.Fault {
		return apitest.Delay(time.Duration(between(rng, 50, 800)) * time.Millisecond)
	}),
	identity("identity service: no answer", always(apitest.Hang())),
	identity("identity service: answer without end", always(apitest.Fault{Status: http.StatusOK, Body: "{", Endless: true})),
	{name: "identity service: lies about expires_in", into: func(rng *rand.Rand, s *scenario) {
		s.plan.Lie = pick(rng, `86400`, `0`, `-1`, `1`, `null`, `"3600"`, `1e300`, `"never"`, `0.001`, `[]`)
		s.plan.TokenLifetime = time.Second
		slow := apitest.Delay(300 * time.Millisecond) // so that a token of a second expires on the way
		s.plan.Bursts = append(s.plan.Bursts, far.Burst{From: 1, Count: 8, Share: 0.7, Fault: slow})
	}},
	{name: "a clock that is minutes off", into: func(rng *rand.Rand, s *scenario) {
		s.plan.Skew = pick[time.Duration](rng, -1, 1) * time.Duration(between(rng, 2, 20)) * time.Minute
		retryDate(pick(rng, 429, 503), time.Second)(rng, s)
	}},
}
