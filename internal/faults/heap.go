package faults

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// heap is the reachable memory over a time, in bytes. Early and Late are the medians of the
// second and the last quarter of the time.
type heap struct{ Early, Late, Max uint64 }

// flat reports whether the heap does not grow with the number of records. A quarter and 2 MiB
// more are within the variation of the garbage collector.
func (h heap) flat() bool { return h.Late < h.Early+h.Early/4+(2<<20) }

func (h heap) String() string {
	return fmt.Sprintf("%.1f MB early, %.1f MB late, %.1f MB max", float64(h.Early)/1e6, float64(h.Late)/1e6, float64(h.Max)/1e6)
}

func watchHeap(d time.Duration) heap {
	var samples []uint64
	tick := time.NewTicker(max(d/80, 20*time.Millisecond))
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		samples = append(samples, heapInUse())
	}
	quarter := len(samples) / 4
	median := func(s []uint64) uint64 { s = slices.Sorted(slices.Values(s)); return s[len(s)/2] }
	return heap{median(samples[quarter : 2*quarter]), median(samples[3*quarter:]), slices.Max(samples)}
}

// heapInUse returns the reachable bytes of the heap.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
