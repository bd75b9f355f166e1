package source

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klarity-go/klarity/models"
)

func TestJSONLines(t *testing.T) {
	const bare = `{"id":"a","type":"vm"}`
	for _, c := range []struct{ name, in, want string }{
		{"every field", `{"id":"a","type":"vm","name":"Ymir","metadata":{"n":1.10,"big":12345678901234567890,"o":{"x":null,"l":[1,true,"s",{}]}},"tags":{"k":"v","gone":null},"costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":"1.50"},{"date":"2026-11-02","value":null}]},"validThrough":"2027-01"}`,
			`{"costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":"1.50"},{"date":"2026-11-02","value":null}]},"id":"a","metadata":{"big":12345678901234567890,"n":1.10,"o":{"l":[1,true,"s",{}],"x":null}},"name":"Ymir","tags":{"gone":null,"k":"v"},"type":"vm","validThrough":"2027-01"}`},
		{"white space and escapes", "\t { \"id\" : \"\\u0061\" , \"type\":\"v\\u006D\" }\r", bare},
		{"a character of two escapes", `{"id":"\ud83d\ude00","type":"vm"}`, `{"id":"😀","type":"vm"}`},
		{"unknown field", `{"id":"a","type":"vm","nmae":"x"}`, `line 1: unknown field "nmae"`},
		{"another case is another field", `{"ID":"a","type":"vm"}`, `line 1: unknown field "ID"`},
		{"unknown field inside", `{"id":"a","type":"vm","costs":{"currncy":"EUR"}}`, `line 1: costs: unknown field "currncy"`},
		{"unknown field of a day", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":"1","vat":"0"}]}}`, `line 1: costs.values[0]: unknown field "vat"`},
		{"field twice", `{"id":"a","type":"vm","id":"b"}`, `line 1: the field stands twice "id"`},
		{"tag twice", `{"id":"a","type":"vm","tags":{"x":"1","\u0078":"2"}}`, `line 1: tags: the field stands twice "x"`},
		{"metadata key twice", `{"id":"a","type":"vm","metadata":{"o":{"x":1,"x":1}}}`, `line 1: metadata.o: the field stands twice "x"`},
		{"a number as amount", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":12.5}]}}`, `line 1: costs.values[0].value: the number 12.5 must be text: "12.5"`},
		{"a day without a value", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-11-01"}]}}`, `line 1: costs.values[0]: "value" is missing; write null to clear the day's cost`},
		{"a value without a day", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"value":"1"}]}}`, `line 1: costs.values[0]: "date" is missing`},
		{"no such day", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-02-30","value":"1"}]}}`, `line 1: costs.values[0].date: "2026-02-30" is not a day, written YYYY-MM-DD`},
		{"an instant is no day", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-11-01T00:00:00Z","value":"1"}]}}`, `line 1: costs.values[0].date: "2026-11-01T00:00:00Z" is not a day, written YYYY-MM-DD`},
		{"a number as id", `{"id":7,"type":"vm"}`, `line 1: id: a text is wanted, not a number`},
		{"a list as tags", `{"id":"a","type":"vm","tags":["x"]}`, `line 1: tags: an object is wanted, not an array`},
		{"a tag that is no text", `{"id":"a","type":"vm","tags":{"x":true}}`, `line 1: tags.x: a text is wanted, not true or false`},
		{"an odd key", `{"id":"a","type":"vm","tags":{"a.b":{}}}`, `line 1: tags."a.b": a text is wanted, not an object`},
		{"an empty key", `{"id":"a","type":"vm","tags":{"":[]}}`, `line 1: tags."": a text is wanted, not an array`},
		{"name null", `{"id":"a","type":"vm","name":null}`, `line 1: name: null: the API cannot clear a name`},
		{"tags null", `{"id":"a","type":"vm","tags":null}`, `line 1: tags: null: clear the tags one by one, each with null`},
		{"metadata null", `{"id":"a","type":"vm","metadata":null}`, `line 1: metadata: null: clear the keys one by one, each with null`},
		{"costs null", `{"id":"a","type":"vm","costs":null}`, `line 1: costs: null: clear the days one by one, each with the value null`},
		{"validThrough empty", `{"id":"a","type":"vm","validThrough":""}`, `line 1: validThrough: empty: a month such as 2026-12 is wanted; leave it out to leave it alone`},
		{"name empty is name absent", `{"id":"a","type":"vm","name":""}`, bare},
		{"broken", `{"id":"a" "type":"vm"}`, `line 1: byte 11: not JSON: invalid character '"' after object key:value pair`},
		{"cut", `{"id":"a","ty`, `line 1: byte 13: not JSON: unexpected end of JSON input`},
		{"something follows", `{"id":"a","type":"vm"} {"id":"b"}`, `line 1: byte 24: not JSON: invalid character '{' after top-level value`},
		{"an array", `[{"id":"a","type":"vm"}]`, `line 1: an object is wanted, not an array (a file that is one array has the format json)`},
		{"a word", `null`, `line 1: an object is wanted, not null`},
		{"not UTF-8", "{\"id\":\"\xe5\",\"type\":\"vm\"}", `line 1: byte 8: not UTF-8: save the file as UTF-8`},
		{"half a character", `{"id":"\ud83d","type":"vm"}`, `line 1: id: \ud83d is half of a character (a lone surrogate)`},
		{"the other half", `{"id":"a","type":"x\ude00"}`, `line 1: type: \ude00 is half of a character (a lone surrogate)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Whatever the line holds, the ones after it are read.
			r, err := records(iotest.HalfReader(strings.NewReader(c.in+"\n\n \r\n"+bare+"\n")), JSONLines)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, read(r), []string{c.want, bare})
		})
	}
}

func TestJSON(t *testing.T) {
	const bare = `{"id":"a","type":"vm"}`
	long := `{"id":"` + strings.Repeat("x", MaxItem) + `","type":"vm"}`
	for _, c := range []struct {
		name, in string
		want     []string // an error before the first item begins with "open: "
	}{
		{"array", "[" + bare + ",\n " + bare + "]\n", []string{bare, bare}},
		{"empty array", " [ ] ", nil},
		{"a request's body", `{"records":[` + bare + `]}`, []string{bare}},
		{"with the period of the run", `{"insertInPeriod":"current","records":[` + bare + `]}`, []string{bare}},
		{"with the period after the records", `{"records":[` + bare + `],"insertInPeriod":"current"}`, []string{bare}},
		{"with another period", `{"insertInPeriod":"previous","records":[` + bare + `]}`, []string{`open: line 1: the file says insertInPeriod "previous", the run works on "current": set -period`}},
		{"with another period, too late", `{"records":[` + bare + `],"insertInPeriod":"previous"}`, []string{bare, `line 1: the file says insertInPeriod "previous", the run works on "current": set -period; reading stopped here`}},
		{"an unknown field around it", `{"items":[` + bare + `]}`, []string{`open: line 1: unknown field "items"`}},
		{"no records", `{}`, []string{`open: line 1: the object has no field "records"`}},
		{"no records but a period", `{"insertInPeriod":"current"}`, []string{`open: line 1: the object has no field "records"`}},
		{"records that are no array", `{"records":7}`, []string{`open: line 1: an array of items is wanted, not a number`}},
		{"empty", "", []string{`open: line 1: the document ends too early`}},
		{"a word", "x", []string{`open: line 1: an array of items is wanted, not 'x'`}},
		{"a bad record is one bad record", "[" + bare + ",\n{\"id\":7},\n" + bare + "]", []string{bare, `line 2: id: a text is wanted, not a number`, bare}},
		{"text in Latin-1 is one bad record", "[{\"id\":\"\xe5\"},\n" + bare + "]", []string{`line 1: not UTF-8: save the file as UTF-8`, bare}},
		{"a broken record ends it", "[" + bare + ",\n{\"id\":\n nope},\n" + bare + "]", []string{bare, `line 3: not JSON: invalid character 'o' in literal null (expecting 'u'); reading stopped here`}},
		{"a lost comma ends it", "[" + bare + "\n" + bare + "]", []string{bare, `line 2: a comma is wanted between two items, not '{'; reading stopped here`}},
		{"a comma too many ends it", "[" + bare + ",]", []string{bare, `line 1: not JSON: unexpected end of JSON input; reading stopped here`}},
		{"cut between records", "[" + bare + ",\n", []string{bare, `line 2: the document ends too early; reading stopped here`}},
		{"cut in a record", "[" + bare + ",\n{\"id\":", []string{bare, `line 2: the document ends too early; reading stopped here`}},
		{"something follows", "[" + bare + "]\n[]", []string{bare, `line 2: '[' stands after the end of the document; reading stopped here`}},
		{"a record that is too long", "[" + bare + ",\n" + long + ",\n" + bare + "]", []string{bare, `line 2: longer than 8 MiB`, bare}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := records(strings.NewReader(c.in), JSON)
			if err != nil {
				compare(t, []string{"open: " + err.Error()}, c.want)
				return
			}
			compare(t, read(r), c.want)
		})
	}
}

func TestJSONOfLocatorsAndEnrichments(t *testing.T) {
	locators, err := Locators(strings.NewReader(`{"period":"all","records":[{"nid":"n1"},{"id":"a","type":"vm","name":"x"},{"id":null}]}`), JSON, models.PeriodAll)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, read(locators), []string{`{"nid":"n1"}`, `{"id":"a","name":"x","type":"vm"}`, `line 1: id: null: the API cannot clear an id`})

	enrichments, err := Enrichments(strings.NewReader(`{"enrichments":[{"record":{"nid":"n1"},"data":{"n":1.0}},{"record":{"id":"a"},"data":{}},{"record":{"nid":"n1"},"data":[]}]}`), JSON)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, read(enrichments), []string{`{"data":{"n":1.0},"record":{"nid":"n1"}}`, `line 1: record: unknown field "id"`, `line 1: data: an object is wanted, not an array`})
	if _, err := Enrichments(strings.NewReader(`{"period":"all","enrichments":[]}`), JSON); err == nil {
		t.Error("enrichments with a period: no error")
	}
}
