package source

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klarity-go/klarity/models"
)

func TestJSONLines(t *testing.T) {
	const (
		bare  = `{"id":"a","type":"vm"}`
		field = `{"id":"a","type":"vm",`
		day   = field + `"costs":{"currency":"EUR","values":[`
	)
	for _, c := range []struct{ name, in, want string }{
		{"every field", `{"id":"a","type":"vm","name":"Ymir","metadata":{"n":1.10,"big":12345678901234567890,"o":{"x":null,"l":[1,true,"s",{}]}},"tags":{"k":"v","gone":null},"costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":"1.50"},{"date":"2026-11-02","value":null}]},"validThrough":"2027-01"}`,
			`{"costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":"1.50"},{"date":"2026-11-02","value":null}]},"id":"a","metadata":{"big":12345678901234567890,"n":1.10,"o":{"l":[1,true,"s",{}],"x":null}},"name":"Ymir","tags":{"gone":null,"k":"v"},"type":"vm","validThrough":"2027-01"}`},
		{"white space and escapes", "\t { \"id\" : \"\\u0061\" , \"type\":\"v\\u006D\" }\r", bare},
		{"a character of two escapes", `{"id":"\ud83d\ude00","type":"vm"}`, `{"id":"😀","type":"vm"}`},
		{"unknown field", `{"id":"a","type":"vm","naem":"x"}`, `line 1: unknown field "naem"`},
		{"another case is another field", `{"ID":"a","type":"vm"}`, `line 1: unknown field "ID"`},
		{"unknown field inside", `{"id":"a","type":"vm","costs":{"currncy":"EUR"}}`, `line 1: costs: unknown field "currncy"`},
		{"unknown field of a day", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":"1","vat":"0"}]}}`, `line 1: costs.values[0]: unknown field "vat"`},
		{"field twice", `{"id":"a","type":"vm","id":"b"}`, `line 1: duplicate field "id"`},
		{"tag twice", `{"id":"a","type":"vm","tags":{"x":"1","\u0078":"2"}}`, `line 1: tags: duplicate field "x"`},
		{"metadata key twice", `{"id":"a","type":"vm","metadata":{"o":{"x":1,"x":1}}}`, `line 1: metadata.o: duplicate field "x"`},
		{"a number as amount", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":12.5}]}}`, `line 1: costs.values[0].value: the number 12.5 must be a string: "12.5"`},
		{"a day without a value", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-11-01"}]}}`, `line 1: costs.values[0]: "value" is missing; write null to clear the day's cost`},
		{"a value without a day", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"value":"1"}]}}`, `line 1: costs.values[0]: "date" is missing`},
		{"no such day", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-02-30","value":"1"}]}}`, `line 1: costs.values[0].date: "2026-02-30" is not a date of the form YYYY-MM-DD`},
		{"an instant is no day", `{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-11-01T00:00:00Z","value":"1"}]}}`, `line 1: costs.values[0].date: "2026-11-01T00:00:00Z" is not a date of the form YYYY-MM-DD`},
		{"a number as id", `{"id":7,"type":"vm"}`, `line 1: id: must be a string, not a number`},
		{"a list as tags", `{"id":"a","type":"vm","tags":["x"]}`, `line 1: tags: must be an object, not an array`},
		{"a tag that is no text", `{"id":"a","type":"vm","tags":{"x":true}}`, `line 1: tags.x: must be a string, not true or false`},
		{"an odd key", `{"id":"a","type":"vm","tags":{"a.b":{}}}`, `line 1: tags."a.b": must be a string, not an object`},
		{"an empty key", `{"id":"a","type":"vm","tags":{"":[]}}`, `line 1: tags."": must be a string, not an array`},
		{"true as id", `{"id":true,"type":"vm"}`, `line 1: id: must be a string, not true or false`},
		{"an object as type", `{"id":"a","type":{"x":"vm"}}`, `line 1: type: must be a string, not an object`},
		{"a list as name", field + `"name":["x"]}`, `line 1: name: must be a string, not an array`},
		{"a number as month", field + `"validThrough":202612}`, `line 1: validThrough: must be a string, not a number`},
		{"a text as tags", field + `"tags":"x"}`, `line 1: tags: must be an object, not a string`},
		{"a number as tag", field + `"tags":{"x":1}}`, `line 1: tags.x: must be a string, not a number`},
		{"a text as metadata", field + `"metadata":"x"}`, `line 1: metadata: must be an object, not a string`},
		{"a list as metadata", field + `"metadata":[{"x":1}]}`, `line 1: metadata: must be an object, not an array`},
		{"a text as costs", field + `"costs":"12.50 EUR"}`, `line 1: costs: must be an object, not a string`},
		{"a list as costs", field + `"costs":["12.50"]}`, `line 1: costs: must be an object, not an array`},
		{"a number as currency", field + `"costs":{"currency":978}}`, `line 1: costs.currency: must be a string, not a number`},
		{"currency null", field + `"costs":{"currency":null}}`, `line 1: costs.currency: null: the API cannot clear a currency`},
		{"an object as list of days", field + `"costs":{"currency":"EUR","values":{}}}`, `line 1: costs.values: must be an array, not an object`},
		{"a text as day and value", day + `"1"]}}`, `line 1: costs.values[0]: must be an object, not a string`},
		{"a list as day and value", day + `["2026-11-01","1"]]}}`, `line 1: costs.values[0]: must be an object, not an array`},
		{"null as day and value", day + `null]}}`, `line 1: costs.values[0]: must be an object, not null`},
		{"a number as day", day + `{"date":20261101,"value":"1"}]}}`, `line 1: costs.values[0].date: must be a string, not a number`},
		{"null as day", day + `{"date":null,"value":"1"}]}}`, `line 1: costs.values[0].date: must be a string, not null`},
		{"true as amount", day + `{"date":"2026-11-01","value":true}]}}`, `line 1: costs.values[0].value: must be a string, not true or false`},
		{"an object as amount", day + `{"date":"2026-11-01","value":{"EUR":"1"}}]}}`, `line 1: costs.values[0].value: must be a string, not an object`},
		{"a number with sign and exponent as amount", day + `{"date":"2026-11-01","value":-1e3}]}}`, `line 1: costs.values[0].value: the number -1e3 is negative, which no cost may be: write a string with a decimal number, without sign and exponent, such as "12.50"`},
		{"a number with an exponent as amount", day + `{"date":"2026-11-01","value":1.25e1}]}}`, `line 1: costs.values[0].value: the number 1.25e1 must be a string: "12.5"`},
		{"a number that no float holds as amount", day + `{"date":"2026-11-01","value":1e400}]}}`, `line 1: costs.values[0].value: the number 1e400 must be a string with a decimal number, without sign and exponent, such as "12.50"`},
		{"the second day is none", day + `{"date":"2026-02-28","value":"1"},{"date":"2026-02-30","value":"1"}]}}`, `line 1: costs.values[1].date: "2026-02-30" is not a date of the form YYYY-MM-DD`},
		{"a day's field twice", day + `{"date":"2026-11-01","value":"1","date":"2026-11-02"}]}}`, `line 1: costs.values[0]: duplicate field "date"`},
		{"currency twice", field + `"costs":{"currency":"EUR","currency":"USD"}}`, `line 1: costs: duplicate field "currency"`},
		{"some lines later", "\n\r\n  \n" + `{"id":7,"type":"vm"}`, `line 4: id: must be a string, not a number`},
		{"name null", `{"id":"a","type":"vm","name":null}`, `line 1: name: null: the API cannot clear a name`},
		{"tags null", `{"id":"a","type":"vm","tags":null}`, `line 1: tags: null: clear the tags one by one, each with null`},
		{"metadata null", `{"id":"a","type":"vm","metadata":null}`, `line 1: metadata: null: clear the keys one by one, each with null`},
		{"costs null", `{"id":"a","type":"vm","costs":null}`, `line 1: costs: null: clear the days one by one, each with the value null`},
		{"validThrough empty", `{"id":"a","type":"vm","validThrough":""}`, `line 1: validThrough: empty: give a month such as 2026-12, or omit the field to keep what is stored`},
		{"name empty is name absent", `{"id":"a","type":"vm","name":""}`, bare},
		{"broken", `{"id":"a" "type":"vm"}`, `line 1: byte 11: not JSON: invalid character '"' after object key:value pair`},
		{"cut", `{"id":"a","ty`, `line 1: byte 13: not JSON: unexpected end of JSON input`},
		{"something follows", `{"id":"a","type":"vm"} {"id":"b"}`, `line 1: byte 24: not JSON: invalid character '{' after top-level value`},
		{"a comma follows", bare + `,`, `line 1: byte 23: not JSON: invalid character ',' after top-level value`},
		{"an array", `[{"id":"a","type":"vm"}]`, `line 1: must be an object, not an array (a file with one array has the format json)`},
		{"a word", `null`, `line 1: must be an object, not null`},
		{"a text", `"a"`, `line 1: must be an object, not a string`},
		{"a number", `7`, `line 1: must be an object, not a number`},
		{"NaN", field + `"metadata":{"n":NaN}}`, `line 1: byte 39: not JSON: invalid character 'N' looking for beginning of value`},
		{"a number that no float holds", field + `"metadata":{"n":1e400}}`, `{"id":"a","metadata":{"n":1e400},"type":"vm"}`},
		{"ten thousand brackets", field + `"metadata":{"n":` + strings.Repeat("[", 10_000), `line 1: byte 10037: not JSON: invalid character '[' exceeded max depth`},
		{"a byte order mark in front", "\ufeff" + bare, bare},
		{"a byte order mark at the end", bare + "\ufeff", `line 1: byte 23: not JSON: invalid character 'ï' after top-level value`},
		{"NUL", "{\"id\":\"a\x00b\",\"type\":\"vm\"}", `line 1: byte 9: not JSON: invalid character '\x00' in string literal`},
		{"NUL between fields", "{\"id\":\"a\",\x00\"type\":\"vm\"}", `line 1: byte 11: not JSON: invalid character '\x00' looking for beginning of object key string`},
		{"NUL alone", "\x00", `line 1: byte 1: not JSON: invalid character '\x00' looking for beginning of value`},
		{"NUL as an escape is a character", `{"id":"a\u0000b","type":"vm"}`, `{"id":"a\u0000b","type":"vm"}`},
		{"not UTF-8", "{\"id\":\"\xe5\",\"type\":\"vm\"}", `line 1: byte 8: not UTF-8: save the file as UTF-8`},
		{"half a character", `{"id":"\ud83d","type":"vm"}`, `line 1: id: \ud83d is half of a character (a lone surrogate)`},
		{"the other half", `{"id":"a","type":"x\ude00"}`, `line 1: type: \ude00 is half of a character (a lone surrogate)`},
		{"the halves in the wrong order", field + `"name":"\ude00\ud83d"}`, `line 1: name: \ude00 is half of a character (a lone surrogate)`},
		{"half a character, then another escape", field + `"name":"\ud83d\u0041"}`, `line 1: name: \ud83d is half of a character (a lone surrogate)`},
		{"half a character in a list", field + `"metadata":{"o":["x","\uD83D"]}}`, `line 1: metadata.o[1]: \uD83D is half of a character (a lone surrogate)`},
		{"half a character in a key", field + `"metadata":{"o":{"\ud83d":1}}}`, `line 1: metadata.o: \ud83d is half of a character (a lone surrogate)`},
		{"half a character in a tag", field + `"tags":{"x":"\ud83d"}}`, `line 1: tags.x: \ud83d is half of a character (a lone surrogate)`},
		{"half a character in a tag's key", field + `"tags":{"\ud83d":"x"}}`, `line 1: tags: \ud83d is half of a character (a lone surrogate)`},
		{"half a character in a field's name", field + `"\ud83d":"x"}`, `line 1: \ud83d is half of a character (a lone surrogate)`},
		{"half a character in an amount", day + `{"date":"2026-11-01","value":"\ud83d"}]}}`, `line 1: costs.values[0].value: \ud83d is half of a character (a lone surrogate)`},
		{"half a character as bytes", "{\"id\":\"a\xed\xa0\xbd\",\"type\":\"vm\"}", `line 1: byte 9: not UTF-8: save the file as UTF-8`},
		{"a backslash that is escaped is no escape", field + `"name":"\\ud83d"}`, `{"id":"a","name":"\\ud83d","type":"vm"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Whatever is on the line, the lines after it are read.
			r, err := records(iotest.HalfReader(strings.NewReader(c.in+"\n\n \r\n"+bare+"\n")), JSONLines)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, readAll(r), []string{c.want, bare})
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
		{"with another period", `{"insertInPeriod":"previous","records":[` + bare + `]}`, []string{`open: line 1: the file has insertInPeriod "previous", but this run uses "current": set -period`}},
		{"with another period, too late", `{"records":[` + bare + `],"insertInPeriod":"previous"}`, []string{bare, `line 1: the file has insertInPeriod "previous", but this run uses "current": set -period; reading stopped here`}},
		{"an unknown field around it", `{"items":[` + bare + `]}`, []string{`open: line 1: unknown field "items"`}},
		{"no records", `{}`, []string{`open: line 1: the object has no field "records"`}},
		{"no records but a period", `{"insertInPeriod":"current"}`, []string{`open: line 1: the object has no field "records"`}},
		{"records that are no array", `{"records":7}`, []string{`open: line 1: expected an array of items, not a number`}},
		{"records that are a text", `{"records":"x"}`, []string{`open: line 1: expected an array of items, not a string`}},
		{"records null", `{"records":null}`, []string{`open: line 1: expected an array of items, not null`}},
		{"a period that is no text", `{"insertInPeriod":7,"records":[` + bare + `]}`, []string{`open: line 1: the file has insertInPeriod 7, but this run uses "current": set -period`}},
		{"half a character around it", `{"\ud83d":[` + bare + `]}`, []string{`open: line 1: \ud83d is half of a character (a lone surrogate)`}},
		{"a byte order mark in front", "\ufeff[" + bare + "]", []string{bare}},
		{"empty", "", []string{`open: line 1: the document ends too early`}},
		{"a word", "x", []string{`open: line 1: expected an array of items, not 'x'`}},
		{"a bad record is one bad record", "[" + bare + ",\n{\"id\":7},\n" + bare + "]", []string{bare, `line 2: id: must be a string, not a number`, bare}},
		{"what is no record is one bad record", "[\"x\",\n7,\nnull,\ntrue,\n" + bare + "]", []string{
			`line 1: must be an object, not a string`, `line 2: must be an object, not a number`,
			`line 3: must be an object, not null`, `line 4: must be an object, not true or false`, bare}},
		{"no such day is one bad record", "[" + bare + ",\n{\"costs\":{\"values\":[{\"value\":\"1\",\n\"date\":\"2026-02-30\"}]}},\n" + bare + "]", []string{bare, `line 2: costs.values[0].date: "2026-02-30" is not a date of the form YYYY-MM-DD`, bare}},
		{"a field twice is one bad record", "[" + bare + ",\n{\"id\":\"a\",\"id\":\"b\"},\n" + bare + "]", []string{bare, `line 2: duplicate field "id"`, bare}},
		{"half a character is one bad record", "[" + bare + ",\n{\"id\":\"\\ud83d\"},\n" + bare + "]", []string{bare, `line 2: id: \ud83d is half of a character (a lone surrogate)`, bare}},
		{"text in Latin-1 is one bad record", "[{\"id\":\"\xe5\"},\n" + bare + "]", []string{`line 1: not UTF-8: save the file as UTF-8`, bare}},
		{"a broken record ends it", "[" + bare + ",\n{\"id\":\n nope},\n" + bare + "]", []string{bare, `line 3: not JSON: invalid character 'o' in literal null (expecting 'u'); reading stopped here`}},
		{"NUL ends it", "[" + bare + ",\n{\"id\":\"\x00\"},\n" + bare + "]", []string{bare, `line 2: not JSON: invalid character '\x00' in string literal; reading stopped here`}},
		{"a lost comma ends it", "[" + bare + "\n" + bare + "]", []string{bare, `line 2: expected a comma between two items, not '{'; reading stopped here`}},
		{"a comma too many ends it", "[" + bare + ",]", []string{bare, `line 1: not JSON: unexpected end of JSON input; reading stopped here`}},
		{"cut between records", "[" + bare + ",\n", []string{bare, `line 2: the document ends too early; reading stopped here`}},
		{"cut in a record", "[" + bare + ",\n{\"id\":", []string{bare, `line 2: the document ends too early; reading stopped here`}},
		{"something follows", "[" + bare + "]\n[]", []string{bare, `line 2: unexpected '[' after the end of the document; reading stopped here`}},
		{"a byte order mark follows", "[" + bare + "]\ufeff", []string{bare, `line 1: unexpected 'ï' after the end of the document; reading stopped here`}},
		{"a record that is too long", "[" + bare + ",\n" + long + ",\n" + bare + "]", []string{bare, `line 2: longer than 8 MiB`, bare}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := records(strings.NewReader(c.in), JSON)
			if err != nil {
				compare(t, []string{"open: " + err.Error()}, c.want)
				return
			}
			compare(t, readAll(r), c.want)
		})
	}
}

func TestJSONOfLocatorsAndEnrichments(t *testing.T) {
	locators, err := Locators(strings.NewReader(`{"period":"all","records":[{"nid":"n1"},{"id":"a","type":"vm","name":"x"},{"id":null},{"nid":7},{"nid":"\ud83d"},{"nid":"n1","nid":"n2"}]}`), Options{Format: JSON}, models.PeriodAll)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, readAll(locators), []string{`{"nid":"n1"}`, `{"id":"a","name":"x","type":"vm"}`, `line 1: id: null: the API cannot clear an id`,
		`line 1: nid: must be a string, not a number`, `line 1: nid: \ud83d is half of a character (a lone surrogate)`, `line 1: duplicate field "nid"`})

	enrichments, err := Enrichments(strings.NewReader(`{"enrichments":[{"record":{"nid":"n1"},"data":{"n":1.0}},{"record":{"id":"a"},"data":{}},{"record":{"nid":"n1"},"data":[]},{"record":"n1"},{"record":{"nid":7}},{"record":{"nid":"n1"},"data":{"k":"\ud83d"}},{"data":{"k":1,"k":2}}]}`), Options{Format: JSON})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, readAll(enrichments), []string{`{"data":{"n":1.0},"record":{"nid":"n1"}}`, `line 1: record: unknown field "id"`, `line 1: data: must be an object, not an array`,
		`line 1: record: must be an object, not a string`, `line 1: record.nid: must be a string, not a number`,
		`line 1: data.k: \ud83d is half of a character (a lone surrogate)`, `line 1: data: duplicate field "k"`})
	if _, err := Enrichments(strings.NewReader(`{"period":"all","enrichments":[]}`), Options{Format: JSON}); err == nil {
		t.Error("enrichments with a period: got no error, want one")
	}
}
