package api_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// TestChaos drives runs and uploaders that share a client through random weather and
// checks what always holds.
func TestChaos(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { chaos(t, seed) })
		})
		if t.Failed() {
			return
		}
	}
}

func chaos(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 99))
	var mu sync.Mutex // guards rng and what follows
	inFlight := map[string]string{}
	latest := map[string]int{}
	acceptedBytes := map[string]int{} // name -> times accepted
	carried := map[string]int{}
	start := time.Now()
	var requests atomic.Int64
	weather := func() int { // changes each 40 s
		return int(time.Since(start)/(40*time.Second)+time.Duration(seed)) % 7
	}
	s := &script{noLog: true}
	s.token = func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		p, id := rng.IntN(10), rng.Int()
		mu.Unlock()
		if w := weather(); w == 4 && p < 8 {
			return respond(503, "down"), nil
		}
		if p == 0 {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		return respond(200, fmt.Sprintf(`{"access_token":"t%d","expires_in":60}`, id)), nil
	}
	s.response = func(r *sent) (*http.Response, error) {
		requests.Add(1)
		mu.Lock()
		p, d := rng.IntN(100), time.Duration(rng.IntN(3000))*time.Millisecond
		for _, v := range r.values {
			k := v["type"].(string) + "/" + v["id"].(string)
			if other, ok := inFlight[k]; ok {
				t.Errorf("%s is in flight as %s and %v", k, other, v["name"])
			}
			name := v["name"].(string)
			inFlight[k] = name
			carried[name]++
			var n int
			fmt.Sscanf(name[strings.LastIndex(name, "#")+1:], "%d", &n)
			if n < latest[k] {
				t.Errorf("%s: version %d after %d", k, n, latest[k])
			}
			latest[k] = n
		}
		mu.Unlock()
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			for _, v := range r.values {
				delete(inFlight, v["type"].(string)+"/"+v["id"].(string))
			}
		}()
		select {
		case <-time.After(d):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		bad := slices.ContainsFunc(r.ids, func(id string) bool { return strings.HasPrefix(id, "bad") })
		badRecord := slices.ContainsFunc(r.ids, func(id string) bool { return strings.HasPrefix(id, "poison") })
		switch w := weather(); {
		case w == 1 && p < 95:
			return respond(500, "boom"), nil
		case w == 2 && p < 95:
			return nil, errors.New("connection reset")
		case w == 3 && p < 50:
			return respond(429, "slow", "Retry-After", "7"), nil
		case w == 5 && p < 50:
			return respond(401, "who"), nil
		case w == 6 && p < 60:
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		case p == 0:
			panic("transport")
		case p == 1:
			runtime.Goexit()
		case p == 2:
			return respond(413, "large"), nil
		case bad:
			return respond(400+22*(p%2), fmt.Sprintf(`{"error":"records[%d] and %s are wrong"}`, p, r.ids[0])), nil
		case badRecord:
			return respond(500, "poison"), nil
		}
		mu.Lock()
		for _, v := range r.values {
			acceptedBytes[v["name"].(string)]++
		}
		mu.Unlock()
		return accepted(r), nil
	}
	c := newClient(t, s, api.WithRequestTimeout(30*time.Second))
	var wg sync.WaitGroup
	input := func(kind string, n int) []*models.EstateRecord {
		var all []*models.EstateRecord
		mu.Lock()
		defer mu.Unlock()
		for i := range n {
			id := fmt.Sprintf("r%d", rng.IntN(n))
			switch rng.IntN(60) {
			case 0:
				id = fmt.Sprintf("bad%d", i)
			case 1:
				id = fmt.Sprintf("poison%d", i)
			case 2:
				all = append(all, nil)
				continue
			}
			all = append(all, &models.EstateRecord{Type: kind, ID: id, Name: fmt.Sprintf("%s #%d", kind, i)})
		}
		return all
	}
	verify := func(got *results, n int, report api.Report) {
		got.check(t, n, report)
		mu.Lock()
		defer mu.Unlock()
		for _, res := range got.all {
			name := fmt.Sprintf("%s #%d", res.Key.Type, res.Index)
			if strings.HasPrefix(textOf(res.Err), "PANIC") {
				t.Errorf("%s: %v with error %s", name, res.Outcome, textOf(res.Err))
			}
			if res.Outcome == api.Accepted && acceptedBytes[name] != 1 {
				t.Errorf("%s is accepted, %d requests with it were", name, acceptedBytes[name])
			}
			if (res.Outcome == api.Rejected || res.Outcome == api.Failed && strings.Contains(res.Err.Error(), "400")) && acceptedBytes[name] > 0 {
				t.Errorf("%s is %v, %d requests with it were accepted", name, res.Outcome, acceptedBytes[name])
			}
		}
	}
	for i := range 3 {
		mu.Lock()
		n, size, delay := rng.IntN(400)+1, rng.IntN(100)+1, time.Duration(rng.IntN(200))*time.Second
		limit := time.Duration(rng.IntN(20)+1) * time.Minute
		inFlight := rng.IntN(6) + 1
		mu.Unlock()
		all := input(fmt.Sprintf("run%d", i), n)
		wg.Go(func() {
			defer func() { recover() }() // what the transport panicked with
			time.Sleep(delay)
			var got results
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			pulled := 0
			defer func() {
				p := recover()
				got.mu.Lock()
				n := len(got.all)
				got.mu.Unlock()
				if p != nil && n != pulled {
					t.Errorf("run %d panicked with %v: %d results for %d", i, p, n, pulled)
				}
			}()
			report, _ := c.Upsert(ctx, func(yield func(*models.EstateRecord, error) bool) {
				for _, r := range all {
					pulled++
					if !yield(r, nil) {
						return
					}
				}
			}, got.option(), api.BatchRecords(size), api.InFlight(inFlight))
			verify(&got, pulled, report)
		})
	}
	for i := range 3 {
		mu.Lock()
		n, size := rng.IntN(400)+1, rng.IntN(100)+1
		limit := time.Duration(rng.IntN(40)+1) * time.Minute
		inFlight, gap := rng.IntN(6)+1, time.Duration(rng.IntN(2000))*time.Millisecond
		mu.Unlock()
		all := input(fmt.Sprintf("up%d", i), n)
		wg.Go(func() {
			var got results
			u := newUpserter(t, c, got.option(), api.BatchRecords(size), api.InFlight(inFlight))
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			added := 0
			for _, r := range all {
				if _, err := u.Add(ctx, r); err != nil {
					break
				}
				added++
				time.Sleep(gap)
			}
			u.Close(ctx)
			time.Sleep(5 * time.Second)
			verify(&got, added, u.Report())
		})
	}
	wg.Wait()
	time.Sleep(time.Minute) // a refresh of the token may be under way
	if n := requests.Load(); n > 30_000 {
		t.Errorf("%d requests", n)
	}
}
