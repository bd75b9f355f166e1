package source

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// Each line is parsed at most twice, whatever quotes are in the file: once for a row that
// turns out to be none, once for itself.
func TestStrayQuotesCostLinearTime(t *testing.T) {
	const lines = 20_000
	for name, rows := range map[string]string{
		"one open quote":                          "a,vm,\"open\n" + strings.Repeat("i,vm,x\n", lines),
		"one open quote, and quotes that fail":    "a,vm,\"open\n" + strings.Repeat("i,vm,\"\"x\"\"\n", lines),
		"an open quote in each row":               strings.Repeat("a,vm,\"open\n", lines),
		"cells that close one quote and open one": "a,vm,\"open\n" + strings.Repeat("x,\",y,\"\n", lines),
		"open quotes with whole rows between":     strings.Repeat("a,vm,\"open\n"+strings.Repeat("i,vm,\"\"\"x\"\"\"\n", 50), lines/50),
		"quotes at the end of each line":          strings.Repeat("a,vm,x\"\n", lines),
		"line ends after an open quote":           "a,vm,\"open\n" + strings.Repeat("\n", 10*lines),
		"an open quote and a long line":           "a,vm,\"open\n" + strings.Repeat("x", MaxItem) + "\na,vm,\n",
	} {
		t.Run(name, func(t *testing.T) {
			in := "id,type,name\n" + rows
			r, err := records(strings.NewReader(in), CSV)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for range r.All() {
				n++
			}
			parsed := r.items.(*csvRows[record]).rows.parsed
			if most := int64(2 * len(in)); parsed > most || n == 0 {
				t.Errorf("got %d bytes parsed for %d items, want at most %d", parsed, n, most)
			}
		})
	}
}

// The bytes of a row are bounded with their line ends: a line end costs no more than itself.
func TestOpenQuoteIsBoundedByRawBytes(t *testing.T) {
	for name, rest := range map[string]string{"line ends": "\n", "separators": ",,,,,,,,,,,,,,,\n", "text": strings.Repeat("x", 1<<16) + "\n"} {
		t.Run(name, func(t *testing.T) {
			in := &rowGenerator{rows: 64 << 20 / max(len(rest), 16), row: func(i int) string {
				switch i {
				case 0:
					return "id,type,name\n"
				case 1:
					return "a,vm,\"open\n"
				}
				return strings.Repeat(rest, max(1, 16/len(rest)))
			}}
			before := heap()
			r, err := records(in, CSV)
			if err != nil {
				t.Fatal(err)
			}
			for range r.All() {
				break
			}
			if grown := grownSince(before); grown > 4*MaxItem {
				t.Errorf("the heap grew by %d MiB, want at most %d", grown>>20, 4*MaxItem>>20)
			}
			if in.next > in.rows/4 {
				t.Errorf("got %d of %d pieces read for the first row, want about %d MiB", in.next, in.rows, MaxItem>>20)
			}
			_ = r.Position() // r is reachable until here
		})
	}
}

// A line of separators is longer than its cells are few.
func TestCellsWithoutHeadingsCostNothing(t *testing.T) {
	in := "id,type\n" + strings.Repeat(",", MaxItem-10) + "\na,vm" + strings.Repeat(",", MaxItem-10) + "\n"
	r, err := records(onlyReader{strings.NewReader(in)}, CSV)
	if err != nil {
		t.Fatal(err)
	}
	for range r.All() {
		if row := &r.items.(*csvRows[record]).rows.row; cap(row.ends) > 100 {
			t.Errorf("got room for %d cells, want that for the two columns", cap(row.ends))
		}
	}
}

// onlyReader hides what a reader can do beside reading.
type onlyReader struct{ io.Reader }

// Each key of each heading is looked at once: a heading is not compared with all others.
func TestManyColumns(t *testing.T) {
	const n = 20_000
	var head, row strings.Builder
	fields := make([]string, n)
	for i := range n {
		fields[i] = fmt.Sprintf("meta.k%d.x", i)
		head.WriteString("," + fields[i])
		row.WriteString(",v")
	}
	var tree fieldTree
	if err := tree.checkConflicts(fields, fields); err != nil || tree.steps != 3*n {
		t.Errorf("got %d steps for %d headings of three keys, %v", tree.steps, n, err)
	}
	r, err := records(strings.NewReader("id,type"+head.String()+"\na,vm"+row.String()+"\n"), CSV)
	if err != nil {
		t.Fatal(err)
	}
	items := 0
	for item, err := range r.All() {
		if items++; err != nil || len(item.Metadata) != n {
			t.Errorf("got %d keys, %v, want %d", len(item.Metadata), err, n)
		}
	}
	if items != 1 {
		t.Errorf("got %d items, want 1", items)
	}
}

func TestKeysAreBounded(t *testing.T) {
	var s keySet
	for i := range maxKeys + 1000 {
		if s.add(key{typ: "vm", id: fmt.Sprint(i)}) {
			t.Fatalf("key %d: got known, want new", i)
		}
	}
	if got, most := 8*len(s.table), 8<<20; got > most || !s.full() {
		t.Errorf("got a table of %d bytes for more keys than it may hold, want at most %d", got, most)
	}
	if !s.add(key{typ: "vm", id: "0"}) || !s.add(key{typ: "vm", id: fmt.Sprint(maxKeys - 1)}) || s.add(key{}) || s.add(key{}) {
		t.Error("want the first keys known, and the empty key never")
	}
}
