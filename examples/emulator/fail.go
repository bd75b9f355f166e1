package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

// maxLatency bounds -latency: beyond it every client has given up.
const maxLatency = 10 * time.Minute

// A failure is a status and the share of requests that get it.
type failure struct {
	status  int
	percent float64
}

// failures are the value of -fail: 429:10%,503:2%.
type failures []failure

func (f *failures) String() string {
	var parts []string
	for _, one := range *f {
		parts = append(parts, fmt.Sprintf("%d:%g%%", one.status, one.percent))
	}
	return strings.Join(parts, ",")
}

// Set parses the value of the flag.
func (f *failures) Set(text string) error {
	var all failures
	sum := 0.0
	for part := range strings.SplitSeq(text, ",") {
		status, share, ok := strings.Cut(strings.TrimSpace(part), ":")
		share, percent := strings.CutSuffix(share, "%")
		if !ok || !percent {
			return fmt.Errorf("%q is not STATUS:SHARE%%, such as 429:10%%", part)
		}
		one := failure{}
		var err error
		if one.status, err = strconv.Atoi(status); err != nil || one.status < 400 || one.status > 599 {
			return fmt.Errorf("%q is not a status between 400 and 599", status)
		}
		// "not greater" is true for NaN, too.
		if one.percent, err = strconv.ParseFloat(share, 64); err != nil || !(one.percent > 0) || one.percent > 100 {
			return fmt.Errorf("%q is not a share above 0%% and up to 100%%", share+"%")
		}
		if slices.ContainsFunc(all, func(other failure) bool { return other.status == one.status }) {
			return fmt.Errorf("%d occurs twice", one.status)
		}
		all = append(all, one)
		sum += one.percent
	}
	if sum > 100 {
		return fmt.Errorf("the shares add up to %g%%, more than 100%%", sum)
	}
	*f = all
	return nil
}

// A latency is the value of -latency: 200ms, or 100ms-2s for a random one in between.
type latency struct{ least, most time.Duration }

func (l *latency) String() string {
	switch {
	case l.most == 0:
		return ""
	case l.least == l.most:
		return l.least.String()
	}
	return l.least.String() + "-" + l.most.String()
}

// Set parses the value of the flag.
func (l *latency) Set(text string) error {
	first, second, isRange := strings.Cut(text, "-")
	if !isRange {
		second = first
	}
	least, err := time.ParseDuration(first)
	most, err2 := time.ParseDuration(second)
	switch {
	case err != nil || err2 != nil || least < 0:
		return fmt.Errorf("%q is not a duration such as 200ms, or a range such as 100ms-2s", text)
	case most < least:
		return fmt.Errorf("%s is less than %s", second, first)
	case most > maxLatency:
		return fmt.Errorf("%s is more than %s", second, maxLatency)
	}
	l.least, l.most = least, most
	return nil
}

// disturb returns a hook that delays requests and lets some of them fail. The same seed
// chooses the same requests, as long as they come one after another.
func disturb(f failures, l latency, seed uint64) apitest.Hook {
	var mu sync.Mutex // guards random
	random := rand.New(rand.NewPCG(seed, seed))
	return func(*apitest.Request) *apitest.Fault {
		mu.Lock()
		at, delay := 100*random.Float64(), l.least
		if l.most > l.least {
			delay += time.Duration(random.Int64N(int64(l.most - l.least + 1)))
		}
		mu.Unlock()
		fault := apitest.Fault{}
		for _, one := range f {
			if at < one.percent {
				fault = apitest.Status(one.status)
				break
			}
			at -= one.percent
		}
		fault.Delay = delay
		return &fault
	}
}
