package main

import (
	"runtime"
	"testing"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
)

// The ceilings of allocations. They are exact enough to be tested, which times are not. A
// change that needs more says so by raising one of them.
const (
	// encodeCeiling is for checking and encoding one record, once warm.
	maxEncodeAllocs = 0
	// upsertCeiling and upsertBytesCeiling are for each record of an Upsert of 10,000 that
	// exist already: requests, batches, results and all.
	maxUpsertAllocs = 0.25
	maxUpsertBytes  = 1000
	// onceCeiling is for one UpsertOnce of 1000 records.
	maxUpsertOnceAllocs = 250
)

func TestCheckAndEncodeAllocatesNothing(t *testing.T) {
	skipUnderRaceDetector(t)
	for n := range 16 { // names with and without ASCII among them
		r := sdkRecord(estate.Typical(n))
		e := warmEncoder(t, &r)
		got := testing.AllocsPerRun(100, func() {
			e.Buf = e.Buf[:0]
			if err := r.AppendTo(e); err != nil {
				t.Fatal(err)
			}
		})
		if got > maxEncodeAllocs {
			t.Errorf("checking and encoding record %d allocates %v times, want at most %v", n, got, maxEncodeAllocs)
		}
	}
}

func TestUpsertAllocations(t *testing.T) {
	skipUnderRaceDetector(t)
	const n = 10_000
	client, records := inProcess(t), sdkBatch(n)
	upsert := func() {
		if report, err := client.UpsertAll(t.Context(), records); err != nil || report.Accepted != n {
			t.Fatal(report, err)
		}
	}
	upsert() // what is made once is made now
	allocs, bytes := countAllocations(upsert)
	if got := float64(allocs) / n; got > maxUpsertAllocs {
		t.Errorf("an Upsert of %d records allocates %.3f times for each of them, want at most %v", n, got, maxUpsertAllocs)
	}
	if got := float64(bytes) / n; got > maxUpsertBytes {
		t.Errorf("an Upsert of %d records allocates %.0f bytes for each of them, want at most %v", n, got, maxUpsertBytes)
	}
	t.Logf("%.3f allocations and %.0f bytes for each record", float64(allocs)/n, float64(bytes)/n)
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
		t.Errorf("an UpsertOnce of %d records allocates %d times, want at most %d", batchRecords, allocs, maxUpsertOnceAllocs)
	}
	t.Logf("%d allocations", allocs)
}

// allocated counts what f and the goroutines that it starts allocate: the least of a few
// runs, since a pool that the garbage collector emptied is none of f's doing.
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

// exactAllocations skips a test under the race detector, which allocates as well.
func skipUnderRaceDetector(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("the race detector allocates too")
	}
}
