//go:build !race

// The race detector needs memory and time of its own.

package apitest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// An estate of a million records must fit a laptop. The records have a month of costs, tags
// and metadata, and 1.5 kB of JSON, of which the estate takes about half.
func TestEstateTakesLittleMemory(t *testing.T) {
	const requests, perRequest = 20, 1000
	c := inProcess(t).login(t)
	template := upsertBody(30)
	c.call(t, "POST", "/v1/estateRecords", strings.ReplaceAll(template, `"lic-`, `"first-`)) // buffers and tables
	before := heap()
	size := 0
	for i := range requests {
		body := strings.ReplaceAll(template, `"lic-`, fmt.Sprintf(`"lic-%d-`, i))
		size += len(body)
		if r := c.call(t, "POST", "/v1/estateRecords", body); r.status != 202 {
			t.Fatalf("got %d %s, want 202", r.status, r.body)
		}
	}
	grown := int64(heap()-before) / (requests * perRequest)
	runtime.KeepAlive(c)
	t.Logf("%d bytes of memory a record of %d bytes of JSON", grown, size/(requests*perRequest))
	if want := int64(size / (requests * perRequest)); grown <= 0 || grown > want {
		t.Errorf("got %d bytes a record, want at most %d", grown, want)
	}
}

// heap returns the bytes that are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
