package source

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// The errors of the SDK name the fields of JSON. In names the cell of a field.
func TestPositionOfAField(t *testing.T) {
	const head = "id,type,Name,validThrough,currency,Tag.cost centre,tag.env,meta.a.b c,META.d,cost.2026-11-04,cost.2026-11-05,cost.2026-11-06"
	cells := strings.Split(head, ",")
	book := writeWorkbook(t, func(f *excelize.File) {
		f.SetSheetRow("Sheet1", "A1", &cells)
		f.SetSheetRow("Sheet1", "A9", &[]any{"a", "vm", "", "", "EUR", "", "", "", "", 1, nil, 2})
	})
	for _, c := range []struct{ field, column, cell string }{
		{"id", "id", "A"},
		{"name", "Name", "C"},
		{"validThrough", "validThrough", "D"},
		{"costs.currency", "currency", "E"},
		{`tags["cost centre"]`, "Tag.cost centre", "F"},
		{`tags["env"]`, "tag.env", "G"},
		{`metadata.a["b c"]`, "meta.a.b c", "H"},
		{"metadata.d", "META.d", "I"},
		{"costs.values[0].value", "cost.2026-11-04", "J"},
		{"costs.values[1].value", "cost.2026-11-06", "L"}, // the cell between them is empty
		{"costs.values[1]", "cost.2026-11-06", "L"},
		{"costs.values[2].value", "", ""},
		{"costs.values", "", ""},
		{"tags", "", ""},
		{"", "", ""},
	} {
		for _, in := range []string{head + "\n\na,vm,,,EUR,,,,,1,,2\n", book} {
			r, err := openBook(in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range r.All() {
				if err != nil {
					t.Fatal(err)
				}
				at, want := r.Position().In(c.field), "line 3"
				if in == book && c.cell != "" {
					want = "Sheet1!" + c.cell + "9"
				} else if in == book {
					want = "Sheet1, row 9"
				}
				if at.String() != want || at.Column != c.column {
					t.Errorf("%s: got %s, column %q; want %s, column %q", c.field, at, at.Column, want, c.column)
				}
			}
		}
	}
	r, err := Enrichments(strings.NewReader("NID,data.x\nn1,y\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range r.All() {
		if at := r.Position().In("record.nid"); at.Column != "NID" {
			t.Errorf("record.nid: got the column %q, want NID", at.Column)
		}
		if at := r.Position().In("data.x"); at.Column != "data.x" {
			t.Errorf("data.x: got the column %q, want data.x", at.Column)
		}
	}
}

func TestColumnLetters(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA", maxColumns - 1: "XFD"} {
		if got := columnLetters(i); got != want {
			t.Errorf("columnLetters(%d) = %s, want %s", i, got, want)
		}
		if got := columnOf(want + "17"); got != i {
			t.Errorf("columnOf(%s17) = %d, want %d", want, got, i)
		}
	}
}
