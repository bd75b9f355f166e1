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

// batchRecords is how many records a call takes, by the contract.
const batchRecords = 1000

// bearer is the token of those that do not ask for one.
const bearer = "token-of-the-benchmark"

// inBatches is the loop that somebody writes who has a function for one call: as many
// goroutines as requests may be in flight, each of which makes, encodes and sends a
// thousand records at a time.
func inBatches(s setting, post func(ctx context.Context, from, to int) error) send {
	return func(ctx context.Context, from, to int) (int, error) {
		var next, taken atomic.Int64
		next.Store(int64(from))
		errs := make([]error, s.inFlight)
		var workers sync.WaitGroup
		for w := range s.inFlight {
			workers.Go(func() {
				for errs[w] == nil {
					start := int(next.Add(batchRecords)) - batchRecords
					if start >= to {
						return
					}
					end := min(start+batchRecords, to)
					if errs[w] = post(ctx, start, end); errs[w] == nil {
						taken.Add(int64(end - start))
					}
				}
			})
		}
		workers.Wait()
		return int(taken.Load()), errors.Join(errs...)
	}
}

// transport is the same for all contenders but the SDK, which sets up its own like this:
// the default keeps two idle connections and would open new ones for the rest.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	return t
}

func httpClient() *http.Client { return &http.Client{Transport: transport()} }

func dayOf(v estate.CostElement) time.Time {
	t, err := time.Parse(time.DateOnly, v.Date)
	if err != nil {
		panic(err) // the generator's own dates
	}
	return t
}
