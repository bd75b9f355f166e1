package status

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// snapshots is the output of restic about n snapshots of 100 hosts.
func snapshots(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		begun := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		fmt.Fprint(w, "[")
		for i := range n {
			if i > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, `{"time":%q,"parent":"%064x","tree":"%064x","paths":["/srv/www","/etc"],"hostname":"web-%d","username":"root","id":"%064x","short_id":"%08x"}`,
				begun.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), i, i, i%100, i, i)
		}
		fmt.Fprint(w, "]")
		w.Close()
	}()
	return r
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What is kept of many snapshots is the latest of each set and a count.
func TestManySnapshotsAreReadAsAStream(t *testing.T) {
	var rows []string
	for i := range 100 {
		rows = append(rows, fmt.Sprintf("web-%d||6f3c9d52-7f0e-4d0c-9b6a-%012d", i, i))
	}
	kept := map[int]int64{}
	for _, n := range []int{1000, 100_000} {
		m := mapOf(t, rows...)
		before, most, read := heap(), int64(0), 0
		c := NewCatalog(m, now)
		err := ReadRestic(snapshots(n), func(b Backup) {
			c.Add(nas, b)
			if read++; read%(n/4) == 0 {
				most = max(most, heap()-before)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		statuses := c.Statuses(policy)
		last := statuses[99].Decisive
		if len(statuses) != 100 || last == nil || last.Backups != n/100 || !strings.HasSuffix(last.Last.ID, fmt.Sprintf("%x", n-1)) {
			t.Fatalf("got %d statuses, the last of %+v", len(statuses), last)
		}
		kept[n] = most
	}
	t.Logf("held at most: %v bytes", kept)
	if kept[100_000] > kept[1000]+256<<10 {
		t.Errorf("held %v bytes by the number of snapshots, want the same", kept)
	}
}

func BenchmarkReadRestic(b *testing.B) {
	b.ReportAllocs()
	m := mapOf(b, "web-1||"+nidA)
	for b.Loop() {
		c := NewCatalog(m, now)
		if err := ReadRestic(snapshots(100_000), func(s Backup) { c.Add(nas, s) }); err != nil {
			b.Fatal(err)
		}
	}
}
