package source

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/models"
)

// readChecked reads all items and checks what must hold for every input: either an item or an
// error, increasing lines, and offsets inside the input.
func readChecked[T any](t *testing.T, r *Reader[T], size int) (items []*T, errs int) {
	line, offset := 0, int64(0)
	for item, err := range r.All() {
		itemErr, isError := errors.AsType[*Error](err)
		if (item == nil) == (err == nil) || err != nil && !isError {
			t.Fatalf("got item %v and error %v, want one of them", item, err)
		}
		at := r.Position().Line
		if err != nil {
			errs++
			at = itemErr.Line
			if itemErr.Error() == "" {
				t.Fatal("got an error without a text")
			}
		} else {
			items = append(items, item)
		}
		if at < line || r.Position().Offset < offset || r.Position().Offset > int64(size) {
			t.Fatalf("got line %d, byte %d after line %d, byte %d, want neither to decrease and at most %d bytes", at, r.Position().Offset, line, offset, size)
		}
		line, offset = at, r.Position().Offset
	}
	return items, errs
}

func FuzzCSV(f *testing.F) {
	for _, rows := range []string{"", "a,vm\n", "a,vm,\"x\ny\"\n", "\"a\";vm\r\n\r\n", "a,vm,\"open\nb,vm,\n\"\"\"", ",,\n;;\n", "a,null,\x00\xff\n", "a,vm,5\" x\n"} {
		f.Add("id,type,tag.x\n", rows)
		f.Add("id;type;cost.2026-11-01;currency\n", rows)
		f.Add("type,meta.a.b,id", "\n"+rows)
		f.Add("sep=;\nid;type;tag.a,b\n", rows)
		f.Add(" ID \tTYPE\t\t\n", rows)
	}
	f.Fuzz(func(t *testing.T, head, rows string) {
		in := head + rows
		r, err := records(strings.NewReader(in), CSV)
		if err != nil {
			return
		}
		items, errs := readChecked(t, r, len(in))

		// Without quotes, every line with more than separators is an item or an error.
		csvRows, isCSV := r.items.(*csvRows[record])
		if !isCSV || csvRows.stream.decoded || csvRows.stream.packed {
			return
		}
		comma := string(csvRows.rows.comma)
		if !strings.Contains(in, `"`) {
			if want := rowsWithoutQuotes(in, comma); len(items)+errs != want {
				t.Fatalf("got %d items and %d errors, want %d together", len(items), errs, want)
			}
		}
		// If encoding/csv returns no error, neither does this reader, and the ids agree.
		if want, ok := referenceIDs(in); ok && errs == 0 && comma == "," {
			var got []string
			for _, item := range items {
				got = append(got, item.ID)
			}
			if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
				t.Fatalf("got the ids %q, want %q", got, want)
			}
		}
	})
}

func rowsWithoutQuotes(in, comma string) int {
	n, begun := 0, false
	for line := range strings.Lines(strings.TrimPrefix(in, "\ufeff")) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if strings.TrimSpace(line) == "" {
			continue
		}
		switch _, isSeparatorLine := separatorLine([]byte(line)); {
		case !begun && isSeparatorLine && n == 0:
			n = -1 // the headings follow
		case !begun:
			begun, n = true, 0
		case strings.ReplaceAll(line, comma, "") != "":
			n++
		}
	}
	return n
}

// referenceIDs reads the ids with encoding/csv.
func referenceIDs(in string) (ids []string, ok bool) {
	if strings.Contains(in, "\r") || strings.Contains(strings.ToLower(in), "sep=") {
		return nil, false // the rules for stray carriage returns differ, and it does not know sep=
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(in, "\ufeff")))
	at := -1
	for {
		row, err := r.Read()
		if err == io.EOF {
			return ids, at >= 0
		}
		switch {
		case err != nil:
			return nil, false
		case len(row) == 1 && strings.TrimSpace(row[0]) == "":
			return nil, false
		case at < 0:
			for i, h := range row {
				if h == "id" {
					at = i
				}
			}
			if at < 0 {
				return nil, false
			}
		case strings.Join(row, "") != "":
			ids = append(ids, row[at])
		}
	}
}

func FuzzJSONLines(f *testing.F) {
	for _, line := range []string{
		"", "\r\n", `{"id":"a","type":"vm"}`, `{"id":"a","tags":{"x":null,"y":"\u00e5"},"metadata":{"n":1e400,"o":[{}]}}`,
		`{"costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":"1"},{"date":"2026-11-02","value":null}]}}`,
		`{"id":"\ud83d\ude00\ud83d"}`, `[1,2`, `{"a":{"b":{"c":` + strings.Repeat("[", 100), "\xff", "\x00", `{"":""}`, `{"record":{"nid":"n"},"data":{"x":1}}`, `{"nid":"n"}`,
	} {
		f.Add([]byte(line))
		f.Add([]byte("{\"id\":\"a\",\"type\":\"vm\"}\n" + line + "\n" + line))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		lines := 0
		for line := range bytes.Lines(bytes.TrimPrefix(in, []byte("\ufeff"))) {
			if !isBlank(line) {
				lines++
			}
		}
		check := func(items, errs int, err error) {
			if err == nil && items+errs != lines {
				t.Fatalf("got %d items and %d errors, want %d together, one for each line", items, errs, lines)
			}
		}
		if r, err := records(bytes.NewReader(in), JSONLines); err == nil {
			items, errs := readChecked(t, r, len(in))
			check(len(items), errs, nil)
		}
		if r, err := Locators(bytes.NewReader(in), Options{Format: JSONLines}, models.PeriodAll); err == nil {
			items, errs := readChecked(t, r, len(in))
			check(len(items), errs, nil)
		}
		if r, err := Enrichments(bytes.NewReader(in), Options{Format: JSONLines}); err == nil {
			items, errs := readChecked(t, r, len(in))
			check(len(items), errs, nil)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, in := range []string{
		"", "[]", `[{"id":"a","type":"vm"}]`, `{"records":[{"id":"a"},{}],"insertInPeriod":"current"}`, `{"insertInPeriod":"previous"`,
		`[{"id":"a"},{"id":"\""},]`, `[{"id":"a"}{`, `{"records":[1,"x",null,[{}]]}`, "[\xff]", `{"a\ud800":1}`,
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if r, err := records(bytes.NewReader(in), JSON); err == nil {
			readChecked(t, r, len(in))
		}
	})
}
