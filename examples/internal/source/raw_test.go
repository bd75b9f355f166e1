package source

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/klarity-go/klarity/models"
)

// The texts of the items in their frame are a file that gives the same items and errors, with
// the same options. That of some items gives those.
func TestRawTextsInTheirFrameAreAFile(t *testing.T) {
	book := writeWorkbook(t, func(f *excelize.File) {
		f.SetSheetRow("Sheet1", "A2", &[]any{"id", "type", "tag.a,b", "cost.2026-11-04", "currency"})
		f.SetSheetRow("Sheet1", "A3", &[]any{"a", "vm", "x, \"y\"\nz", 1234.5, "EUR"})
		f.SetSheetRow("Sheet1", "A5", &[]any{"b", "vm", nil, "1.234,5", "EUR"})
		f.SetSheetRow("Sheet1", "A6", &[]any{"c", "vm", "x", "1.5"})
	})
	csv := "sep=;\r\n ID ;type;name\r\na;vm;\"x\r\ny\"\r\n\r\nb;vm;5\" disk\r\nc;vm;\"open\r\nd;vm;\r\n;;\r\ne;vm;x"
	for _, c := range []struct {
		name, in string
		o        Options
	}{
		{"csv", csv, Options{}},
		{"csv with a mark", "\ufeff" + csv, Options{}},
		{"csv, unix lines", "\n\nid,type\na,vm\nb,vm,x\n", Options{}},
		{"utf-16", encodeUTF16("id\ttype\tname\na\tvm\tø\nb\tvm\tx\ty\n", binary.LittleEndian), Options{}},
		{"windows-1252", "id;type;name\na;vm;M\xfcnchen\nb;null;\xe4\n", Options{Encoding: Windows1252}},
		{"gzip", compress("id,type\na,vm\nb,vm,x\n"), Options{}},
		{"json lines", "{\"id\":\"a\",\"type\":\"vm\"}\r\n\n {\"id\":7} \n{\"id\n{\"id\":\"b\",\"type\":\"vm\"}", Options{Format: JSONLines}},
		{"json", "[{\"id\":\"a\",\n\"type\":\"vm\"} ,{\"id\":7}, 8,{\"id\":\"b\",\"type\":\"vm\"}]", Options{}},
		{"a request's body", "{\"records\":[{\"id\":\"a\"},{\"id\":7}]}", Options{}},
		{"pretty-printed objects", "{\n\"id\":\"a\"\n}\n{\n\"id\":7\n}\n", Options{}},
		{"xlsx", book, Options{}},
		{"xlsx with a comma", book, Options{Decimal: DecimalComma}},
	} {
		t.Run(c.name, func(t *testing.T) {
			texts, all, frame := rawTexts(t, c.in, c.o)
			if len(all) < 2 {
				t.Fatalf("got %d items, want some", len(all))
			}
			_, again, _ := rawTexts(t, frame.Head+strings.Join(texts, frame.Between)+frame.Tail, c.o)
			compare(t, again, all)
			for i, text := range texts {
				_, one, _ := rawTexts(t, frame.Head+text+frame.Tail, c.o)
				compare(t, one, all[i:i+1])
			}
		})
	}
}

// rawTexts returns the texts of all items, the items, and errors without their places.
func rawTexts(t *testing.T, in string, o Options) (texts, items []string, frame Frame) {
	t.Helper()
	r, err := Records(strings.NewReader(in), o, models.InsertInPeriodCurrent)
	if err != nil {
		t.Fatalf("%q: %v", in, err)
	}
	for item, err := range r.All() {
		texts = append(texts, string(r.Raw()))
		switch {
		case err != nil:
			itemErr := err.(*Error)
			items = append(items, itemErr.Err.Error())
		default:
			cost := ""
			if item.Costs != nil {
				cost = *item.Costs.Values[0].Value
			}
			tag := ""
			for _, v := range item.Tags {
				tag = *v
			}
			items = append(items, strings.Join([]string{item.ID, item.Type, item.Name, tag, cost}, "|"))
		}
	}
	return texts, items, r.Frame()
}

func TestRawIsVerbatim(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string
	}{
		{"id,type,name\na,vm,\"x\r\ny\"\r\n", "a,vm,\"x\r\ny\""},
		{"id,type,name\n a ,\"vm\", ", " a ,\"vm\", "},
		{" {\"id\" : \"\\u0061\"} \r\n", " {\"id\" : \"\\u0061\"} "},
		{"[ {\"id\" :\n\"a\"} ]", "{\"id\" :\n\"a\"}"},
	} {
		texts, _, _ := rawTexts(t, c.in, Options{})
		if len(texts) != 1 || texts[0] != c.want {
			t.Errorf("%q: got %q, want %q", c.in, texts, c.want)
		}
	}
	// An item that was too long to be read has no text.
	r, err := records(strings.NewReader("id,type\na,"+strings.Repeat("x", MaxItem)+"\na,vm\n"), CSV)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.All() {
		if raw := r.Raw(); (err != nil) != (raw == nil) {
			t.Errorf("got the text %.20q and the error %v", raw, err)
		}
	}
}

func TestDeleteIgnoresOtherColumns(t *testing.T) {
	r, err := Locators(strings.NewReader("id,type,currency,cost.04.11.2026,comment,\na,vm,EUR,\"1,5\",NULL,x\nb,vm,,,,\n"), Options{}, models.PeriodAll)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, r.Warnings(), []string{`3 columns are ignored, the first is column "currency": they do not name a record to delete`})
	var got []string
	for item, err := range r.All() {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, fmt.Sprint(item.ID, " ", item.Type))
	}
	compare(t, got, []string{`line 2: the first line has 5 columns, this row has 6 (is there an unquoted separator in a cell?)`, "b vm"})
	compare(t, r.Warnings(), nil)
}
