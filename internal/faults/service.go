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
	"github.com/klarity-go/klarity/internal/faults/far"
	"github.com/klarity-go/klarity/models"
)

// The callbacks that a service may have.
const (
	Quick     = "quick callback"
	Slow      = "slow callback"
	Panicking = "panicking callback"
)

// Service is one long-lived uploader with many producers, under faults that come and go.
type Service struct {
	Seed      uint64
	For       time.Duration
	Producers int
	Callback  string
}

// The uploader's bounds, and what follows from them.
const (
	serviceInFlight = 4
	serviceRecords  = 200
	keysEach        = 50 // of each producer
	// mostOpen is how many records the uploader may hold whose results are not reported yet:
	// few enough that holding them all is within what a flat heap may vary by.
	mostOpen = 4_000
)

// Served is what became of a service.
type Served struct {
	Service  Service
	Report   api.Report
	Flushes  int
	Lost     int
	Open     int64 // the most records without a result, at any time
	Close    time.Duration
	Heap     heap
	Faults   int
	Problems []string
}

// item is what a producer knows of one of its records: how often it was added, how many
// results it has, and which of its versions was accepted last.
type item struct{ added, told, accepted int }

type service struct {
	Service
	uploader *api.Uploader[*models.EstateRecord]
	items    [][]item // by producer and key
	added    atomic.Int64
	told     atomic.Int64
	toldTo   []atomic.Int64 // by producer
	most     atomic.Int64
	flushes  atomic.Int64
	tick     *time.Ticker
	next     int // index of the next result

	mu       sync.Mutex
	problems []string
}

func (s *service) problem(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.problems) < 8 {
		s.problems = append(s.problems, fmt.Sprintf(format, args...))
	}
}

// plan is a bad day that does not end.
func (s Service) plan() far.Plan {
	p := far.Plan{Seed: s.Seed, Forgetful: true}
	for _, f := range []struct {
		share float64
		fault apitest.Fault
	}{
		{0.03, apitest.Status(503)}, {0.01, apitest.Status(429)}, {0.01, apitest.RetryAfter(429, "0")}, {0.01, apitest.HTML(502)},
		{0.02, apitest.DropResponse()}, {0.01, apitest.Reset()}, {0.01, apitest.Truncate()}, {0.003, apitest.Hang()},
		{0.02, apitest.Fault{Status: 504, Apply: true}}, {0.02, apitest.Delay(20 * time.Millisecond)},
	} {
		p.Bursts = append(p.Bursts, far.Burst{Count: -1, Share: f.share, Fault: f.fault})
	}
	p.Bursts = append(p.Bursts, far.Burst{Count: -1, Share: 1, Every: 300, Fault: apitest.Fault{Revoke: true}})
	p.TokenBursts = []far.Burst{{Count: -1, Share: 0.2, Fault: apitest.HTML(503)}}
	p.API.Toxics = []far.Toxic{{Type: "latency", Stream: "downstream", Toxicity: 0.5, Attributes: map[string]int64{"latency": 2, "jitter": 2}}}
	for at := time.Second; at < s.For; at += 1500 * time.Millisecond {
		p.API.Steps = append(p.API.Steps, far.Step{After: at, Do: far.Down}, far.Step{After: at + 300*time.Millisecond, Do: far.Up})
	}
	return p
}

// Do runs the service for its time, closes it while all produce, and checks.
func (s Service) Do(ctx context.Context, p *far.Process) (Served, error) {
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithTimeout(ctx, s.For+time.Minute)
	defer cancel()
	address, err := p.Begin(ctx, s.plan())
	if err != nil {
		return Served{}, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: serviceInFlight}
	client, err := newClient(address, transport, time.Second,
		api.RetryPolicy{MaxAttempts: 30, BaseDelay: 5 * time.Millisecond, MaxDelay: 100 * time.Millisecond})
	if err != nil {
		return Served{}, err
	}
	v := &service{Service: s, items: make([][]item, s.Producers), toldTo: make([]atomic.Int64, s.Producers), tick: time.NewTicker(5 * time.Millisecond)}
	defer v.tick.Stop()
	if v.uploader, err = client.NewUpserter(api.OnResult(v.result), api.InFlight(serviceInFlight), api.MaxBufferedRecords(mostOpen),
		api.BatchRecords(serviceRecords), api.BatchAge(20*time.Millisecond)); err != nil {
		return Served{}, err
	}
	served := v.live(ctx)
	state, err := p.End(ctx, address.ID)
	if err != nil {
		return Served{}, err
	}
	served.Faults = state.Faults
	served.Lost = v.lost(state)
	transport.CloseIdleConnections()
	if err := goleak.Find(before); err != nil {
		v.problem("%v", err)
	}
	served.Problems = v.problems
	return served, nil
}

// live is the service's life: it ends with Close, while the producers still add.
func (v *service) live(ctx context.Context) Served {
	var producers sync.WaitGroup
	for n := range v.Producers {
		v.items[n] = make([]item, keysEach)
		producers.Go(func() { v.produce(ctx, n) })
	}
	heap := watchHeap(v.For)
	began := time.Now()
	closing, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := v.uploader.Close(closing)
	took := time.Since(began)
	producers.Wait()
	switch panics := v.Callback == Panicking; {
	case !panics && err != nil:
		v.problem("Close: %v", err)
	case panics && (err == nil || !strings.Contains(err.Error(), "panicked")):
		v.problem("Close does not tell of the panic: %v", err)
	}
	r := v.uploader.Report()
	if added := v.added.Load(); added != v.told.Load() || int64(r.Inputs) != added || r.Accepted+r.Invalid+r.Rejected+r.Failed+r.Canceled != r.Inputs {
		v.problem("%d records were taken and %d results told; the report is on %d: %v", added, v.told.Load(), r.Inputs, r)
	}
	if _, err := v.uploader.Add(ctx, &models.EstateRecord{}); !errors.Is(err, api.ErrClosed) {
		v.problem("Add after Close: %v", err)
	}
	if most := v.most.Load(); most > int64(mostOpen+v.Producers) {
		v.problem("%d records had no result at a time, want at most %d", most, mostOpen)
	}
	if !heap.flat() {
		v.problem("the heap is not flat: %v", heap)
	}
	return Served{Service: v.Service, Report: r, Flushes: int(v.flushes.Load()), Open: v.most.Load(), Close: took, Heap: heap}
}

// produce adds records until the uploader is closed, and flushes now and then.
func (v *service) produce(ctx context.Context, n int) {
	padding := strings.Repeat("x", 200)
	for i := 0; ; i++ {
		key := i % keysEach
		it := &v.items[n][key]
		_, err := v.uploader.Add(ctx, &models.EstateRecord{Type: "vm", ID: fmt.Sprintf("%d-%d", n, key), Name: far.Name(it.added),
			Metadata: map[string]any{"pad": padding}})
		if errors.Is(err, api.ErrClosed) {
			return
		}
		if err != nil {
			v.problem("Add: %v", err)
			return
		}
		it.added++
		if open := v.added.Add(1) - v.told.Load(); open > v.most.Load() {
			v.most.Store(open)
		}
		if i%200 == 199 {
			v.flush(ctx, n, int64(i+1))
		}
	}
}

// flush holds Flush to its word: all that this producer has added so far has its result.
func (v *service) flush(ctx context.Context, n int, added int64) {
	err := v.uploader.Flush(ctx)
	if err != nil && (v.Callback != Panicking || !strings.Contains(err.Error(), "panicked")) {
		v.problem("Flush: %v", err)
		return
	}
	if told := v.toldTo[n].Load(); told < added {
		v.problem("after Flush, %d of %d records have no result", added-told, added)
	}
	v.flushes.Add(1)
}

// result is the callback. The versions of one key come in their order, so that counting
// them tells which one it is; nothing grows with the number of records.
func (v *service) result(r api.Result) {
	if r.Index != v.next {
		v.problem("result %d has index %d", v.next, r.Index)
	}
	v.next++
	var n, key int
	if _, err := fmt.Sscanf(r.Key.ID, "%d-%d", &n, &key); err != nil {
		v.problem("a result for %v", r.Key)
		return
	}
	it := &v.items[n][key]
	if r.Outcome == api.Accepted {
		it.accepted = it.told + 1
	}
	it.told++
	v.toldTo[n].Add(1)
	v.told.Add(1)
	switch {
	case v.Callback == Slow && r.Index%20 == 0:
		<-v.tick.C
	case v.Callback == Panicking && r.Index%100 == 7:
		panic("the callback's")
	}
}

// lost counts the keys of which the estate does not hold the last accepted version, or a
// later one.
func (v *service) lost(state far.State) (n int) {
	for p, items := range v.items {
		for k, it := range items {
			if it.accepted == 0 {
				continue
			}
			version, ok := state.Estate[fmt.Sprintf("%d-%d", p, k)]
			if !ok || version < it.accepted-1 || version >= it.added {
				n++
				v.problem("%d-%d: version %d is accepted, %d were added, the estate holds %d", p, k, it.accepted-1, it.added, version)
			}
		}
	}
	return n
}
