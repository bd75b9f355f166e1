package source

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klarity-go/klarity/models"
)

func TestCSV(t *testing.T) {
	const bare = `{"id":"a","type":"vm"}`
	for _, c := range []struct {
		name string
		in   string
		want []string
	}{
		{"every column", joinLines(
			"id,type,name,validThrough,currency,tag.env,meta.rack,meta.site.room,cost.2026-11-01,cost.2026-11-02",
			"a,vm,Ymir ø,2027-01,EUR,prod,7,b1,12.50,0"),
			[]string{`{"costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":"12.50"},{"date":"2026-11-02","value":"0"}]},"id":"a","metadata":{"rack":"7","site":{"room":"b1"}},"name":"Ymir ø","tags":{"env":"prod"},"type":"vm","validThrough":"2027-01"}`}},
		{"an empty cell leaves alone, null clears", joinLines(
			"id,type,name,currency,tag.a,tag.b,meta.x,meta.y.z,cost.2026-11-01,cost.2026-11-02",
			"a,vm,,EUR,,null,,null,,null"),
			[]string{`{"costs":{"currency":"EUR","values":[{"date":"2026-11-02","value":null}]},"id":"a","metadata":{"y":{"z":null}},"tags":{"b":null},"type":"vm"}`}},
		{"what cannot be cleared", joinLines("id,type,name,validThrough,currency",
			"null,vm,,,", "a,null,,,", "a,vm,null,,", "a,vm,,null,", "a,vm,,,null"),
			[]string{
				`line 2: column "id": null: the API cannot clear an id`,
				`line 3: column "type": null: the API cannot clear a type`,
				`line 4: column "name": null: the API cannot clear a name`,
				`line 5: column "validThrough": null: the API cannot clear validThrough`,
				`line 6: column "currency": null: the API cannot clear a currency`,
			}},
		{"a currency without a cost says nothing", joinLines("id,type,currency,cost.2026-11-01", "a,vm,EUR,"), []string{bare}},
		{"a cost without a currency is for the SDK to refuse", joinLines("id,type,cost.2026-11-01", "a,vm,1"),
			[]string{`{"costs":{"currency":"","values":[{"date":"2026-11-01","value":"1"}]},"id":"a","type":"vm"}`}},
		{"numbers and other nulls stay text", joinLines("id,type,meta.n,tag.t", "a,vm,25,NULL"),
			[]string{`{"id":"a","metadata":{"n":"25"},"tags":{"t":"NULL"},"type":"vm"}`}},
		{"semicolons", joinLines("id;type;name", "a;vm;x, y"), []string{`{"id":"a","name":"x, y","type":"vm"}`}},
		{"quoted headings and semicolons", joinLines(`"id";"type"`, `"a";"vm"`), []string{bare}},
		{"a comma wins when both would do", joinLines("id,type,tag.a;b", "a,vm,x"), []string{`{"id":"a","tags":{"a;b":"x"},"type":"vm"}`}},
		{"a tag's key may have dots", joinLines("id,type,tag.a.b,tag.a", "a,vm,x,y"), []string{`{"id":"a","tags":{"a":"y","a.b":"x"},"type":"vm"}`}},
		{"byte order mark, CRLF, no last line end", "\ufeffid,type\r\na,vm\r\na,vm", []string{bare, bare}},
		{"blank rows are no rows", joinLines("", "id,type", "", "a,vm", "  ", ",", "a,vm"), []string{bare, bare}},
		{"quotes", joinLines("id,type,name", `a,vm,"one ""two"", three"`, `"a","vm",""`), []string{`{"id":"a","name":"one \"two\", three","type":"vm"}`, bare}},
		{"a cell of several lines", "id,type,name\r\na,vm,\"x\r\n\r\ny\"\r\na,vm,\r\n", []string{`{"id":"a","name":"x\n\ny","type":"vm"}`, bare}},
		{"a wrong number of cells", joinLines("id,type,name", "a,vm", "a,vm,", "a,vm,x,y", "a,vm,,"), []string{
			bare, bare, // Excel leaves out empty cells at the end of a row
			`line 4: the first line has 3 columns, this row has 4 (is there an unquoted separator in a cell?)`,
			`line 5: the first line has 3 columns, this row has 4 (is there an unquoted separator in a cell? If all rows end in a separator, end the first line in one, too)`}},
		{"separators at the ends of all lines", joinLines("id,type,,", "a,vm,,", "a,vm,", "a,vm", "a,vm,,,", "a,vm,,x"), []string{
			bare, bare, bare,
			`line 5: the first line has 2 columns, this row has 5 (is there an unquoted separator in a cell? If all rows end in a separator, end the first line in one, too)`,
			`line 6: the first line has 2 columns, this row has 4 (is there an unquoted separator in a cell?)`}},
		{"columns without a heading", joinLines("id,,type,,", "a,,vm,,", "a,x,vm,,", "a,,vm,x,"), []string{
			bare,
			`line 3: column 2: the cell has a value, "x", and its column no heading: name the column or clear the cell`,
			`line 4: the first line has 3 columns, this row has 5 (is there an unquoted separator in a cell?)`}},
		{"a file that is cut off", "id,type,name\na,vm,\na,v", []string{bare,
			`line 3: the first line has 3 columns, this row has 2 and no line end: is the file cut off?`}},
		{"stray quotes cost their own row only", joinLines("id,type,name", `a,vm,5" disk`, `a,vm,"x" y`, `a,vm,"open`, `a,vm,`, `a,vm,"open`, `a,vm,"z"`, `a,vm,"open to the end`), []string{
			`line 2: cell 3: a quote inside a cell: put quotes around the cell, and double the one inside`,
			`line 3: cell 3: text follows the quote that closes a cell`,
			`line 4: cell 3: text follows the quote that closes a cell`, bare,
			`line 6: cell 3: text follows the quote that closes a cell`,
			`{"id":"a","name":"z","type":"vm"}`,
			`line 8: the quote that opens a cell is never closed`}},
		{"not UTF-8", joinLines("id,type,name", "a,vm,", "a,vm,\xe5ngstr\xf6m", "a,vm,"), []string{bare,
			`line 3: "\xe5ngstr\xf6m" is not UTF-8: if it should be "ångström", add -encoding windows-1252; otherwise save the file as UTF-8 (in Excel: "CSV UTF-8"); reading stopped here`}},
		{"half a character in one cell, and the other half in the next", joinLines("id,type,tag.x,tag.y", "a,vm,\xc3,\xa4"), []string{
			`line 2: "\xc3" is not UTF-8: if it should be "Ã", add -encoding windows-1252; otherwise save the file as UTF-8 (in Excel: "CSV UTF-8"); reading stopped here`}},
		{"there are no escapes", joinLines("id,type,name", `a,vm,\ud83d`), []string{`{"id":"a","name":"\\ud83d","type":"vm"}`}},
		{"NUL is a character", joinLines("id,type,name", "a,vm,x\x00y"), []string{`{"id":"a","name":"x\u0000y","type":"vm"}`}},
		{"braces and brackets are text", joinLines("id,type,meta.x,meta.y", "a,vm,{},[1]"), []string{`{"id":"a","metadata":{"x":"{}","y":"[1]"},"type":"vm"}`}},
		{"amounts and months are for the SDK to refuse", joinLines("id;type;currency;cost.2026-11-01;validThrough", "a;vm;eur;12.50 €;2026-13"),
			[]string{`{"costs":{"currency":"eur","values":[{"date":"2026-11-01","value":"12.50 €"}]},"id":"a","type":"vm","validThrough":"2026-13"}`}},
		{"headings alone", "id,type\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := records(iotest.OneByteReader(strings.NewReader(c.in)), CSV)
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			compare(t, readAll(r), c.want)
		})
	}
}

func TestCSVHeadings(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty file", "", "the file is empty: the first line must name the columns"},
		{"unknown", "id,type,naem\n", `line 1: column 3, "naem": unknown; the columns are id, type, name, validThrough, currency, tag.KEY, meta.KEY, meta.KEY.SUB, cost.YYYY-MM-DD`},
		{"almost known", "id,type,valid_until\n", `line 1: column 3, "valid_until": unknown; did you mean "validThrough"?`},
		{"almost a tag", "id,type,Tags.env\n", `line 1: column 3, "Tags.env": unknown; did you mean "tag.KEY"?`},
		{"twice in another case", "id,type,name, ID \n", `line 1: column 4, "ID": column 1 has the same name`},
		{"sep= without a separator", "sep=\nid,type\n", `line 1: "sep=" names no separator: one character such as sep=;`},
		{"sep= and nothing else", "sep=;\n", "the file is empty: the first line must name the columns"},
		{"line ends of an old Mac", "id,type\ra,vm\r", `line 1: the lines end in carriage returns alone (an old format of the Mac): save the file as CSV UTF-8`},
		{"a path without an end", "id,type,meta" + strings.Repeat(".a", 101) + "\n", `line 1: column 3, "meta.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a": more than 100 levels`},
		{"an object that is also a value", "id,type,meta.a.b,meta.a\n", `line 1: columns "meta.a" and "meta.a.b" conflict: the first would be both a value and an object`},
		{"twice", "id,type,tag.a,tag.a\n", `line 1: column 4, "tag.a": column 3 has the same name`},
		{"bad day", "id,type,cost.2026-02-30\n", `line 1: column 3, "cost.2026-02-30": "2026-02-30" is not a date of the form YYYY-MM-DD`},
		{"short day", "id,type,cost.2026-2-3\n", `line 1: column 3, "cost.2026-2-3": "2026-2-3" is not a date of the form YYYY-MM-DD`},
		{"no id", "type,name\n", `line 1: there is no column "id"`},
		{"no type", "id;name\n", `line 1: there is no column "type"`},
		{"a tag without a key", "id,type,tag.\n", `line 1: column 3, "tag.": the tag's key is missing, as in tag.environment`},
		{"a path with a hole", "id,type,meta.a..b\n", `line 1: column 3, "meta.a..b": empty key: the path begins or ends with a dot, or has two in a row`},
		{"a value that is also an object", "id,type,meta.a,meta.a.b\n", `line 1: columns "meta.a" and "meta.a.b" conflict: the first would be both a value and an object`},
		{"reserved", "id,type,meta.tags\n", `line 1: column 3, "meta.tags": the API reserves the key "tags" in metadata: use tag.KEY for tags`},
		{"open quote", "id,type,\"name\n", `line 1: the quote that opens a cell is never closed`},
		{"not UTF-8", "id,type,tag.\xe5\n", `line 1: "tag.\xe5" is not UTF-8: if it should be "tag.å", add -encoding windows-1252; otherwise save the file as UTF-8 (in Excel: "CSV UTF-8")`},
		{"NUL", "id,type,na\x00me\n", `line 1: column 3, "na\x00me": unknown; the columns are id, type, name, validThrough, currency, tag.KEY, meta.KEY, meta.KEY.SUB, cost.YYYY-MM-DD`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := records(strings.NewReader(c.in), CSV)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestCSVOfLocatorsAndEnrichments(t *testing.T) {
	locators, err := Locators(strings.NewReader("nid,id,type,name\nn1,,,\n,a,vm,x\n"), Options{Format: CSV}, models.PeriodAll)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, readAll(locators), []string{`{"nid":"n1"}`, `{"id":"a","name":"x","type":"vm"}`})
	if _, err := Locators(strings.NewReader("id,name\n"), Options{Format: CSV}, models.PeriodAll); err == nil {
		t.Error("locators with neither nid nor type: got no error, want one")
	}
	enrichments, err := Enrichments(strings.NewReader("nid;data.state;data.backup.last\nn1;ok;\nn2;null;x\nnull;;x\n"), Options{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, readAll(enrichments), []string{
		`{"data":{"state":"ok"},"record":{"nid":"n1"}}`,
		`{"data":{"backup":{"last":"x"},"state":null},"record":{"nid":"n2"}}`,
		`line 4: column "nid": null: the API cannot clear a nid`})
}

// The error of an item has its type and id, as far as they are known, for the report.
func TestErrorNamesTheItem(t *testing.T) {
	for _, c := range []struct {
		format Format
		in     string
	}{
		{CSV, "name,type,id\nnull,vm,a\n"},
		{JSONLines, `{"id":"a","type":"vm","naem":"x"}`},
		{JSON, `[{"id":"a","type":"vm","naem":"x"}]`},
	} {
		r, err := records(strings.NewReader(c.in), c.format)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range r.All() {
			itemErr, ok := errors.AsType[*Error](err)
			if !ok || itemErr.Type != "vm" || itemErr.ID != "a" {
				t.Errorf("%s: got %#v, want an *Error with type vm and id a", c.format, err)
			}
		}
	}
}

// A row is mended in one pass: the error names all of its bad cells.
func TestAllBadCellsOfARow(t *testing.T) {
	var in strings.Builder
	in.WriteString("id,type,name,currency")
	for day := range 25 {
		fmt.Fprintf(&in, ",cost.2026-11-%02d", day+1)
	}
	in.WriteString("\na,vm,null,EUR,\"1,5\",2\nb,vm,x,EUR" + strings.Repeat(",\"1,5\"", 25) + "\n")
	r, err := Records(strings.NewReader(in.String()), Options{Format: CSV}, models.InsertInPeriodCurrent)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, err := range r.All() {
		got = append(got, err.Error())
	}
	want := `line 2: 2 cells are wrong: (1) column "name": null: the API cannot clear a name (2) column "cost.2026-11-01": "1,5" has a decimal comma: add -decimal comma if it means 1.5`
	if len(got) != 2 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.HasPrefix(got[1], "line 3: 25 cells are wrong: (1) ") || !strings.HasSuffix(got[1], " and 5 more") || len(got[1]) > 4000 {
		t.Errorf("got %q", got[1])
	}
}
