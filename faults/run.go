package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/faults/far"
	"github.com/klarity-go/klarity/models"
)

// outcome is what a run came to.
type outcome struct {
	scenario   *scenario
	report     api.Report
	lost       int // accepted records that the estate does not hold as it should
	duplicates int // records that the API took once more than once
	overtaken  int // records that a request undid which the SDK had given up long before
	recovery   time.Duration
	recovered  bool
	took       time.Duration
	err        error
	problems   []string // what should hold and does not
}

// journal is what a run told.
type journal struct {
	results []api.Result
	taken   int // inputs that the SDK took
	report  api.Report
	err     error
	took    time.Duration
	gaveUp  time.Time     // when the caller did, if it did
	lag     time.Duration // from then to the end
}

// run does one run from beginning to end.
func run(ctx context.Context, p *far.Process, s *scenario, rng *rand.Rand) (outcome, error) {
	in := s.inputs.make(rng)
	ctx, cancel := within(ctx)
	defer cancel()
	address, err := p.Begin(ctx, s.plan)
	if err != nil {
		return outcome{}, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: s.inFlight}
	line := &recorder{next: transport}
	client, err := newClient(address, line, s.timeout, s.retry)
	if err != nil {
		return outcome{}, err
	}
	j, err := watched(s, func() journal { return send(ctx, client, s, in) })
	if err != nil {
		return outcome{}, err
	}
	state, err := p.End(ctx, address.ID)
	transport.CloseIdleConnections()
	if err != nil {
		return outcome{}, err
	}
	o := check(s, in, j, state, line)
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
func newClient(a far.Address, line http.RoundTripper, timeout time.Duration, retry api.RetryPolicy) (*api.Client, error) {
	return api.New(api.Credentials{ClientID: a.ClientID, ClientSecret: a.ClientSecret},
		api.WithBaseURL(a.URL), api.WithTokenURL(a.TokenURL), api.WithAudience(a.Audience),
		api.WithHTTPClient(&http.Client{Transport: line, Timeout: timeout}),
		api.WithRequestTimeout(timeout), api.WithRetry(retry))
}

// send puts the input through the SDK.
func send(ctx context.Context, client *api.Client, s *scenario, in input) (j journal) {
	ctx, cancel := context.WithTimeout(ctx, s.deadline)
	defer cancel()
	onResult := func(r api.Result) {
		j.results = append(j.results, r)
		if len(j.results) == s.cancelAfter {
			j.gaveUp = time.Now()
			cancel()
		}
	}
	began := time.Now()
	if s.uploader {
		upload(ctx, client, s, in, &j, onResult)
	} else {
		j.report, j.err = client.Upsert(ctx, func(yield func(*models.EstateRecord, error) bool) {
			for _, r := range in.records {
				j.taken++
				if !yield(r, nil) {
					return
				}
			}
		}, s.options(onResult)...)
	}
	j.took = time.Since(began)
	if !j.gaveUp.IsZero() {
		j.lag = time.Since(j.gaveUp)
	}
	return j
}

// upload adds the records one by one, and closes.
func upload(ctx context.Context, client *api.Client, s *scenario, in input, j *journal, onResult func(api.Result)) {
	u, err := client.NewUpserter(s.options(onResult)...)
	if err != nil {
		j.err = err
		return
	}
	for i, r := range in.records {
		index, err := u.Add(ctx, r)
		if err != nil {
			if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
				j.err = err
			}
			break
		}
		if index != i {
			j.err = fmt.Errorf("record %d got index %d from Add", i, index)
			break
		}
		j.taken++
	}
	j.err = errors.Join(j.err, u.Close(ctx))
	j.report = u.Report()
}
