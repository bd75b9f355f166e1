package source

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/models"
)

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
