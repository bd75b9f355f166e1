package source

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"runtime"
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

// What has no regular file goes to a temporary one, which is gone whatever happens.
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
		if runtime.GOOS != "windows" && files() != 0 {
			t.Errorf("%s: got %d names of temporary files, which stay if the process is killed, want none", name, files())
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
