package source

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"github.com/klarity-go/klarity/models"
)

type record = models.EstateRecord

// encodeUTF16 returns text as UTF-16 with a byte order mark.
func encodeUTF16(text string, order binary.AppendByteOrder) string {
	b := order.AppendUint16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func compress(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

// openWith opens records of a text that can be read only once, byte by byte.
func openWith(o Options, in string) (*Reader[record], error) {
	return Records(iotest.OneByteReader(strings.NewReader(in)), o, models.InsertInPeriodCurrent)
}

// The same sheet, as programs and people save it.
func TestSheetsInAllEncodingsAndDialects(t *testing.T) {
	want := []string{
		"{\"id\":\"a\",\"name\":\"Ymir ø\u00a0😀\",\"tags\":{\"Env\":\"x\"},\"type\":\"vm\"}",
		`{"id":"b","type":"vm"}`,
	}
	const plain = "id,type,name,tag.Env\r\na,vm,Ymir ø\u00a0😀,x\r\nb,vm,,\r\n"
	with := func(sep string) string { return strings.ReplaceAll(plain, ",", sep) }
	for _, c := range []struct{ name, in string }{
		{"plain", plain},
		{"with a mark", "\ufeff" + plain},
		{"semicolons", with(";")},
		{"tabs", with("\t")},
		{"bars", with("|")},
		{"sep=", "sep=;\r\n" + with(";")},
		{"sep= in quotes and in another case", "\"SEP=|\"\r\n" + with("|")},
		{"sep= and a separator that is never tried", "sep=^\n" + with("^")},
		{"sep= with a mark", "\ufeffsep=;\r\n" + with(";")},
		{"UTF-16, low byte first", encodeUTF16(with("\t"), binary.LittleEndian)},
		{"UTF-16, high byte first", encodeUTF16(plain, binary.BigEndian)},
		{"gzip", compress(plain)},
		{"UTF-16 in gzip", compress(encodeUTF16(with(";"), binary.LittleEndian))},
		{"gzip in two parts", compress(plain[:10]) + compress(plain[10:])},
		{"other headings", " ID ,\tTYPE,Name\u00a0,TAG.Env,,\r\n" + strings.SplitN(plain, "\n", 2)[1]},
		{"empty rows and cells", "\r\nid,type,name,tag.Env,,\r\na,vm,Ymir ø\u00a0😀,x,,\r\n,,,,,\r\nb,vm\r\n,,\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := openWith(Options{}, c.in)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, readAll(r), want)
			// A file that can be read twice is.
			if r, err = Records(strings.NewReader(c.in), Options{}, models.InsertInPeriodCurrent); err != nil {
				t.Fatal(err)
			}
			compare(t, readAll(r), want)
		})
	}
}

func TestWindows1252(t *testing.T) {
	text, err := charmap.Windows1252.NewEncoder().String("id;type;name\na;vm;Größe € 5\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`{"id":"a","name":"Größe € 5","type":"vm"}`}
	r, err := openWith(Options{Encoding: Windows1252}, text)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, readAll(r), want)
	// A mark says more than the flag.
	for _, marked := range []string{"\ufeffid;type;name\na;vm;Größe € 5\n", encodeUTF16("id;type;name\na;vm;Größe € 5\n", binary.LittleEndian)} {
		if r, err = openWith(Options{Encoding: Windows1252}, marked); err != nil {
			t.Fatal(err)
		}
		compare(t, readAll(r), want)
	}
}

// Where a file can be read twice, no row of it is given away before its last byte was looked
// at.
func TestTextThatIsNotUTF8IsRefusedAsAWhole(t *testing.T) {
	rows := strings.Repeat("a,vm,abcdefghi\n", 100_000) // more than any buffer
	for _, c := range []struct{ name, tail, want string }{
		{"an umlaut", "b,vm,M\xfcnchen\nc,vm,\n", `line 100002: "M\xfcnchen" is not UTF-8: if it should be "München", add -encoding windows-1252; otherwise save the file as UTF-8 (in Excel: "CSV UTF-8")`},
		{"the first byte of a character as the last one", "b,vm,x\xc3", `line 100002: "x\xc3" is not UTF-8: if it should be "xÃ", add -encoding windows-1252; otherwise save the file as UTF-8 (in Excel: "CSV UTF-8")`},
	} {
		for pad := range 4 { // where buffers end must not matter
			in := "id,type,name" + strings.Repeat(" ", pad) + "\n" + rows + c.tail
			if _, err := Records(strings.NewReader(in), Options{}, models.InsertInPeriodCurrent); err == nil || err.Error() != c.want {
				t.Errorf("%s: got %v\nwant %s", c.name, err, c.want)
			}
		}
	}
	good := "id,type,name\n" + strings.Repeat("a,vm,äöüß€😀\n", 50_000)
	if _, err := Records(strings.NewReader(good), Options{}, models.InsertInPeriodCurrent); err != nil {
		t.Errorf("a text in UTF-8: got %v", err)
	}
}

// A pipe is read as it comes: what is there is enough to begin.
func TestPipeIsNotReadAhead(t *testing.T) {
	for name, in := range map[string]string{
		"csv":                "id,type\na,vm\n",
		"json lines":         "{\"id\":\"a\",\"type\":\"vm\"}\n",
		"json":               "[{\"id\":\"a\",\"type\":\"vm\"},",
		"a request's body":   "{\"records\":\n[{\"id\":\"a\",\"type\":\"vm\"},",
		"a body of one line": "{\"records\":[{\"id\":\"a\",\"type\":\"vm\"},",
		"objects of lines":   "{\n\"id\":\"a\",\n\"type\":\"vm\"\n}\n",
		"utf-16, tabs":       encodeUTF16("id\ttype\na\tvm\n", binary.LittleEndian),
		"csv with a mark":    "\ufeffid,type\na,vm\n",
		"csv, windows lines": "id;type\r\na;vm\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			stop := errors.New("read too far")
			r, err := Records(io.MultiReader(strings.NewReader(in), iotest.ErrReader(stop)), Options{}, models.InsertInPeriodCurrent)
			if err != nil {
				t.Fatal(err)
			}
			for item, err := range r.All() {
				if err != nil || item.ID != "a" {
					t.Errorf("got %v, %v, want the first item", item, err)
				}
				break
			}
		})
	}
}

func TestFormatIsSeenByTheContent(t *testing.T) {
	const bare = `{"id":"a","type":"vm"}`
	pretty := "{\n  \"id\": \"a\",\n  \"type\": \"vm\"\n}\n"
	for _, c := range []struct {
		name, file, in string
		want           []string
	}{
		{"json lines", "x", bare + "\n" + bare, []string{bare, bare}},
		{"json lines named csv", "x.csv", bare + "\n" + bare, []string{bare, bare}},
		{"one line", "x.json", bare, []string{bare}},
		{"array named jsonl", "x.jsonl", "\n [" + bare + "]", []string{bare}},
		{"a request's body named jsonl", "x.jsonl", `{"records":[` + bare + `]}`, []string{bare}},
		{"a request's body over lines", "", "{\n\"insertInPeriod\":\"current\",\n\"records\": [\n" + bare + "\n]\n}", []string{bare}},
		{"pretty-printed objects", "x.jsonl", pretty + pretty, []string{bare, bare}},
		{"pretty-printed objects, then one line", "x", pretty + bare + "\n" + bare, []string{bare, bare, bare}},
		{"one broken object", "x.json", "{\n\"id\": }\n", []string{`line 2: not JSON: invalid character '}' looking for beginning of value; reading stopped here`}},
		{"a string with a bracket", "x.json", "{\"id\":\"{\",\"type\":\"vm\"}\n" + bare, []string{`{"id":"{","type":"vm"}`, bare}},
		{"csv named json is json", "x.json", "id,type\na,vm\n", []string{`open: line 1: expected an array of items, not 'i'`}},
		{"csv named jsonl is json lines", "x.jsonl", "id,type\n", []string{`line 1: byte 1: not JSON: invalid character 'i' looking for beginning of value`}},
		{"csv without a name", "-", "id,type\na,vm\n", []string{bare}},
		{"nothing without a name", "-", "\n \n", []string{`open: there is nothing in it that shows its format: add -format csv, jsonl, json or xlsx`}},
		{"nothing in json lines", "x.ndjson.gz", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, in := range []string{c.in, compress(c.in)} {
				r, err := openWith(Options{Name: c.file}, in)
				if err != nil {
					compare(t, []string{"open: " + err.Error()}, c.want)
					continue
				}
				compare(t, readAll(r), c.want)
			}
		})
	}
}

func TestCompressedFileThatIsDamaged(t *testing.T) {
	var rows strings.Builder
	for i := range 20_000 {
		rows.WriteString(strings.Repeat("x", i%7) + "a,vm\n")
	}
	whole := compress("id,type\n" + rows.String())
	want := "the compressed file is damaged or cut off"
	for name, in := range map[string]string{"cut off": whole[:len(whole)/2], "checksum": whole[:len(whole)-8] + "\x00\x00\x00\x00" + whole[len(whole)-4:]} {
		if _, err := Records(strings.NewReader(in), Options{}, models.InsertInPeriodCurrent); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s, a file: got %v, want %s", name, err, want)
		}
		r, err := openWith(Options{}, in)
		if err != nil {
			t.Fatal(err)
		}
		all := readAll(r)
		if last := all[len(all)-1]; !strings.Contains(last, want) {
			t.Errorf("%s, a pipe: got %s at the end, want %s", name, last, want)
		}
	}
}
