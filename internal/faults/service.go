package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/goleak"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/models"
)

// The callbacks that a service may have.
const (
	Quick     = "quick callback"
	Slow      = "slow callback"
	Panicking = "panicking callback"
)

// Service is one long-lived uploader with many producers, under faults that come and go.
type ServiceTest struct {
	Seed      uint64
	Duration  time.Duration
	Producers int
	Callback  string
}

// The uploader's bounds, and what follows from them.
const (
	serviceInFlight = 4
	serviceRecords  = 200
	keysPerProducer = 50 // of each producer
	// mostOpen is how many records the uploader may hold whose results are not reported yet:
	// few enough that holding them all is within what a flat heap may vary by.
	maxBuffered = 4_000
)

// Served is what became of a service.
type ServiceResult struct {
	Test       ServiceTest
	Report     api.Report
	Flushes    int
	Lost       int
	MaxPending int64 // the most records without a result, at any time
	Close      time.Duration
	Heap       heap
	Faults     int
	Problems   []string
}

// item is what a producer knows of one of its records: how often it was added, how many
// results it has, and which of its versions was accepted last.
type item struct{ added, reported, lastAccepted int }

type runningService struct {
	ServiceTest
	uploader   *api.Uploader[*models.EstateRecord]
	items      [][]item // by producer and key
	added      atomic.Int64
	reported   atomic.Int64
	reportedTo []atomic.Int64 // by producer
	maxPending atomic.Int64
	flushes    atomic.Int64
	slowTicker *time.Ticker
	nextIndex  int // index of the next result

	mu       sync.Mutex
	problems []string
}

func (s *runningService) problemf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.problems) < 8 {
		s.problems = append(s.problems, fmt.Sprintf(format, args...))
	}
}

// plan is a bad day that does not end.
func (s ServiceTest) plan() backend.Plan {
	p := backend.Plan{Seed: s.Seed, DiscardRequests: true}
	for _, f := range []struct {
		share float64
		fault apitest.Fault
	}{
		{0.03, apitest.Status(503)}, {0.01, apitest.Status(429)}, {0.01, apitest.RetryAfter(429, "0")}, {0.01, apitest.HTML(502)},
		{0.02, apitest.Lost()}, {0.01, apitest.Reset()}, {0.01, apitest.Truncate()}, {0.003, apitest.Hang()},
		{0.02, apitest.Fault{Status: 504, Apply: true}}, {0.02, apitest.Delay(20 * time.Millisecond)},
	} {
		p.Bursts = append(p.Bursts, backend.Burst{Count: -1, Share: f.share, Fault: f.fault})
	}
	p.Bursts = append(p.Bursts, backend.Burst{Count: -1, Share: 1, Every: 300, Fault: apitest.Fault{Revoke: true}})
	p.TokenBursts = []backend.Burst{{Count: -1, Share: 0.2, Fault: apitest.HTML(503)}}
	p.API.Toxics = []backend.Toxic{{Type: "latency", Stream: "downstream", Toxicity: 0.5, Attributes: map[string]int64{"latency": 2, "jitter": 2}}}
	for at := time.Second; at < s.Duration; at += 1500 * time.Millisecond {
		p.API.Steps = append(p.API.Steps, backend.Step{After: at, Action: backend.Down}, backend.Step{After: at + 300*time.Millisecond, Action: backend.Up})
	}
	return p
}

// Do runs the service for its time, closes it while all produce, and checks.
func (s ServiceTest) Run(ctx context.Context, p *backend.Process) (ServiceResult, error) {
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithTimeout(ctx, s.Duration+time.Minute)
	defer cancel()
	endpoint, err := p.StartRun(ctx, s.plan())
	if err != nil {
		return ServiceResult{}, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: serviceInFlight}
	client, err := newClient(endpoint, transport, time.Second,
		api.RetryPolicy{MaxAttempts: 30, BaseDelay: 5 * time.Millisecond, MaxDelay: 100 * time.Millisecond})
	if err != nil {
		return ServiceResult{}, err
	}
	v := &runningService{ServiceTest: s, items: make([][]item, s.Producers), reportedTo: make([]atomic.Int64, s.Producers), slowTicker: time.NewTicker(5 * time.Millisecond)}
	defer v.slowTicker.Stop()
	if v.uploader, err = client.NewUpserter(api.OnResult(v.onResult), api.InFlight(serviceInFlight), api.MaxBufferedRecords(maxBuffered),
		api.BatchRecords(serviceRecords), api.BatchAge(20*time.Millisecond)); err != nil {
		return ServiceResult{}, err
	}
	result := v.run(ctx)
	state, err := p.StopRun(ctx, endpoint.ID)
	if err != nil {
		return ServiceResult{}, err
	}
	result.Faults = state.Faults
	result.Lost = v.countLost(state)
	transport.CloseIdleConnections()
	if err := goleak.Find(before); err != nil {
		v.problemf("%v", err)
	}
	result.Problems = v.problems
	return result, nil
}

// live is the service's life: it ends with Close, while the producers still add.
func (s *runningService) run(ctx context.Context) ServiceResult {
	var producers sync.WaitGroup
	for n := range s.Producers {
		s.items[n] = make([]item, keysPerProducer)
		producers.Go(func() { s.produce(ctx, n) })
	}
	heap := watchHeap(s.Duration)
	began := time.Now()
	closing, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := s.uploader.Close(closing)
	took := time.Since(began)
	producers.Wait()
	switch panics := s.Callback == Panicking; {
	case !panics && err != nil:
		s.problemf("Close: %v", err)
	case panics && (err == nil || !strings.Contains(err.Error(), "panicked")):
		s.problemf("Close does not tell of the panic: %v", err)
	}
	r := s.uploader.Report()
	if added := s.added.Load(); added != s.reported.Load() || int64(r.Inputs) != added || r.Accepted+r.Invalid+r.Rejected+r.Failed+r.Canceled != r.Inputs {
		s.problemf("%d records were taken and %d results told; the report is on %d: %v", added, s.reported.Load(), r.Inputs, r)
	}
	if _, err := s.uploader.Add(ctx, &models.EstateRecord{}); !errors.Is(err, api.ErrClosed) {
		s.problemf("Add after Close: %v", err)
	}
	if got := s.maxPending.Load(); got > int64(maxBuffered+s.Producers) {
		s.problemf("%d records had no result at a time, want at most %d", got, maxBuffered)
	}
	if !heap.flat() {
		s.problemf("the heap is not flat: %v", heap)
	}
	return ServiceResult{Test: s.ServiceTest, Report: r, Flushes: int(s.flushes.Load()), MaxPending: s.maxPending.Load(), Close: took, Heap: heap}
}

// produce adds records until the uploader is closed, and flushes now and then.
func (s *runningService) produce(ctx context.Context, n int) {
	padding := strings.Repeat("x", 200)
	for i := 0; ; i++ {
		key := i % keysPerProducer
		it := &s.items[n][key]
		_, err := s.uploader.Add(ctx, &models.EstateRecord{Type: "vm", ID: fmt.Sprintf("%d-%d", n, key), Name: backend.VersionName(it.added),
			Metadata: map[string]any{"pad": padding}})
		if errors.Is(err, api.ErrClosed) {
			return
		}
		if err != nil {
			s.problemf("Add: %v", err)
			return
		}
		it.added++
		if pending := s.added.Add(1) - s.reported.Load(); pending > s.maxPending.Load() {
			s.maxPending.Store(pending)
		}
		if i%200 == 199 {
			s.flush(ctx, n, int64(i+1))
		}
	}
}

// flush holds Flush to its word: all that this producer has added so far has its result.
func (s *runningService) flush(ctx context.Context, n int, added int64) {
	err := s.uploader.Flush(ctx)
	if err != nil && (s.Callback != Panicking || !strings.Contains(err.Error(), "panicked")) {
		s.problemf("Flush: %v", err)
		return
	}
	if reported := s.reportedTo[n].Load(); reported < added {
		s.problemf("after Flush, %d of %d records have no result", added-reported, added)
	}
	s.flushes.Add(1)
}

// result is the callback. The versions of one key come in their order, so that counting
// them tells which one it is; nothing grows with the number of records.
func (s *runningService) onResult(r api.Result) {
	if r.Index != s.nextIndex {
		s.problemf("result %d has index %d", s.nextIndex, r.Index)
	}
	s.nextIndex++
	var n, key int
	if _, err := fmt.Sscanf(r.Key.ID, "%d-%d", &n, &key); err != nil {
		s.problemf("a result for %v", r.Key)
		return
	}
	it := &s.items[n][key]
	if r.Outcome == api.Accepted {
		it.lastAccepted = it.reported + 1
	}
	it.reported++
	s.reportedTo[n].Add(1)
	s.reported.Add(1)
	switch {
	case s.Callback == Slow && r.Index%20 == 0:
		<-s.slowTicker.C
	case s.Callback == Panicking && r.Index%100 == 7:
		panic("the callback's")
	}
}

// lost counts the keys of which the estate does not hold the last accepted version, or a
// later one.
func (s *runningService) countLost(state backend.State) (n int) {
	for p, items := range s.items {
		for k, it := range items {
			if it.lastAccepted == 0 {
				continue
			}
			version, ok := state.Estate[fmt.Sprintf("%d-%d", p, k)]
			if !ok || version < it.lastAccepted-1 || version >= it.added {
				n++
				s.problemf("%d-%d: version %d is accepted, %d were added, the estate holds %d", p, k, it.lastAccepted-1, it.added, version)
			}
		}
	}
	return n
}
