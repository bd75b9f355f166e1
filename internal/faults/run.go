package faults

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"time"

	"go.uber.org/goleak"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/internal/faults/child"
)

// run does one run. Nothing else may happen in this process meanwhile: any leaked goroutine is
// the SDK's.
func run(ctx context.Context, server *backend.Client, s *scenario, rng *rand.Rand) *runResult {
	existing := goleak.IgnoreCurrent()
	result, err := s.run(ctx, server, rng)
	if err != nil {
		result = s.newResult()
		result.problemf("%v", err)
	} else if err := goleak.Find(existing); err != nil {
		result.problemf("%v", err)
	}
	return result
}

func (s *scenario) run(ctx context.Context, server *backend.Client, rng *rand.Rand) (*runResult, error) {
	ctx, cancel := withHarnessTimeout(ctx)
	defer cancel()
	s.inputSpec.mixed = s.operation == opApply
	in := s.inputSpec.generate(rng)
	in.reuseMemory = s.reuseMemory
	switch s.operation {
	case opDelete, opEnrich:
		s.plan.InitialEstate = in.lastVersion
	case opApply:
		s.plan.InitialEstate, s.plan.Mixed = in.existingRecords(), true
	}
	endpoint, err := server.StartRun(ctx, s.plan)
	if err != nil {
		return nil, err
	}
	in.nids = endpoint.NIDs
	transport := &http.Transport{MaxIdleConnsPerHost: s.inFlight}
	defer transport.CloseIdleConnections()
	rec := &recorder{runID: endpoint.ID, next: transport, tokenPrefixes: map[string]bool{}}
	var logs child.Output
	client, err := newClient(endpoint, rec, s.timeout, s.retry,
		api.WithLogger(slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	if err != nil {
		return nil, err
	}
	obs, err := runWithTimeout(s, func() observation { return send(ctx, client, s, in) })
	if err != nil {
		return nil, err
	}
	state, err := server.StopRun(ctx, endpoint.ID)
	if err != nil {
		return nil, err
	}
	result := verify(s, in, obs, state, rec)
	secrets := append(slices.Collect(maps.Keys(rec.tokenPrefixes)), endpoint.ClientSecret)
	result.Problems = append(result.Problems, findSecrets(secrets, &logs, client, obs)...)
	return result, nil
}

// runWithTimeout calls f. If f does not return, it returns an error with the stacks of all
// goroutines, and abandons f.
func runWithTimeout(s *scenario, f func() observation) (observation, error) {
	const overrun = 15 * time.Second
	ended := make(chan observation, 1)
	go func() { ended <- f() }()
	timer := time.NewTimer(s.deadline + overrun)
	defer timer.Stop()
	select {
	case obs := <-ended:
		return obs, nil
	case <-timer.C:
		stacks := make([]byte, 64<<10)
		return observation{}, fmt.Errorf("the run does not return:\n%s", stacks[:runtime.Stack(stacks, true)])
	}
}

// newClient returns a client whose timeout also applies to the identity service.
func newClient(endpoint backend.Endpoint, transport http.RoundTripper, timeout time.Duration, retry api.RetryPolicy, opts ...api.Option) (*api.Client, error) {
	return api.New(api.Credentials{ClientID: endpoint.ClientID, ClientSecret: endpoint.ClientSecret},
		append(opts, api.WithBaseURL(endpoint.URL), api.WithTokenURL(endpoint.TokenURL), api.WithAudience(endpoint.Audience),
			api.WithHTTPClient(&http.Client{Transport: transport, Timeout: timeout}),
			api.WithRequestTimeout(timeout), api.WithRetry(retry))...)
}
