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
	"github.com/klarity-go/klarity/internal/faults/child"
	"github.com/klarity-go/klarity/internal/faults/far"
)

// run does one run from beginning to end. Nothing else may go on in this process: a
// goroutine that is left is the SDK's.
func run(ctx context.Context, p *far.Remote, s *scenario, rng *rand.Rand) *outcome {
	before := goleak.IgnoreCurrent()
	o, err := s.run(ctx, p, rng)
	if err != nil {
		o = s.outcome()
		o.problem("%v", err)
	} else if err := goleak.Find(before); err != nil {
		o.problem("%v", err)
	}
	return o
}

func (s *scenario) run(ctx context.Context, p *far.Remote, rng *rand.Rand) (*outcome, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	s.inputs.mixed = s.operation == apply
	in := s.inputs.make(rng)
	in.reuse = s.reuse
	switch s.operation {
	case remove, enrich:
		s.plan.Estate = in.last
	case apply:
		s.plan.Estate, s.plan.Mixed = in.standing(), true
	}
	address, err := p.Begin(ctx, s.plan)
	if err != nil {
		return nil, err
	}
	in.nids = address.NIDs
	transport := &http.Transport{MaxIdleConnsPerHost: s.inFlight}
	defer transport.CloseIdleConnections()
	line := &recorder{run: address.ID, next: transport, heads: map[string]bool{}}
	var logged child.Output
	client, err := newClient(address, line, s.timeout, s.retry,
		api.WithLogger(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	if err != nil {
		return nil, err
	}
	j, err := watched(s, func() journal { return send(ctx, client, s, in) })
	if err != nil {
		return nil, err
	}
	state, err := p.End(ctx, address.ID)
	if err != nil {
		return nil, err
	}
	o := check(s, in, j, state, line)
	secrets := append(slices.Collect(maps.Keys(line.heads)), address.ClientSecret)
	o.Problems = append(o.Problems, exposed(secrets, &logged, client, j)...)
	return o, nil
}

// watched does a run that may not end at all. Then its goroutines tell why, and are left.
func watched(s *scenario, do func() journal) (journal, error) {
	const patience = 15 * time.Second
	ended := make(chan journal, 1)
	go func() { ended <- do() }()
	timer := time.NewTimer(s.deadline + patience)
	defer timer.Stop()
	select {
	case j := <-ended:
		return j, nil
	case <-timer.C:
		stacks := make([]byte, 64<<10)
		return journal{}, fmt.Errorf("the run does not end:\n%s", stacks[:runtime.Stack(stacks, true)])
	}
}

// newClient is one as a program would make it, with a timeout that holds for the identity
// service too.
func newClient(a far.Address, line http.RoundTripper, timeout time.Duration, retry api.RetryPolicy, opts ...api.Option) (*api.Client, error) {
	return api.New(api.Credentials{ClientID: a.ClientID, ClientSecret: a.ClientSecret},
		append(opts, api.WithBaseURL(a.URL), api.WithTokenURL(a.TokenURL), api.WithAudience(a.Audience),
			api.WithHTTPClient(&http.Client{Transport: line, Timeout: timeout}),
			api.WithRequestTimeout(timeout), api.WithRetry(retry))...)
}
