package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
)

// batchRecords is how many records the contract allows in one call.
const batchRecords = 1000

// benchToken is the token of the contenders that do not request one.
const benchToken = "token-of-the-benchmark"

// inBatches is the loop that a user writes around a function for one call: as many goroutines
// as requests may be in flight, each of which makes, encodes and sends a thousand records at a
// time.
func inBatches(cfg contenderConfig, post func(ctx context.Context, from, to int) error) sendFunc {
	return func(ctx context.Context, from, to int) (int, error) {
		var next, accepted atomic.Int64
		next.Store(int64(from))
		errs := make([]error, cfg.inFlight)
		var workers sync.WaitGroup
		for w := range cfg.inFlight {
			workers.Go(func() {
				for errs[w] == nil {
					start := int(next.Add(batchRecords)) - batchRecords
					if start >= to {
						return
					}
					end := min(start+batchRecords, to)
					if errs[w] = post(ctx, start, end); errs[w] == nil {
						accepted.Add(int64(end - start))
					}
				}
			})
		}
		workers.Wait()
		return int(accepted.Load()), errors.Join(errs...)
	}
}

// newTransport returns the transport of all contenders but the SDK, which makes an equal one. The
// default transport keeps only two idle connections to a host, and would open new ones for the
// other requests.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	return t
}

func newHTTPClient() *http.Client { return &http.Client{Transport: newTransport()} }

func parseDay(v estate.CostElement) time.Time {
	t, err := time.Parse(time.DateOnly, v.Date)
	if err != nil {
		panic(err) // package estate makes only valid dates
	}
	return t
}
