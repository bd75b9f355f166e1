package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// utf16LE returns text as UTF-16 with a byte order mark, as Excel's "Unicode text" has it.
func utf16LE(text string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

// zipped returns an archive of files, given as names and contents in turn.
func zipped(files ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, _ := z.Create(files[i])
		w.Write([]byte(files[i+1]))
	}
	z.Close()
	return b.String()
}

// workbook returns a workbook with the sheet Costs, which edit fills.
func workbook(edit func(f *excelize.File)) string {
	f := excelize.NewFile()
	defer f.Close()
	f.SetSheetName("Sheet1", "Costs")
	f.SetSheetRow("Costs", "A1", &[]any{"id", "type", "currency", "cost.2026-11-04", "tag.env"})
	edit(f)
	b, _ := f.WriteToBuffer()
	return b.String()
}

// rawWorkbook returns a workbook with the rows in XML, as no program would write them.
func rawWorkbook(rows string) string {
	return zipped(
		"_rels/.rels", `<Relationships><Relationship Id="r1" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="Costs" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+rows+`</sheetData></worksheet>`)
}

// What people upload on a bad day, and all that they read on the standard error then. The
// name of the file stands in for its path.
func TestUglyInputs(t *testing.T) {
	const costs = "id,type,currency,cost.2026-11-04\n"
	jobtest.Environment(t, nil)
	for _, c := range []struct {
		name, file, content string
		flags               []string
		valid, invalid      int // items; neither is said of a file that is refused
		want                string
	}{
		{"a decimal comma", "c.csv", "id;type;currency;cost.2026-11-04\na;vm;EUR;1,5\n", nil, 0, 1, `
line 2, type "vm" id "a": invalid
    column "cost.2026-11-04": "1,5" has a decimal comma: add -decimal comma if it means 1.5`},
		{"a decimal comma, told", "c.csv", "id;type;currency;cost.2026-11-04\na;vm;EUR;1.234,5\n", []string{"-decimal", "comma"}, 1, 0, ``},
		{"a decimal point where a comma is told", "c.csv", costs + "a,vm,EUR,12.50\n", []string{"-decimal", "comma"}, 0, 1, `
line 2, type "vm" id "a": invalid
    column "cost.2026-11-04": "12.50" is no amount with a decimal comma, such as 1.234,56: leave out -decimal comma if amounts have a point`},
		{"marks between thousands", "c.csv", costs + "a,vm,EUR,\"1,234.50\"\n", nil, 0, 1, `
line 2, type "vm" id "a": invalid
    column "cost.2026-11-04": "1,234.50" has marks between thousands: add -decimal point if it means 1234.50`},
		{"marks between thousands, told", "c.csv", costs + "a,vm,EUR,\"1,234.50\"\n", []string{"-decimal", "point"}, 1, 0, ``},
		{"one comma, of thousands or of decimals", "c.csv", costs + "a,vm,EUR,\"1,234\"\n", nil, 0, 1, `
line 2, type "vm" id "a": invalid
    column "cost.2026-11-04": "1,234" may be 1.234 or 1234: add -decimal comma or -decimal point, whichever this file has`},
		{"spaces between thousands", "c.csv", costs + "a,vm,EUR,1 234\n", nil, 0, 1, `
line 2, type "vm" id "a": invalid
    column "cost.2026-11-04": "1 234" has marks between thousands: add -decimal comma or -decimal point if it means 1234`},
		{"a currency sign", "c.csv", costs + "a,vm,EUR,12.50 €\n", nil, 0, 1, `
line 2, type "vm" id "a": invalid
    column "cost.2026-11-04": must be a decimal number with a dot, without sign or exponent; is "12.50 €"`},
		{"a negative amount", "c.csv", costs + "a,vm,EUR,-1\n", nil, 0, 1, `
line 2, type "vm" id "a": invalid
    column "cost.2026-11-04": must be a decimal number with a dot, without sign or exponent; is "-1"`},
		{"a scientific number", "c.csv", costs + "a,vm,EUR,1.25E+03\n", nil, 0, 1, `
line 2, type "vm" id "a": invalid
    column "cost.2026-11-04": must be a decimal number with a dot, without sign or exponent; is "1.25E+03"`},
		{"UTF-16", "c.txt", utf16LE("id\ttype\tname\r\na\tvm\tMünchen 😀\r\n"), nil, 1, 0, ``},
		{"UTF-16 without a mark", "c.csv", utf16LE("id,type\n")[2:], nil, 0, 0, `upload: c.csv: the text looks like UTF-16 without a byte order mark: save it as UTF-8 (in Excel: "CSV UTF-8")`},
		{"UTF-16 that is cut off", "c.csv", utf16LE("id,type\na,vm")[:21], nil, 0, 0, `upload: c.csv: the text is UTF-16 and ends inside a character: the file is cut off`},
		{"UTF-16 with half a character", "c.csv", utf16LE("id,type\na,vm") + "\x3d\xd8a\x00", nil, 0, 0, `upload: c.csv: the text is UTF-16 with half a character (a lone surrogate) in it: the file is damaged, save it again as UTF-8`},
		{"UTF-32", "c.csv", "\xff\xfe\x00\x00i\x00\x00\x00", nil, 0, 0, `upload: c.csv: the text is UTF-32: save it as UTF-8`},
		{"windows-1252", "c.csv", "id,type,name\na,vm,x\nb,vm,M\xfcnchen\n", nil, 0, 0, `upload: c.csv: line 3: "M\xfcnchen" is not UTF-8: if it should be "München", add -encoding windows-1252; otherwise save the file as UTF-8 (in Excel: "CSV UTF-8")`},
		{"windows-1252, told", "c.csv", "id,type,name\na,vm,x\nb,vm,M\xfcnchen \x80\n", []string{"-encoding", "windows-1252"}, 2, 0, ``},
		{"sep= and semicolons", "c.csv", "sep=;\r\nid;type;tag.a,b\r\na;vm;x\r\n", nil, 1, 0, ``},
		{"sep= without a separator", "c.csv", "sep=\nid,type\n", nil, 0, 0, `upload: c.csv: line 1: "sep=" names no separator: one character such as sep=;`},
		{"tabs", "c.tsv", "id\ttype\na\tvm\n", nil, 1, 0, ``},
		{"bars", "c.csv", "id|type\na|vm\n", nil, 1, 0, ``},
		{"headings in any case, with spaces", "c.csv", " ID ,Type\u00a0,VALIDTHROUGH,Tag.Env\na,vm,,x\n", nil, 1, 0, ``},
		{"empty columns and cells at the end", "c.csv", "id,type,,\na,vm,,\nb,vm\nc,vm,\n,,,\n,,,,,\n", nil, 3, 0, ``},
		{"a value under no heading", "c.csv", "id,,type\na,x,vm\n", nil, 0, 1, `
line 2, type "vm" id "a": invalid
    column 2: the cell has a value, "x", and its column no heading: name the column or clear the cell`},
		{"gzip", "c.csv.gz", gzipped("id,type\na,vm\n"), nil, 1, 0, ``},
		{"gzip that is cut off", "c.csv.gz", gzipped("id,type\na,vm\n")[:20], nil, 0, 0, `upload: c.csv.gz: the compressed file is damaged or cut off (unexpected EOF)`},
		{"gzip in gzip", "c.csv.gz.gz", gzipped(gzipped("id,type\na,vm\n")), nil, 0, 0, `upload: c.csv.gz.gz: the file is compressed twice: unpack it once with gunzip`},
		{"JSON named CSV", "c.csv", "[{\"id\":\"a\",\"type\":\"vm\"}]", nil, 1, 0, ``},
		{"pretty-printed objects", "c.json", "{\n  \"id\": \"a\",\n  \"type\": \"vm\"\n}\n{\n  \"id\": 7\n}\n", nil, 1, 1, `
line 5: invalid
    id: must be a string, not a number`},
		{"a request's body, pretty-printed", "c.jsonl", "{\n  \"records\": [\n    {\"id\": \"a\", \"type\": \"vm\"}\n  ]\n}\n", nil, 1, 0, ``},
		{"an old workbook", "c.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 512), nil, 0, 0, `upload: c.xls: this is an Excel workbook of the old format (.xls): save it as .xlsx or CSV; a workbook with a password begins in the same way: save it without one`},
		{"a binary workbook", "c.xlsb", zipped("xl/workbook.bin", ""), nil, 0, 0, `upload: c.xlsb: this is a binary Excel workbook (.xlsb): save it as .xlsx or CSV`},
		{"a document of LibreOffice", "c.ods", zipped("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", ""), nil, 0, 0, `upload: c.ods: this is a document of LibreOffice (.ods): save it as .xlsx or CSV`},
		{"a document of Word", "c.docx", zipped("word/document.xml", ""), nil, 0, 0, `upload: c.docx: this is a Word document: save the table in it as .xlsx or CSV`},
		{"a zip archive", "c.zip", zipped("c.csv", "id,type\n"), nil, 0, 0, `upload: c.zip: this is a zip archive, and no Excel workbook: unpack it, and name the file in it`},
		{"a page to sign in", "c.csv", "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>", nil, 0, 0, `upload: c.csv: this is a web page (HTML): what was saved may be a page to sign in, or a sheet in HTML; open it, and save the sheet as .xlsx or CSV`},
		{"a PDF document", "c.csv", "%PDF-1.7\n", nil, 0, 0, `upload: c.csv: this is a PDF document: save the sheet that it was made from as .xlsx or CSV`},
		{"a Parquet file", "c.csv", "PAR1\x15\x04", nil, 0, 0, `upload: c.csv: this is a Parquet file: export it as CSV or JSON lines`},
		{"compressed with zstd", "c.csv.zst", "\x28\xb5\x2f\xfd\x04\x00", nil, 0, 0, `upload: c.csv.zst: this is compressed with zstd: pipe it through zstd -dc, with -file -`},
		{"an empty file", "c.csv", "", nil, 0, 0, `upload: c.csv: the file is empty: the first line must name the columns`},
		{"headings alone, misspelled", "c.csv", "id,type,Tags.env\n", nil, 0, 0, `upload: c.csv: line 1: column 3, "Tags.env": unknown; did you mean "tag.KEY"?`},
		{"no heading at all", "c.csv", "web-1,vm\nweb-2,vm\n", nil, 0, 0, `upload: c.csv: line 1: column 1, "web-1": unknown; the columns are id, type, name, validThrough, currency, tag.KEY, meta.KEY, meta.KEY.SUB, cost.YYYY-MM-DD`},
		{"a title above the headings", "c.csv", "Cost report 2026,,\nid,type,name\n", nil, 0, 0, `upload: c.csv: line 1: column 1, "Cost report 2026": unknown; the columns are id, type, name, validThrough, currency, tag.KEY, meta.KEY, meta.KEY.SUB, cost.YYYY-MM-DD`},
		{"line ends of an old Mac", "c.csv", "id,type\ra,vm\r", nil, 0, 0, `upload: c.csv: line 1: the lines end in carriage returns alone (an old format of the Mac): save the file as CSV UTF-8`},
		{"an open quote", "c.csv", "id,type,name\na,vm,\"open\nb,vm,x\n", nil, 1, 1, `
line 2: invalid
    the quote that opens a cell is never closed`},
		{"a quote in a cell", "c.csv", "id,type,name\na,vm,19\" rack\n", nil, 0, 1, `
line 2: invalid
    cell 3: a quote inside a cell: put quotes around the cell, and double the one inside`},
		{"an unquoted separator", "c.csv", "id,type,name,tag.env\na,vm,x,\nb,vm,x, y,\n", nil, 1, 1, `
line 3: invalid
    the first line has 4 columns, this row has 5 (is there an unquoted separator in a cell? If all rows end in a separator, end the first line in one, too)`},
		{"the last line is cut off", "c.csv", "id,type,name\na,vm,x\nb,vm", nil, 1, 1, `
line 3: invalid
    the first line has 3 columns, this row has 2 and no line end: is the file cut off?`},
		{"NUL and NULL", "c.csv", "id,type,name,tag.env\na,vm,NULL,x\x00\nb,vm,,Null\n", nil, 2, 0, `
upload: line 2, column "tag.env": the cell has the character NUL in it, which is sent
upload: 2 cells hold the text NULL, the first is line 2, column "name": it is sent as text; to clear a value write null, to leave it alone leave the cell empty`},
		{"the same key twice", "c.csv", "id,type,name\na,vm,x\nb,vm,x\na,vm,y\n", nil, 3, 0, `upload: line 4 has the key of an earlier item: both are sent, in their order`},
		{"a day that does not exist", "c.csv", "id,type,cost.2026-02-30\n", nil, 0, 0, `upload: c.csv: line 1: column 3, "cost.2026-02-30": "2026-02-30" is not a date of the form YYYY-MM-DD`},
		{"a flag of workbooks for CSV", "c.csv", "id,type\na,vm\n", []string{"-sheet", "Costs"}, 0, 0, `upload: c.csv: -sheet is about workbooks, and this is a CSV file: leave it out`},
		{"a flag of sheets for JSON", "c.jsonl", "{\"id\":\"a\",\"type\":\"vm\"}", []string{"-decimal", "comma"}, 0, 0, `upload: c.jsonl: -decimal is about sheets, and this is a file of JSON lines: leave it out`},
		{"a workbook", "c.xlsx", workbook(func(f *excelize.File) { f.SetSheetRow("Costs", "A2", &[]any{"a", "vm", "EUR", 0.1 + 0.2, true}) }), nil, 1, 0, ``},
		{"a workbook named CSV, and told so", "c.csv", workbook(func(*excelize.File) {}), []string{"-format", "csv"}, 0, 0, `upload: c.csv: this is a zip archive, such as an Excel workbook, and not a CSV file: leave out -format`},
		{"CSV told to be a workbook", "c.xlsx", "id,type\n", []string{"-format", "xlsx"}, 0, 0, `upload: c.xlsx: this is no Excel workbook: leave out -format xlsx`},
		{"a workbook with an amount as text", "c.xlsx", workbook(func(f *excelize.File) { f.SetSheetRow("Costs", "A2", &[]any{"a", "vm", "EUR", "1,5"}) }), nil, 0, 1, `
Costs!D2, type "vm" id "a": invalid
    column "cost.2026-11-04": "1,5" has a decimal comma: add -decimal comma if it means 1.5`},
		{"a workbook with an error", "c.xlsx", rawWorkbook(`<row r="1"><c t="inlineStr"><is><t>id</t></is></c><c t="inlineStr"><is><t>type</t></is></c><c t="inlineStr"><is><t>cost.2026-11-04</t></is></c></row>
			<row r="17"><c r="A17"><v>7</v></c><c r="B17" t="str"><v>vm</v></c><c r="C17" t="e"><f>NA()</f><v>#N/A</v></c></row>`), nil, 0, 1, `
Costs!C17, type "vm" id "7": invalid
    column "cost.2026-11-04": the cell holds the error #N/A: correct its formula, or clear the cell`},
		{"a workbook with a formula and no result", "c.xlsx", workbook(func(f *excelize.File) {
			f.SetSheetRow("Costs", "A2", &[]any{"a", "vm", "EUR"})
			f.SetCellFormula("Costs", "D2", "1+1")
		}), nil, 0, 1, `
Costs!D2, type "vm" id "a": invalid
    column "cost.2026-11-04": the formula has no stored result: open the workbook in Excel, save it, and read it again`},
		{"a workbook that ends in the middle of a sheet", "c.xlsx", rawWorkbook(`<row r="1"><c t="str"><v>id</v></c><c t="str"><v>type</v></c></row><row r="2"><c t="str"><v>a</v></c><c t="str"><v>vm</v></c></row><row r="3"><c><v`), nil, 1, 1, `
Costs, row 3: invalid
    reading stopped here, the rest of the input is unknown: the workbook is damaged or cut off (XML syntax error on line 1: expected attribute name in element): save it again`},
		{"a workbook with an empty sheet", "c.xlsx", rawWorkbook(``), nil, 0, 0, `upload: c.xlsx: the sheet "Costs" is empty: its first row must name the columns`},
		{"a workbook whose sheets are hidden", "c.xlsx", workbook(func(f *excelize.File) {
			f.NewSheet("Ann's")
			f.SetSheetVisible("Costs", false)
			f.SetSheetVisible("Ann's", false)
		}), []string{"-sheet", "ann's"}, 0, 0, `upload: c.xlsx: the sheet "Ann's" is empty: its first row must name the columns`},
		{"a workbook in gzip", "c.xlsx.gz", gzipped(workbook(func(f *excelize.File) { f.SetSheetRow("Costs", "A2", &[]any{"a"}) })), nil, 0, 1, `
Costs!B2, type "" id "a": invalid
    column "type": is required`},
		{"an odd name of a sheet", "c.xlsx", workbook(func(f *excelize.File) {
			f.SetSheetName("Costs", "Ann's costs")
			f.SetSheetRow("Ann's costs", "A2", &[]any{"a", "vm", "XXX", 1})
		}), nil, 0, 1, `
'Ann''s costs'!C2, type "vm" id "a": invalid
    column "currency": must be a currency code of ISO 4217, three capital letters; is "XXX"`},
		{"a column that is a list of words", "c.csv", "id,type,metadata.team,label.x\n", nil, 0, 0, `upload: c.csv: line 1: column 3, "metadata.team": unknown; did you mean "meta.KEY"?`},
		{"rules that the SDK knows, in cells", "c.csv", "id,type,currency,Tag.Cost Centre,cost.2026-11-04,cost.2026-11-05\na,vm,EUR," + strings.Repeat("x", 300) + ",,\nb,vm,EUR,,1,1.x\n", nil, 0, 2, `
line 2, type "vm" id "a": invalid
    column "Tag.Cost Centre": must have at most 255 characters; has 300 characters
line 3, type "vm" id "b": invalid
    column "cost.2026-11-05": must be a decimal number with a dot, without sign or exponent; is "1.x"`},
		{"a workbook with a date for an amount", "c.xlsx", workbook(func(f *excelize.File) {
			f.SetSheetRow("Costs", "A2", &[]any{"a", "vm", "EUR", time.Date(2026, 4, 11, 0, 0, 0, 0, time.UTC)})
		}), nil, 0, 1, `
Costs!D2, type "vm" id "a": invalid
    column "cost.2026-11-04": the cell is a date, not an amount: a spreadsheet has made a date of what was typed; format the column as text or number, and type it again`},
		{"a workbook with hidden rows, merged cells and a note beside", "c.xlsx", workbook(func(f *excelize.File) {
			f.SetSheetRow("Costs", "A2", &[]any{"a", "vm"})
			f.SetSheetRow("Costs", "A3", &[]any{"b", "vm", nil, nil, nil, nil, "ask Ann"})
			f.SetRowVisible("Costs", 2, false)
			f.MergeCell("Costs", "B4", "B5")
		}), nil, 1, 1, `
Costs!G3, type "vm" id "b": invalid
    column 7: the cell has a value, "ask Ann", and its column no heading: name the column or clear the cell
upload: Costs, row 2 is hidden in the workbook, and is read all the same
upload: the cells Costs!B4:B5 are merged: the value counts for the first of them alone, the others are empty`},
		{"a workbook without that sheet", "c.xlsx", workbook(func(*excelize.File) {}), []string{"-sheet", "2026"}, 0, 0, `upload: c.xlsx: -sheet: the workbook has no sheet "2026"; it has "Costs"`},
		{"a workbook whose sheet has another heading", "c.xlsx", workbook(func(f *excelize.File) { f.SetCellValue("Costs", "E1", "naem") }), nil, 0, 0, `upload: c.xlsx: Costs!E1: column 5, "naem": unknown; the columns are id, type, name, validThrough, currency, tag.KEY, meta.KEY, meta.KEY.SUB, cost.YYYY-MM-DD`},
		{"a workbook that is cut off", "c.xlsx", workbook(func(*excelize.File) {})[:3000], nil, 0, 0, `upload: c.xlsx: the workbook is damaged or cut off (the list of its parts is missing): save it again`},
		{"a workbook with an encoding", "c.xlsx", workbook(func(*excelize.File) {}), []string{"-encoding", "windows-1252"}, 0, 0, `upload: c.xlsx: -encoding is about texts, and this is an Excel workbook: leave it out`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := jobtest.File(t, c.file, c.content)
			result := jobtest.Run(t, run, "", append([]string{"-dry-run", "-file", file}, c.flags...)...)
			got := strings.TrimSpace(strings.ReplaceAll(result.Err, file, c.file))
			if want := strings.TrimSpace(c.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			status := 2
			switch {
			case c.invalid > 0:
				status = 1
			case c.valid > 0:
				status = 0
			}
			if result.Status != status {
				t.Errorf("got the exit status %d, want %d", result.Status, status)
			}
			wantCounts(t, result.Out, c.valid, c.invalid)
		})
	}
}

// wantCounts fails the test unless the summary has these counts.
func wantCounts(t *testing.T, out string, valid, invalid int) {
	t.Helper()
	got := map[string]string{}
	for line := range strings.Lines(out) {
		if words := strings.Fields(line); len(words) >= 2 {
			got[words[0]] = words[1]
		}
	}
	for outcome, n := range map[string]int{"valid": valid, "invalid": invalid} {
		if have := cmp.Or(got[outcome], "0"); have != strconv.Itoa(n) {
			t.Errorf("got %s %s items, want %d", have, outcome, n)
		}
	}
}
