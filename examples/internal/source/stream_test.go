package source

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// rowGenerator is a reader that generates its rows on demand.
type rowGenerator struct {
	rows int
	row  func(i int) string
	next int
	rest string
}

func (e *rowGenerator) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.next == e.rows {
			return 0, io.EOF
		}
		e.rest = e.row(e.next)
		e.next++
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestMemoryDoesNotGrowWithTheInput(t *testing.T) {
	const rows = 200_000
	long := strings.Repeat("x", 1<<20)
	for _, c := range []struct {
		name   string
		format Format
		row    func(i int) string
		want   int
		bytes  uint64
	}{
		{"csv", CSV, func(i int) string {
			if i == 0 {
				return "id,type,tag.a\n"
			}
			return fmt.Sprintf("vm-%d,onprem/vm,x\n", i)
		}, rows - 1, 8 << 20},
		{"json lines", JSONLines, func(i int) string { return fmt.Sprintf(`{"id":"vm-%d","type":"onprem/vm"}`+"\n", i) }, rows, 8 << 20},
		{"json", JSON, func(i int) string {
			switch i {
			case 0:
				return `[{"id":"vm","type":"onprem/vm"}`
			case rows - 1:
				return "]"
			}
			return fmt.Sprintf(",\n"+`{"id":"vm-%d","type":"onprem/vm"}`, i)
		}, rows - 1, 8 << 20},
		{"a quote that is never closed", CSV, func(i int) string {
			switch i {
			case 0:
				return "id,type,name\n"
			case 100:
				return "vm,onprem/vm,\"open\n"
			}
			return fmt.Sprintf("vm-%d,onprem/vm,%s\n", i, strings.Repeat("y", 80))
		}, rows - 1, 64 << 20},
		{"one line of 200 MB", JSONLines, func(int) string { return long }, 1, 64 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := &rowGenerator{rows: rows, row: c.row}
			if c.want == 1 {
				in.rows = 200 // each of 1 MB
			}
			before := heap()
			r, err := records(in, c.format)
			if err != nil {
				t.Fatal(err)
			}
			got, grown := 0, uint64(0)
			for range r.All() {
				if got++; got%50_000 == 0 || got == 1 {
					grown = max(grown, grownSince(before))
				}
			}
			if got != c.want {
				t.Errorf("got %d items, want %d", got, c.want)
			}
			if grown > c.bytes {
				t.Errorf("the heap grew by %d bytes, want at most %d", grown, c.bytes)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// grownSince returns by how much the heap is larger than it was.
func grownSince(before uint64) uint64 {
	now := heap()
	return now - min(before, now)
}

func TestLongLines(t *testing.T) {
	const bare = `{"id":"a","type":"vm"}`
	pad := func(n int) string { return bare + strings.Repeat(" ", n-len(bare)) }
	in := pad(MaxItem) + "\r\n" + pad(MaxItem+1) + "\n" + bare + "\n" + pad(MaxItem+3)
	r, err := records(strings.NewReader(in), JSONLines)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, readAll(r), []string{bare, "line 2: longer than 8 MiB", bare, "line 4: longer than 8 MiB"})

	r, err = records(strings.NewReader("id,type\na,"+strings.Repeat("x", MaxItem)+"\na,vm\n"), CSV)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, readAll(r), []string{"line 2: longer than 8 MiB", bare})
}

func TestPosition(t *testing.T) {
	for _, c := range []struct {
		format Format
		in     string
		want   string
	}{
		{CSV, "id,type,name\na,vm,\n\nb,vm,\"x\ny\"\nc,vm,\n", "2@19 4@31 6@37"},
		{JSONLines, "{\"id\":\"a\"}\n\n{\"id\":\"b\"}", "1@11 3@22"},
		{JSON, "[{\"id\":\"a\"},\n{\n\"id\":\"b\"}\n]", "1@11 2@24"},
	} {
		r, err := records(strings.NewReader(c.in), c.format)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for range r.All() {
			got = append(got, fmt.Sprintf("%d@%d", r.Position().Line, r.Position().Offset))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got lines and offsets %s, want %s", c.format, s, c.want)
		}
	}
}

// errorAtEOF is a reader that ends with err instead of io.EOF.
type errorAtEOF struct {
	io.Reader
	err error
}

func (f errorAtEOF) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err == io.EOF {
		err = f.err
	}
	return n, err
}

func TestReadErrorIsTheLastItem(t *testing.T) {
	broken := errors.New("the disk is gone")
	for format, in := range map[Format]string{
		CSV:       "id,type\na,vm\n\"b",
		JSONLines: "{\"id\":\"a\"}\n{\"id\"",
		JSON:      "[{\"id\":\"a\"},\n{\"id\"",
	} {
		r, err := records(errorAtEOF{strings.NewReader(in), broken}, format)
		if err != nil {
			t.Fatal(err)
		}
		var errs []error
		n := 0
		for _, err := range r.All() {
			n++
			errs = append(errs, err)
		}
		if n != 2 || errs[0] != nil || !errors.Is(errs[1], broken) {
			t.Errorf("%s: got %v, want a record and then %v", format, errs, broken)
		}
	}
}
