package main

import (
	"runtime"
	"testing"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
)

// Allocations are exact enough for limits in a test, unlike times. A change that needs more
// allocations has to raise one of these limits.
const (
	// maxEncodeAllocs is for checking and encoding one record with a warm encoder.
	maxEncodeAllocs = 0
	// maxUpsertAllocs and maxUpsertBytes are for each of 10,000 existing records of an Upsert,
	// including requests, batches and results.
	maxUpsertAllocs = 0.25
	maxUpsertBytes  = 1000
	// maxUpsertOnceAllocs is for one UpsertOnce of 1000 records.
	maxUpsertOnceAllocs = 250
)

func TestCheckAndEncodeAllocatesNothing(t *testing.T) {
	skipUnderRaceDetector(t)
	for n := range 16 { // some names are not ASCII
		r := sdkRecord(estate.Typical(n))
		e := warmEncoder(t, &r)
		got := testing.AllocsPerRun(100, func() {
			e.Buf = e.Buf[:0]
			if err := r.AppendTo(e); err != nil {
				t.Fatal(err)
			}
		})
		if got > maxEncodeAllocs {
			t.Errorf("checking and encoding record %d: got %v allocations, want at most %v", n, got, maxEncodeAllocs)
		}
	}
}

func TestUpsertAllocations(t *testing.T) {
	skipUnderRaceDetector(t)
	const n = 10_000
	client, records := inProcess(t), sdkBatch(n)
	upsert := func() {
		if report, err := client.UpsertAll(t.Context(), records); err != nil || report.Accepted != n {
			t.Fatalf("got %v, %v, want %d records accepted", report, err, n)
		}
	}
	upsert() // excludes one-time allocations
	allocs, bytes := countAllocations(upsert)
	if got := float64(allocs) / n; got > maxUpsertAllocs {
		t.Errorf("Upsert of %d records: got %.3f allocations a record, want at most %v", n, got, maxUpsertAllocs)
	}
	if got := float64(bytes) / n; got > maxUpsertBytes {
		t.Errorf("Upsert of %d records: got %.0f bytes a record, want at most %v", n, got, maxUpsertBytes)
	}
	t.Logf("%.3f allocations and %.0f bytes a record", float64(allocs)/n, float64(bytes)/n)
}

func TestUpsertOnceAllocations(t *testing.T) {
	skipUnderRaceDetector(t)
	client, req := inProcess(t), sdkRequest(batchRecords)
	once := func() {
		if _, err := client.UpsertOnce(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	once()
	allocs, _ := countAllocations(once)
	if allocs > maxUpsertOnceAllocs {
		t.Errorf("UpsertOnce of %d records: got %d allocations, want at most %d", batchRecords, allocs, maxUpsertOnceAllocs)
	}
	t.Logf("%d allocations", allocs)
}

// countAllocations returns the allocations of f and of the goroutines that it starts: the least
// of five runs, as the garbage collector may empty a sync.Pool during some of them.
func countAllocations(f func()) (allocs, bytes uint64) {
	for run := range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		if n := after.Mallocs - before.Mallocs; run == 0 || n < allocs {
			allocs = n
		}
		if n := after.TotalAlloc - before.TotalAlloc; run == 0 || n < bytes {
			bytes = n
		}
	}
	return allocs, bytes
}

// skipUnderRaceDetector skips a test under the race detector, which adds allocations.
func skipUnderRaceDetector(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("the race detector adds allocations")
	}
}
