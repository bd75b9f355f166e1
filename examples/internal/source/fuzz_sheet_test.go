package source

import (
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// itemsAndErrors returns what is read, without positions.
func itemsAndErrors(t *testing.T, in string) (got []string) {
	t.Helper()
	r, err := openBook(in, Options{Name: "x.csv"})
	if err != nil {
		t.Fatalf("%q: %v", in[:min(len(in), 200)], err)
	}
	defer r.Close()
	for item, err := range r.All() {
		if err != nil {
			got = append(got, err.(*Error).Err.Error())
			continue
		}
		b, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	return got
}

// writeCSV returns rows as encoding/csv writes them.
func writeCSV(t *testing.T, comma rune, rows [][]string) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = comma
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What is read from a sheet does not depend on how it was saved.
func FuzzHowASheetIsSaved(f *testing.F) {
	f.Add("a", "vm", "x, y", "1.5", "b", "vm", "", "null")
	f.Add("a\nb", "\"", ";", "\t", "|", " ", "NULL", "1,5")
	f.Add("", "", "", "", "😀", "\u00a0", "ø", "-1")
	f.Add("null", "vm", "_x000D_", "1e5", "sep=;", "=1+1", "\\.", "\ufeff")
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i string) {
		rows := [][]string{{"id", "type", "tag.x", "cost.2026-11-04"}, {a, b, c, d}, {e, g, h, i}}
		for _, row := range rows {
			for _, cell := range row {
				// A line end inside a cell is a line feed for all, and a workbook escapes others.
				if !utf8.ValidString(cell) || strings.ContainsAny(cell, "\r") || strings.Contains(cell, "_x") {
					t.Skip()
				}
			}
		}
		plain := writeCSV(t, ',', rows)
		want := itemsAndErrors(t, plain)
		forms := map[string]string{
			"tabs": writeCSV(t, '\t', rows), "semicolons": writeCSV(t, ';', rows), "bars": writeCSV(t, '|', rows),
			"sep=": "sep=^\n" + writeCSV(t, '^', rows), "a mark": "\ufeff" + plain, "gzip": compress(plain),
			"UTF-16": encodeUTF16(plain, binary.LittleEndian), "UTF-16, high byte first": encodeUTF16(plain, binary.BigEndian),
			"other headings": strings.Replace(plain, "id,type,tag.x", " ID ,Type ,TAG.x", 1),
		}
		if isXMLText(a + b + c + d + e + g + h + i) {
			sheet := ""
			for _, row := range rows {
				sheet += "<row>" + text(row...) + "</row>"
			}
			forms["a workbook"] = rawBook(t, "", "<worksheet><sheetData>"+sheet+"</sheetData></worksheet>")
		}
		for name, in := range forms {
			got := itemsAndErrors(t, in)
			if sameHeadings.Replace(strings.Join(got, "\n")) != strings.Join(want, "\n") {
				t.Fatalf("%s: got\n%q\nas plain CSV\n%q", name, got, want)
			}
		}
	})
}

// sameHeadings makes the errors of a sheet with other headings those of the plain one.
var sameHeadings = strings.NewReplacer(`column "ID"`, `column "id"`, `column "Type"`, `column "type"`, `column "TAG.x"`, `column "tag.x"`)

// isXMLText reports whether XML can have these characters.
func isXMLText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff
	})
}

// Case and spaces around a heading do not matter, but for the keys in it.
func FuzzHeadings(f *testing.F) {
	for _, h := range []string{"id", "type", "name", "validThrough", "tag.a", "meta.a.b", "cost.2026-11-04", "tags.x", "", "meta..", "tag.", "\u00a0id", "meta.tags", "sep=", "ID."} {
		f.Add("id,type,"+h, h)
	}
	f.Fuzz(func(t *testing.T, head, key string) {
		table := recordTable(DecimalPlain)
		names := strings.Split(head, ",")
		other := make([]string, len(names))
		for i, n := range names {
			n = trimHeading(n)
			if table.field(table.field(n)) != table.field(n) {
				t.Fatalf("%q becomes %q and then %q", n, table.field(n), table.field(table.field(n)))
			}
			prefix, rest, hasKey := strings.Cut(n, ".")
			if other[i] = " " + strings.ToUpper(prefix); hasKey {
				other[i] += "." + rest
			}
			if other[i] += "\u00a0"; !strings.EqualFold(strings.ToUpper(prefix), prefix) {
				return // a letter without an upper case of its own
			}
		}
		h, _, err := table.headings(names, false)
		h2, _, err2 := table.headings(other, false)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("%q: got the error %v; with other case and spaces: %v", head, err, err2)
		}
		if err == nil && strings.Join(h.columns.fields, "\n") != strings.Join(h2.columns.fields, "\n") {
			t.Fatalf("got the fields %q and %q, want the same", h.columns.fields, h2.columns.fields)
		}
		_ = jsonPath("meta." + key)
	})
}

// A sheet of any XML ends, in order, and every row is an item or an error.
func FuzzSheetXML(f *testing.F) {
	for _, rows := range []string{"", "<row/>", `<row r="3"><c r="B3" t="s"><v>0</v></c></row>`, `<row><c t="inlineStr"><is><t>x</t></is></c></row>`, `<row hidden="1"><c s="1"><v>46330</v></c><c t="e"><v>#N/A</v></c></row>`, "<row><c><f>", "</sheetData><mergeCells><mergeCell ref=\"A1:B2\"/>"} {
		f.Add(rows)
	}
	f.Fuzz(func(t *testing.T, rows string) {
		in := rawBook(t, "<sst><si><t>x</t></si></sst>", "<worksheet><sheetData><row>"+text("id", "type", "tag.x")+"</row>"+rows+"</sheetData></worksheet>")
		r, err := openBook(in, Options{})
		if err != nil {
			return
		}
		defer r.Close()
		readChecked(t, r, len(in))
		r.Warnings()
	})
}

// A number is the same number when it has been made what a person would type, to 15 digits. A
// date is a day of the calendar.
func FuzzCellValue(f *testing.F) {
	for _, v := range []string{"0", "-0", "12.5", "12.500000000000001", "1E-7", "1.5E+300", "5e-324", "1.7976931348623157e308", "007", "1.", ".5", "46330.5", "60", "-1", "NaN", "0x1p4", " 1 ", "1_0"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if got, err := plainNumber(value); err == nil {
			was, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			is, err2 := strconv.ParseFloat(got, 64)
			if err != nil || err2 != nil || math.Abs(was-is) > math.Abs(was)*1e-14 || strings.ContainsAny(got, "eE+ ") {
				t.Fatalf("%q became %q", value, got)
			}
		}
		for _, is1904 := range []bool{false, true} {
			c, err := serialDate(value, is1904)
			if err != nil {
				continue
			}
			layout := time.DateOnly
			if c.kind != cellDate {
				layout = time.TimeOnly
			} else if len(c.text) > len(time.DateOnly) {
				layout = time.DateTime
			}
			if _, err := time.Parse(layout, c.text); err != nil {
				t.Fatalf("%q became %q: %v", value, c.text, err)
			}
		}
	})
}
