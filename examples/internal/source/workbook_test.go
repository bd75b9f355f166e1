package source

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/klarity-go/klarity/models"
)

// writeWorkbook returns a workbook made by a package that this one does not read with.
func writeWorkbook(t testing.TB, edit func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	edit(f)
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// style returns a style with a number format.
func style(t testing.TB, f *excelize.File, code string) int {
	t.Helper()
	id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// zipParts returns a zip archive of parts, given as names and contents in turn.
func zipParts(t testing.TB, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, parts[i+1])
	}
	z.Close()
	return b.String()
}

const (
	mainRelations  = `<Relationships><Relationship Id="r1" Type="x/officeDocument" Target="/xl/workbook.xml"/></Relationships>`
	sheetRelations = `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="x/styles" Target="styles.xml"/></Relationships>`
	oneSheet       = `<workbook xmlns:r="r"><sheets><sheet name="Costs" r:id="r1"/></sheets></workbook>`
	someStyles     = `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd\.mm\.yyyy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="17"/><xf numFmtId="46"/></cellXfs></styleSheet>`
)

// rawBook returns a workbook with this XML for its texts and its sheet.
func rawBook(t testing.TB, texts, sheet string) string {
	return zipParts(t, "_rels/.rels", mainRelations, "xl/workbook.xml", oneSheet, "xl/_rels/workbook.xml.rels", sheetRelations,
		"xl/styles.xml", someStyles, "xl/sharedStrings.xml", texts, "xl/worksheets/sheet1.xml", sheet)
}

// text returns cells with texts, as XML.
func text(cells ...string) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(`<c t="str"><v>`)
		xml.EscapeText(&b, []byte(c))
		b.WriteString(`</v></c>`)
	}
	return b.String()
}

func openBook(in string, o Options) (*Reader[record], error) {
	return Records(strings.NewReader(in), o, models.InsertInPeriodCurrent)
}

func TestWorkbook(t *testing.T) {
	book := writeWorkbook(t, func(f *excelize.File) {
		f.SetSheetName("Sheet1", "Hidden")
		f.NewSheet("Costs")
		f.NewSheet("More")
		f.SetActiveSheet(1)
		f.SetSheetVisible("Hidden", false)
		f.SetSheetRow("Hidden", "A1", &[]any{"id", "type"})
		f.SetSheetRow("Hidden", "A2", &[]any{"hidden", "vm"})
		f.SetSheetRow("More", "A1", &[]any{"id", "type"})
		f.SetSheetRow("More", "A2", &[]any{"more", "vm"})
		f.SetSheetRow("Costs", "B3", &[]any{" ID ", "Type", "name", "validThrough", "Currency", "tag.since", "tag.at", "tag.n", "tag.b", "cost.2026-11-01", "cost.2026-11-02"})
		f.SetSheetRow("Costs", "B4", &[]any{
			42, "vm", "Ymir ø \"x\"", time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), "EUR", time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 11, 4, 13, 5, 9, 0, time.UTC), 12345678901234.0, true, 12.5, 0.1 + 0.2,
		})
		f.SetCellStyle("Costs", "E4", "E4", style(t, f, "mmm yyyy"))
		f.SetCellStyle("Costs", "G4", "G4", style(t, f, "dd.mm.yyyy"))
		f.SetCellStyle("Costs", "H4", "H4", style(t, f, `yyyy\-mm\-dd\ hh:mm`))
		f.SetSheetRow("Costs", "B7", &[]any{"b", "vm", nil, nil, nil, nil, nil, nil, nil, nil, nil})
	})
	want := []string{
		`{"costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":"12.5"},{"date":"2026-11-02","value":"0.3"}]},"id":"42","name":"Ymir ø \"x\"","tags":{"at":"2026-11-04 13:05:09","b":"TRUE","n":"12345678901234","since":"2026-11-04"},"type":"vm","validThrough":"2027-03"}`,
		`{"id":"b","type":"vm"}`,
	}
	for name, c := range map[string]struct {
		o    Options
		want []string
	}{
		"the first visible sheet":     {Options{}, want},
		"by name":                     {Options{Sheet: "more"}, []string{`{"id":"more","type":"vm"}`}},
		"a hidden one by name":        {Options{Sheet: "Hidden"}, []string{`{"id":"hidden","type":"vm"}`}},
		"-format":                     {Options{Format: XLSX}, want},
		"-decimal is about texts":     {Options{Decimal: DecimalComma}, want},
		"the name of a file is a lie": {Options{Name: "x.json"}, want},
	} {
		r, err := openBook(book, c.o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		compare(t, readAll(r), c.want)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What has no regular file goes to a temporary one, which is gone after Close and after an
// error.
func TestWorkbookOnAPipe(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	files := func() int {
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	book := rawBook(t, "", `<worksheet><sheetData><row>`+text("id", "type")+`</row><row>`+text("a", "vm")+`</row></sheetData></worksheet>`)
	for name, in := range map[string]io.Reader{
		"a pipe": iotest.HalfReader(onlyReader{strings.NewReader(book)}),
		"gzip":   strings.NewReader(compress(book)),
	} {
		r, err := Records(in, Options{}, models.InsertInPeriodCurrent)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if files() != 1 {
			t.Errorf("%s: got %d temporary files, want 1", name, files())
		}
		compare(t, readAll(r), []string{`{"id":"a","type":"vm"}`})
		if err := r.Close(); err != nil || files() != 0 {
			t.Errorf("%s: got %v and %d files after Close, want none", name, err, files())
		}
	}
	for _, bad := range []string{book[:len(book)-10], zipParts(t, "a.csv", "id,type"), rawBook(t, "", "<worksheet/>")} {
		if _, err := Records(onlyReader{strings.NewReader(bad)}, Options{}, models.InsertInPeriodCurrent); err == nil || files() != 0 {
			t.Errorf("got the error %v and %d files, want an error and no file", err, files())
		}
	}
}

func TestCellsOfAWorkbook(t *testing.T) {
	texts := `<sst><si><t>shared</t></si><si><r><t>two </t></r><r><t xml:space="preserve">fonts</t></r><rPh><t>aside</t></rPh></si><si><t>a_x000D_b_x005F_x</t></si></sst>`
	for _, c := range []struct{ name, cell, want string }{
		{"a shared text", `<c t="s"><v>0</v></c>`, "shared"},
		{"a text of two fonts", `<c t="s"><v>1</v></c>`, "two fonts"},
		{"an escaped character", `<c t="s"><v>2</v></c>`, "a\rb_x"},
		{"a text that is not there", `<c t="s"><v>3</v></c>`, `error: the workbook is damaged: it has no text with the number "3"`},
		{"an inline text", `<c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>`, "inline"},
		{"entities", `<c t="str"><v>&lt;a&amp;b&gt;</v></c>`, "<a&b>"},
		{"CDATA", `<c t="str"><v><![CDATA[<x>]]></v></c>`, "<x>"},
		{"true", `<c t="b"><v>1</v></c>`, "TRUE"},
		{"false", `<c t="b"><v>0</v></c>`, "FALSE"},
		{"an error", `<c t="e"><v>#DIV/0!</v></c>`, "error: the cell holds the error #DIV/0!: correct its formula, or clear the cell"},
		{"a formula", `<c><f>1/4</f><v>0.25</v></c>`, "0.25"},
		{"a formula of text", `<c t="str"><f>A1</f><v>x</v></c>`, "x"},
		{"a formula with an empty result", `<c t="str"><f>A1</f><v></v></c>`, ""},
		{"a formula without a result", `<c><f>1+1</f></c>`, "error: the formula has no stored result: open the workbook in Excel, save it, and read it again"},
		{"a number", `<c><v>12.5</v></c>`, "12.5"},
		{"noise", `<c t="n"><v>12.500000000000001</v></c>`, "12.5"},
		{"more noise", `<c><v>0.30000000000000004</v></c>`, "0.3"},
		{"an exponent", `<c><v>1.25E+1</v></c>`, "12.5"},
		{"a small number", `<c><v>1E-7</v></c>`, "0.0000001"},
		{"a large number", `<c><v>1.5E20</v></c>`, "150000000000000000000"},
		{"a number with zeros at its end", `<c><v>7.10</v></c>`, "7.1"},
		{"minus", `<c><v>-3</v></c>`, "-3"},
		{"no number", `<c><v>x</v></c>`, `error: the workbook is damaged: "x" is no number`},
		{"a hexadecimal number", `<c><v>0x1p4</v></c>`, `error: the workbook is damaged: "0x1p4" is no number`},
		{"not a number", `<c><v>NaN</v></c>`, `error: the workbook is damaged: "NaN" is no number`},
		{"a date", `<c s="1"><v>46330</v></c>`, "2026-11-04"},
		{"a date in a format of its own", `<c s="2"><v>46330</v></c>`, "2026-11-04"},
		{"a month", `<c s="3"><v>46327</v></c>`, "2026-11-01"},
		{"a date with a time", `<c s="1"><v>46330.75</v></c>`, "2026-11-04 18:00:00"},
		{"a second before midnight, in binary", `<c s="1"><v>46330.99998842593</v></c>`, "2026-11-04 23:59:59"},
		{"midnight, in binary", `<c s="1"><v>46329.9999999999</v></c>`, "2026-11-04"},
		{"a time", `<c s="1"><v>0.5</v></c>`, "12:00:00"},
		{"a duration is a number", `<c s="4"><v>1.25</v></c>`, "1.25"},
		{"the first day", `<c s="1"><v>1</v></c>`, "1900-01-01"},
		{"the day before the one that was not", `<c s="1"><v>59</v></c>`, "1900-02-28"},
		{"the day that was not", `<c s="1"><v>60</v></c>`, "error: 1900-02-29 is no date: type the cell again"},
		{"the day after it", `<c s="1"><v>61</v></c>`, "1900-03-01"},
		{"the last day", `<c s="1"><v>2958465</v></c>`, "9999-12-31"},
		{"no day", `<c s="1"><v>2958466</v></c>`, "error: the number 2958466 has the format of a date, and is none: format the cell as a number"},
		{"a day before all", `<c s="1"><v>-1</v></c>`, "error: the number -1 has the format of a date, and is none: format the cell as a number"},
		{"a date as text in the file", `<c t="d"><v>2026-11-04T00:00:00</v></c>`, "2026-11-04"},
		{"no date as text", `<c t="d"><v>soon</v></c>`, `error: the workbook is damaged: "soon" is no date`},
		{"no cell", `<c/>`, ""},
		{"an unknown type", `<c t="z"><v>1</v></c>`, `error: the workbook is damaged: a cell of the type "z"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			book := rawBook(t, texts, `<worksheet><sheetData><row>`+text("id", "type", "tag.x")+`</row><row>`+text("a", "vm")+c.cell+`</row></sheetData></worksheet>`)
			r, err := openBook(book, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for item, err := range r.All() {
				got := ""
				if err != nil {
					got = "error: " + strings.TrimPrefix(err.Error(), `Costs!C2: column "tag.x": `)
				} else if tag := item.Tags["x"]; tag != nil {
					got = *tag
				}
				if got != c.want {
					t.Errorf("got  %q\nwant %q", got, c.want)
				}
			}
		})
	}
}

func TestDatesOfAnOldMac(t *testing.T) {
	cell, err := serialDate("44868", true)
	if err != nil || cell.text != "2026-11-04" {
		t.Errorf("got %v, %v, want 2026-11-04", cell, err)
	}
}

func TestDateFormats(t *testing.T) {
	for code, want := range map[string]bool{
		"General": false, "GENERAL": false, "0": false, "0.00E+00": false, "#,##0.00": false, "@": false, "": false,
		"yyyy-mm-dd": true, "dd.mm.yyyy": true, `dd\.mm\.yyyy`: true, "mmm yyyy": true, "D/M/YY": true, "h:mm AM/PM": true, "mm:ss.0": true,
		"[$-409]d/m/yy;@": true, "[h]:mm": false, "[mm]:ss": false, `0" days"`: false, `"day "0`: false, `#,##0\ \d`: false, "0_d": false, "0*d": false,
		"[Red]0;[Blue]dd": false, "[$USD] #,##0": false, `"open`: false, "[open": false, `yyyy"`: true,
	} {
		if got := isDateFormat(code); got != want {
			t.Errorf("isDateFormat(%q) = %v, want %v", code, got, want)
		}
	}
}

// A workbook that does not keep the rules is an error that says where, and what was read
// before it counts.
func TestDamagedWorkbooks(t *testing.T) {
	head := `<row r="1">` + text("id", "type") + `</row>`
	good := `<row r="2">` + text("a", "vm") + `</row>`
	const bare = `{"id":"a","type":"vm"}`
	damaged := func(what string) string {
		return "reading stopped here, the rest of the input is unknown: the workbook is damaged or cut off (" + what + "): save it again"
	}
	for _, c := range []struct {
		name, rows string
		want       []string
	}{
		{"rows out of order", head + good + `<row r="2"/>`, []string{bare, `Costs, row 2: ` + damaged(`row "2" follows row 2`)}},
		{"a row of no number", head + good + `<row r="x"/>`, []string{bare, `Costs, row 2: ` + damaged(`row "x" follows row 2`)}},
		{"more rows than Excel has", head + good + `<row r="1048577"/>`, []string{bare, `Costs, row 2: ` + damaged(`row "1048577" follows row 2`)}},
		{"cells out of order", head + good + `<row r="3"><c r="B3"/><c r="A3"/></row>`, []string{bare, `Costs, row 3: ` + damaged(`row 3 has the cell "A3" out of order`)}},
		{"more columns than Excel has", head + good + `<row r="3"><c r="XFE3"/></row>`, []string{bare, `Costs, row 3: ` + damaged(`row 3 has the cell "XFE3" out of order`)}},
		{"a cell of no column", head + good + `<row r="3"><c r="7"/></row>`, []string{bare, `Costs, row 3: ` + damaged(`row 3 has the cell "7" out of order`)}},
		{"a sheet that is cut off", head + good + `<row r="3"><c r="A3"><v>1`, []string{bare, `Costs, row 3: reading stopped here`}},
		{"a row that is too long", head + good + `<row r="3"><c t="str"><v>` + strings.Repeat("x", MaxItem+100_000) + `</v></c></row>`, []string{bare, `Costs, row 3: reading stopped here, the rest of the input is unknown: row 3 of the sheet, or the one after it, has more than 8 MiB of XML`}},
		{"entities that grow", head + good + `<row r="3"><c t="str"><v>&lol;</v></c></row>`, []string{bare, `Costs, row 3: ` + damaged(`XML syntax error on line 1: invalid character entity &lol;`)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := openBook(rawBook(t, "", `<worksheet><sheetData>`+c.rows+`</sheetData></worksheet>`), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := readAll(r)
			if c.name == "a sheet that is cut off" {
				got[1], _, _ = strings.Cut(got[1], ",  the")
				got[1], _, _ = strings.Cut(got[1], ", the rest")
			}
			compare(t, got, c.want)
		})
	}
	for _, c := range []struct{ name, in, want string }{
		{"no sheets", zipParts(t, "_rels/.rels", mainRelations, "xl/workbook.xml", "<workbook/>", "xl/_rels/workbook.xml.rels", sheetRelations), "the workbook has no sheet with cells"},
		{"a sheet that is not there", zipParts(t, "xl/workbook.xml", oneSheet, "xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="x.xml"/></Relationships>`), `the workbook is damaged or cut off (it has no part "xl/x.xml"): save it again`},
		{"no list of sheets", zipParts(t, "xl/workbook.xml", "x", "xl/_rels/workbook.xml.rels", sheetRelations), `the workbook is damaged or cut off (xl/workbook.xml: EOF): save it again`},
		{"a chart alone", zipParts(t, "xl/workbook.xml", oneSheet, "xl/_rels/workbook.xml.rels", strings.Replace(sheetRelations, "x/worksheet", "x/chartsheet", 1)), "the workbook has no sheet with cells"},
		{"no part at all", "PK\x05\x06" + strings.Repeat("\x00", 18), "this is a zip archive with nothing in it"},
		{"an error in a heading", rawBook(t, "", `<worksheet><sheetData><row>`+text("id", "type")+`<c t="e"><v>#REF!</v></c></row></sheetData></worksheet>`), `Costs!C1: the cell holds the error #REF!: correct its formula, or clear the cell`},
	} {
		if _, err := openBook(c.in, Options{}); err == nil || err.Error() != c.want {
			t.Errorf("%s: got  %v\nwant %s", c.name, err, c.want)
		}
	}
}

// Archives that are small and become large are refused, or read in bounded memory.
func TestZipBombs(t *testing.T) {
	var manyParts []string
	for i := range 5000 {
		manyParts = append(manyParts, strings.Repeat("x", 1000)+fmt.Sprint(i), "")
	}
	for _, c := range []struct{ name, in, want string }{
		{"styles", zipParts(t, "xl/workbook.xml", oneSheet, "xl/_rels/workbook.xml.rels", sheetRelations, "xl/sharedstrings.xml", "<sst/>", "xl/styles.xml", "<styleSheet>"+strings.Repeat(" ", maxPart)), "the workbook is damaged or cut off (xl/styles.xml: too much XML): save it again"},
		{"parts", zipParts(t, manyParts...), "this zip archive is too large for a workbook: it has very many parts; save the sheet as CSV"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := heap()
			_, err := openBook(c.in, Options{})
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if grown := grownSince(before); grown > 16<<20 {
				t.Errorf("the heap grew by %d MiB, want less than 16", grown>>20)
			}
		})
	}
}

// The texts are bounded together, and by their number: an empty one has a place in memory, too.
func TestTextsAreBounded(t *testing.T) {
	for name, items := range map[string]string{
		"long texts":  strings.Repeat("<si><t>"+strings.Repeat("x", 1<<16-4)+"</t></si>", 16),
		"empty texts": strings.Repeat("<si/>", 1<<18),
	} {
		s, err := openStream(strings.NewReader(zipParts(t, "texts.xml", "<sst>"+items+"</sst>")))
		if err != nil {
			t.Fatal(err)
		}
		p, _, _, err := openZip(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readTexts(p, "texts.xml", 1<<20); err != nil {
			t.Errorf("%s: got %v for 1 MiB, want none", name, err)
		}
		want := "the workbook has more than 0 MiB of different texts: save the sheet as CSV"
		if _, err := readTexts(p, "texts.xml", 1<<20-1); err == nil || err.Error() != want {
			t.Errorf("%s: got %v for more than the limit, want %s", name, err, want)
		}
	}
}

// rowsOfWorkbook writes a workbook of n rows to a file, as large ones are: row by row.
func rowsOfWorkbook(t *testing.T, n int) *os.File {
	t.Helper()
	f, err := os.Create(t.TempDir() + "/large.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z := zip.NewWriter(f)
	for name, content := range map[string]string{"xl/workbook.xml": oneSheet, "xl/_rels/workbook.xml.rels": strings.ReplaceAll(sheetRelations, "x/sharedStrings", "x/none"), "xl/styles.xml": someStyles} {
		w, _ := z.Create(name)
		io.WriteString(w, content)
	}
	w, _ := z.Create("xl/worksheets/sheet1.xml")
	io.WriteString(w, `<worksheet><sheetData><row>`+text("id", "type", "name")+`</row>`)
	for i := range n {
		io.WriteString(w, `<row>`+text(fmt.Sprint("vm-", i), "onprem/vm", "x")+`</row>`)
	}
	io.WriteString(w, `</sheetData></worksheet>`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f.Seek(0, io.SeekStart)
	return f
}

func TestMemoryDoesNotGrowWithTheSheet(t *testing.T) {
	const n = 30_000
	f := rowsOfWorkbook(t, n)
	info, _ := f.Stat()
	r, err := Records(f, Options{}, models.InsertInPeriodCurrent)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, grown, before, last := 0, uint64(0), heap(), int64(0)
	for _, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		if got++; got%10_000 == 0 {
			grown = max(grown, grownSince(before))
		}
		if at := r.Position().Offset; at < last || at > info.Size() {
			t.Fatalf("got the offset %d after %d, want it to grow up to %d", at, last, info.Size())
		} else {
			last = at
		}
	}
	if got != n || grown > 4<<20 || last < info.Size()*9/10 {
		t.Errorf("got %d rows, %d bytes of memory, offset %d of %d; want %d rows and at most 4 MiB", got, grown, last, info.Size(), n)
	}
}

func TestWorkbookWarnings(t *testing.T) {
	book := writeWorkbook(t, func(f *excelize.File) {
		f.SetSheetRow("Sheet1", "A1", &[]any{"id", "type", "name"})
		for row := 2; row <= 5; row++ {
			f.SetSheetRow("Sheet1", fmt.Sprint("A", row), &[]any{"a", "vm", "NULL"})
		}
		f.SetRowVisible("Sheet1", 3, false)
		f.SetRowVisible("Sheet1", 4, false)
		f.MergeCell("Sheet1", "C4", "C5")
		f.MergeCell("Sheet1", "A7", "B7")
	})
	r, err := openBook(book, Options{})
	if err != nil {
		t.Fatal(err)
	}
	readAll(r)
	compare(t, r.Warnings(), []string{
		`3 cells hold the text NULL, the first is Sheet1!C2: it is sent as text; to clear a value write null, to leave it alone leave the cell empty`,
		`2 rows are hidden in the workbook, the first is Sheet1, row 3: they are read all the same`,
		`2 groups of cells are merged, the first is Sheet1!C4:C5: a value counts for the first cell of its group alone, the others are empty`,
		`3 items have the key of an earlier one, the first of them is Sheet1, row 3: all are sent, in their order`,
	})
	compare(t, r.Warnings(), nil)
}

// A disk that fails while a workbook is read is an error of the reading, and no end.
func TestWorkbookOnABrokenDisk(t *testing.T) {
	f := rowsOfWorkbook(t, 20_000)
	info, _ := f.Stat()
	broken := errors.New("the disk is gone")
	in := &brokenDisk{f, info.Size() / 2, broken}
	r, err := Records(in, Options{}, models.InsertInPeriodCurrent)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var last error
	for _, err := range r.All() {
		last = err
	}
	if !errors.Is(last, broken) {
		t.Errorf("got %v at the end, want %v", last, broken)
	}
}

// brokenDisk is a file that cannot be read in its middle.
type brokenDisk struct {
	*os.File
	from int64
	err  error
}

func (b *brokenDisk) ReadAt(p []byte, at int64) (int, error) {
	if at >= b.from && at < b.from*3/2 {
		return 0, b.err
	}
	return b.File.ReadAt(p, at)
}
