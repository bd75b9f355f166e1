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

// The callbacks that a service can have.
const (
	Quick     = "quick callback"
	Slow      = "slow callback"
	Panicking = "panicking callback"
)

// ServiceTest is a long-lived uploader with many producers, under intermittent faults.
type ServiceTest struct {
	Seed      uint64
	Duration  time.Duration
	Producers int
	Callback  string
}

// The uploader's options, and the number of keys.
const (
	serviceInFlight = 4
	serviceRecords  = 200
	keysPerProducer = 50
	// maxBuffered is how many records without a reported result the uploader may hold: few
	// enough that the heap counts as flat even if it holds them all.
	maxBuffered = 4_000
)

// ServiceResult is the result of a ServiceTest.
type ServiceResult struct {
	Test       ServiceTest
	Report     api.Report
	Flushes    int
	Lost       int
	MaxPending int64 // the largest number of records without a result
	Close      time.Duration
	Heap       heap
	Faults     int
	Problems   []string
}

// item counts the versions of one record: those added, those with a result, and all up to the
// last accepted one.
type item struct{ added, reported, lastAccepted int }

type runningService struct {
	ServiceTest
	uploader           *api.Uploader[*models.EstateRecord]
	items              [][]item // by producer and key
	added              atomic.Int64
	reported           atomic.Int64
	reportedByProducer []atomic.Int64 // by producer
	maxPending         atomic.Int64
	flushes            atomic.Int64
	slowTicker         *time.Ticker
	nextIndex          int // of the next result

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

// plan has faults for the whole duration.
func (s ServiceTest) plan() backend.Plan {
	p := backend.Plan{Seed: s.Seed, DiscardRequests: true}
	for _, f := range []struct {
		share float64
		fault apitest.Fault
	}{
		{0.03, apitest.Status(503)}, {0.01, apitest.Status(429)}, {0.01, apitest.RetryAfter(429, "0")}, {0.01, apitest.HTML(502)},
		{0.02, apitest.DropResponse()}, {0.01, apitest.Reset()}, {0.01, apitest.Truncate()}, {0.003, apitest.Hang()},
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

// Run runs the service for its duration, closes the uploader while all producers still add
// records, and checks the result.
func (s ServiceTest) Run(ctx context.Context, server *backend.Process) (ServiceResult, error) {
	existing := goleak.IgnoreCurrent()
	ctx, cancel := context.WithTimeout(ctx, s.Duration+time.Minute)
	defer cancel()
	endpoint, err := server.StartRun(ctx, s.plan())
	if err != nil {
		return ServiceResult{}, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: serviceInFlight}
	client, err := newClient(endpoint, transport, time.Second,
		api.RetryPolicy{MaxAttempts: 30, BaseDelay: 5 * time.Millisecond, MaxDelay: 100 * time.Millisecond})
	if err != nil {
		return ServiceResult{}, err
	}
	running := &runningService{ServiceTest: s, items: make([][]item, s.Producers), reportedByProducer: make([]atomic.Int64, s.Producers), slowTicker: time.NewTicker(5 * time.Millisecond)}
	defer running.slowTicker.Stop()
	if running.uploader, err = client.NewUpserter(api.OnResult(running.onResult), api.InFlight(serviceInFlight), api.MaxBufferedRecords(maxBuffered),
		api.BatchRecords(serviceRecords), api.BatchAge(20*time.Millisecond)); err != nil {
		return ServiceResult{}, err
	}
	result := running.run(ctx)
	state, err := server.StopRun(ctx, endpoint.ID)
	if err != nil {
		return ServiceResult{}, err
	}
	result.Faults = state.Faults
	result.Lost = running.countLost(state)
	transport.CloseIdleConnections()
	if err := goleak.Find(existing); err != nil {
		running.problemf("%v", err)
	}
	result.Problems = running.problems
	return result, nil
}

// run starts the producers and closes the uploader while they still add records.
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
		s.problemf("Close: got %v, want the panic of the callback", err)
	}
	r := s.uploader.Report()
	if added := s.added.Load(); added != s.reported.Load() || int64(r.Inputs) != added || r.Accepted+r.Invalid+r.Rejected+r.Failed+r.Canceled != r.Inputs {
		s.problemf("%d records were added: got %d results and a report on %d, want as many: %v", added, s.reported.Load(), r.Inputs, r)
	}
	if _, err := s.uploader.Add(ctx, &models.EstateRecord{}); !errors.Is(err, api.ErrClosed) {
		s.problemf("Add after Close: got %v, want %v", err, api.ErrClosed)
	}
	if got := s.maxPending.Load(); got > int64(maxBuffered+s.Producers) {
		s.problemf("got %d records without a result at a time, want at most %d", got, maxBuffered+s.Producers)
	}
	if !heap.flat() {
		s.problemf("the heap is not flat: got %v, want late no more than 1.25 times early and 2 MiB", heap)
	}
	return ServiceResult{Test: s.ServiceTest, Report: r, Flushes: int(s.flushes.Load()), MaxPending: s.maxPending.Load(), Close: took, Heap: heap}
}

// produce adds records until the uploader is closed, and flushes now and then.
func (s *runningService) produce(ctx context.Context, n int) {
	padding := strings.Repeat("x", 200)
	for i := 0; ; i++ {
		key := i % keysPerProducer
		item := &s.items[n][key]
		_, err := s.uploader.Add(ctx, &models.EstateRecord{Type: "vm", ID: fmt.Sprintf("%d-%d", n, key), Name: backend.VersionName(item.added),
			Metadata: map[string]any{"pad": padding}})
		if errors.Is(err, api.ErrClosed) {
			return
		}
		if err != nil {
			s.problemf("Add: %v", err)
			return
		}
		item.added++
		if pending := s.added.Add(1) - s.reported.Load(); pending > s.maxPending.Load() {
			s.maxPending.Store(pending)
		}
		if i%200 == 199 {
			s.flush(ctx, n, int64(i+1))
		}
	}
}

// flush calls Flush, and checks that all records that this producer has added have results.
func (s *runningService) flush(ctx context.Context, n int, added int64) {
	err := s.uploader.Flush(ctx)
	if err != nil && (s.Callback != Panicking || !strings.Contains(err.Error(), "panicked")) {
		s.problemf("Flush: %v", err)
		return
	}
	if reported := s.reportedByProducer[n].Load(); reported < added {
		s.problemf("after Flush: got results for %d records, want %d", reported, added)
	}
	s.flushes.Add(1)
}

// onResult is the callback. The results of one key come in order, so counting them gives the
// version, and the harness needs no memory that grows with the number of records.
func (s *runningService) onResult(r api.Result) {
	if r.Index != s.nextIndex {
		s.problemf("got a result with index %d, want %d", r.Index, s.nextIndex)
	}
	s.nextIndex++
	var n, key int
	if _, err := fmt.Sscanf(r.Key.ID, "%d-%d", &n, &key); err != nil {
		s.problemf("got a result for the unknown key %v", r.Key)
		return
	}
	item := &s.items[n][key]
	if r.Outcome == api.Accepted {
		item.lastAccepted = item.reported + 1
	}
	item.reported++
	s.reportedByProducer[n].Add(1)
	s.reported.Add(1)
	switch {
	case s.Callback == Slow && r.Index%20 == 0:
		<-s.slowTicker.C
	case s.Callback == Panicking && r.Index%100 == 7:
		panic("in the callback")
	}
}

// countLost counts the keys of which the estate has neither the last accepted version nor a
// later one.
func (s *runningService) countLost(state backend.State) (lost int) {
	for p, items := range s.items {
		for k, item := range items {
			if item.lastAccepted == 0 {
				continue
			}
			version, ok := state.Estate[fmt.Sprintf("%d-%d", p, k)]
			if !ok || version < item.lastAccepted-1 || version >= item.added {
				lost++
				s.problemf("%d-%d: version %d is accepted, %d were added, the estate holds %d", p, k, item.lastAccepted-1, item.added, version)
			}
		}
	}
	return lost
}
