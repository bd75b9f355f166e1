package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

const (
	otherNID = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c8"
	upperNID = "6F3C9D52-7F0E-4D0C-9B6A-0D5F0E8A41C7" // someNID in capitals
)

// june is when the inputs below are handed in. The month decides about validThrough.
var june = time.Date(2022, 6, 15, 12, 0, 0, 0, time.UTC)

// licence returns a record that keeps every rule.
func licence() *models.EstateRecord {
	return &models.EstateRecord{
		ID: "lic-0042", Type: "licence",
		Metadata: map[string]any{"seats": 25},
		Tags:     map[string]*string{"env": api.Tag("production")},
		Costs:    &models.Costs{Currency: "EUR", Values: dailyCosts(3)},
	}
}

// dailyCosts returns a cost for each of n days.
func dailyCosts(n int) []models.CostElement {
	values := make([]models.CostElement, n)
	for i := range values {
		values[i] = api.Cost(june.AddDate(0, 0, i), "1")
	}
	return values
}

// manyTags returns n tags, all cleared.
func manyTags(n int) map[string]*string {
	m := map[string]*string{}
	for i := range n {
		m[strconv.Itoa(i)] = nil
	}
	return m
}

// objectOf returns an object whose JSON has n bytes.
func objectOf(n int) map[string]any {
	return map[string]any{"k": strings.Repeat("x", n-len(`{"k":""}`))}
}

// nested returns an object of so many levels, under the key "m" of each other.
func nested(levels int) map[string]any {
	m := map[string]any{"bottom": true}
	for range levels - 1 {
		m = map[string]any{"m": m}
	}
	return m
}

// Values that end in trouble when encoding/json asks them for their JSON.
type (
	sealed   struct{}
	verbatim string // whatever text it is
	broken   struct{ state *int }
	latin    byte   // a text in Latin-1
	written  string // by a method
	oneName  int    // whatever number it is
	chain    struct{ N *chain }
	object   map[string]any // no map[string]any to a type switch
)

func (sealed) MarshalJSON() ([]byte, error)     { return nil, errors.New("sealed") }
func (v verbatim) MarshalJSON() ([]byte, error) { return []byte(v), nil }
func (b *broken) MarshalText() ([]byte, error)  { panic(fmt.Sprintf("state is %v", b.state)) }
func (l latin) MarshalText() ([]byte, error)    { return []byte{'a', byte(l)}, nil }
func (oneName) MarshalText() ([]byte, error)    { return []byte("one"), nil }
func (w written) MarshalText() ([]byte, error)  { return []byte(w), nil }

// Values that hold themselves.
func mapOfItself() map[string]any {
	m := map[string]any{}
	m["m"] = m
	return m
}

func objectOfItself() object {
	o := object{}
	o["o"] = o
	return o
}

func listOfItself() []any {
	l := []any{nil, nil}
	l[0], l[1] = l, l
	return l
}

func chainOfItself() *chain {
	c := &chain{}
	c.N = c
	return c
}

func pointerToItself() any {
	var p any
	p = &p
	return p
}

// doubled returns a value of 40 levels, each of which refers to the next one twice.
func doubled() any {
	var v any = "leaf"
	for range 40 {
		v = []any{v, v}
	}
	return v
}

// JSON text, which a program decodes into a model with encoding/json before it hands the
// model to the SDK.
type (
	recordJSON     string
	locatorJSON    string
	enrichmentJSON string
)

func decodeAndCheck[T any](text string, check func(*T) error) error {
	var v *T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	return check(v)
}

// handIn gives an input to the SDK and returns what the SDK, or the decoder, says of it.
func handIn(t *testing.T, in any) (err error) {
	checkRecord := func(r *models.EstateRecord) error { return api.CheckRecord(r, models.InsertInPeriodCurrent) }
	c := newClient(t, &script{})
	switch in := in.(type) {
	case func(*models.EstateRecord): // what is wrong with a record that was right
		r := licence()
		in(r)
		return checkRecord(r)
	case *models.EstateRecord:
		return checkRecord(in)
	case *models.RecordLocator:
		return api.CheckLocator(in)
	case *models.Enrichment:
		return api.CheckEnrichment(in)
	case recordJSON:
		return decodeAndCheck(string(in), checkRecord)
	case locatorJSON:
		return decodeAndCheck(string(in), api.CheckLocator)
	case enrichmentJSON:
		return decodeAndCheck(string(in), api.CheckEnrichment)
	case *models.UpsertRequest:
		_, err = c.UpsertOnce(t.Context(), in)
	case *models.DeleteRequest:
		_, err = c.DeleteOnce(t.Context(), in)
	case *models.EnrichRequest:
		_, err = c.EnrichOnce(t.Context(), in)
	default:
		t.Fatalf("no way to hand in a %T", in)
	}
	return err
}

// TestBadInput hands in what the contract forbids and what JSON cannot hold, and beside it
// what just keeps to a limit. What is wanted is the whole text that a person gets to read;
// none says that the input is taken.
func TestBadInput(t *testing.T) {
	type record = models.EstateRecord
	const (
		who    = `upsert of type "licence" id "lic-0042": `
		whoNID = `enrich of nid "` + someNID + `": `
		head   = recordJSON(`{"id":"lic-0042","type":"licence",`)
		costs  = head + `"costs":{"currency":"EUR","values":`

		decimal  = who + "costs.values[2].value: must be a decimal number with a dot, without sign or exponent; is "
		currency = who + "costs.currency: must be a currency code of ISO 4217, three capital letters; is "
		month    = who + "validThrough: must be a month as YYYY-MM, from 2000-01 to 2999-12; is "
		notJSON  = who + "metadata.k: must be a value that can be written as JSON; "
		tooDeep  = ": must not nest deeper than 1000 levels; goes deeper, or contains itself"
		uuid     = "nid: must be a UUID: 32 hexadecimal digits, grouped 8-4-4-4-12 by hyphens; is "
		locator  = "must have a nid, or an id and a type"
		twice    = "is in the request twice, first as record 0: send the two in two requests, in their order"
		decode   = "json: cannot unmarshal "
	)
	meta := func(v any) func(*record) { return func(r *record) { r.Metadata = map[string]any{"k": v} } }
	metadata := func(m map[string]any) func(*record) { return func(r *record) { r.Metadata = m } }
	tag := func(key string, v *string) func(*record) {
		return func(r *record) { r.Tags = map[string]*string{key: v} }
	}
	tags := func(m map[string]*string) func(*record) { return func(r *record) { r.Tags = m } }
	code := func(s string) func(*record) { return func(r *record) { r.Costs.Currency = s } }
	values := func(v []models.CostElement) func(*record) { return func(r *record) { r.Costs.Values = v } }
	on := func(day time.Time) func(*record) {
		return func(r *record) { r.Costs.Values[1].Date = strfmt.Date(day) }
	}
	amount := func(s string) func(*record) { return func(r *record) { r.Costs.Values[2].Value = &s } }
	until := func(s string) func(*record) { return func(r *record) { r.ValidThrough = s } }
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	enrich := func(nid strfmt.UUID, data map[string]any) *models.Enrichment {
		return &models.Enrichment{Record: models.EnrichedRecord{NID: nid}, Data: data}
	}
	some := map[string]any{"state": "ok"}
	// deep is the error at the end of a path whose middle is left out.
	deep := func(top, key string, shown int) string {
		return top + "." + strings.Repeat(key+".", shown) + "…" + strings.Repeat("."+key, 48) + tooDeep
	}

	rows := []struct {
		name string
		in   any
		want string
	}{
		// Records.
		{"a record as it should be", licence(), ""},
		{"only id and type", &record{ID: "i", Type: "t"}, ""},
		{"no record", (*record)(nil), "upsert of a record without type, id and nid: must not be nil"},
		{"an empty record", &record{}, "upsert of a record without type, id and nid: breaks 2 rules: (1) id: is required (2) type: is required"},
		{"no id", &record{Type: "t"}, `upsert of type "t" id "": id: is required`},
		{"no type", &record{ID: "i"}, `upsert of type "" id "i": type: is required`},
		{"id at its limit", &record{ID: strings.Repeat("é", 255), Type: "t"}, ""},
		{"id past its limit", &record{ID: strings.Repeat("i", 256), Type: "t"}, `upsert of type "t" id "` + strings.Repeat("i", 255) + `"...: id: must have at most 255 characters; has 256 characters`},
		{"type at its limit", &record{ID: "i", Type: strings.Repeat("t", 255)}, ""},
		{"type past its limit", &record{ID: "i", Type: strings.Repeat("t", 256)}, `upsert of type "` + strings.Repeat("t", 255) + `"... id "i": type: must have at most 255 characters; has 256 characters`},
		{"name at its limit", func(r *record) { r.Name = strings.Repeat("😀", 255) }, ""},
		{"name past its limit", func(r *record) { r.Name = strings.Repeat("😀", 256) }, who + "name: must have at most 255 characters; has 256 characters"},
		{"an id that is not UTF-8", &record{ID: "caf\xe9", Type: "t"}, `upsert of type "t" id "caf\xe9": id: must be UTF-8 text; has the byte 0xe9 at offset 3`},
		{"a lone surrogate as bytes", func(r *record) { r.Name = "\xed\xa0\x80" }, who + "name: must be UTF-8 text; has the byte 0xed at offset 0"},
		{"NUL in a name, which JSON can hold", func(r *record) { r.Name = "a\x00b" }, ""},

		// Tags.
		{"1000 tags", tags(manyTags(1000)), ""},
		{"1001 tags", tags(manyTags(1001)), who + "tags: must have at most 1000 entries; has 1001 entries"},
		{"tag at its limit", tag("env", api.Tag(strings.Repeat("ß", 255))), ""},
		{"tag past its limit", tag("env", api.Tag(strings.Repeat("ß", 256))), who + `tags["env"]: must have at most 255 characters; has 256 characters`},
		{"a tag that is not UTF-8", tag("env", api.Tag("\x80")), who + `tags["env"]: must be UTF-8 text; has the byte 0x80 at offset 0`},
		{"a tag's key that is not UTF-8", tag("a\x80", nil), who + `tags["a\x80"]: must have a key that is UTF-8 text; has the byte 0x80 at offset 1`},
		{"a cleared tag", tag("env", api.ClearedTag()), ""},
		{"an empty tag", tag("", api.Tag("")), ""},
		{"tags of 1 MB", tag(strings.Repeat("k", 1_000_000-len(`{"":null}`)), nil), ""},
		{"tags past 1 MB", tag(strings.Repeat("k", 1_000_001-len(`{"":null}`)), nil), who + "tags: must have at most 1000000 bytes as JSON; has 1000001 bytes"},

		// Metadata: its size and its keys.
		{"metadata of 1 MB", metadata(objectOf(1_000_000)), ""},
		{"metadata past 1 MB", metadata(objectOf(1_000_001)), who + "metadata: must have at most 1000000 bytes as JSON; has 1000001 bytes"},
		{"metadata of 2 MB", metadata(objectOf(2_000_000)), who + "metadata: must have at most 1000000 bytes as JSON; has 2000000 bytes"},
		{"metadata of 20 MB", metadata(objectOf(20_000_000)), who + "metadata: must have at most 1000000 bytes as JSON; has more than 8000000 bytes"},
		{"metadata that doubles 40 times", meta(doubled()), who + "metadata: must have at most 1000000 bytes as JSON; has more than 8000000 bytes"},
		{"the key tags", metadata(map[string]any{"tags": nil}), who + `metadata: must not have the key "tags", which is reserved`},
		{"the key tags below the top", meta(map[string]any{"tags": 1}), ""},
		{"a cleared key, nested", meta(map[string]any{"expires": nil}), ""},
		{"the key Tags", metadata(map[string]any{"Tags": 1}), ""},
		{"a key that is not UTF-8", meta([]any{map[string]any{"a\xff": 1}}), who + `metadata.k[0]["a\xff"]: must have a key that is UTF-8 text; has the byte 0xff at offset 1`},
		{"a text that is not UTF-8", meta(map[string]any{"cost centre": "\xff"}), who + `metadata.k["cost centre"]: must be UTF-8 text; has the byte 0xff at offset 0`},
		{"1000 levels", metadata(nested(1000)), ""},
		{"1001 levels", metadata(nested(1001)), who + deep("metadata", "m", 51)},

		// Metadata that holds itself.
		{"a map in itself", meta(mapOfItself()), who + deep("metadata.k", "m", 50)},
		{"a list in itself", meta(listOfItself()), who + "metadata.k" + strings.Repeat("[0]", 42) + "…" + strings.Repeat("[0]", 32) + tooDeep},
		{"a map of a type of its own in itself", meta(objectOfItself()), who + deep("metadata.k", "o", 47)},
		{"a struct that points to itself", meta(chainOfItself()), who + deep("metadata.k", "N", 47)},
		{"a pointer to itself", meta(pointerToItself()), who + "metadata.k" + tooDeep},

		// Metadata that is no JSON.
		{"NaN", meta(math.NaN()), who + "metadata.k: must be a number that JSON can hold; is NaN"},
		{"infinity, deep down", meta([]any{1, map[string]any{"x": math.Inf(-1)}}), who + "metadata.k[1].x: must be a number that JSON can hold; is -Inf"},
		{"NaN in a slice of floats", meta([]float64{1, math.NaN()}), notJSON + "json: unsupported value: NaN"},
		{"a func", meta(func() {}), notJSON + "json: unsupported type: func()"},
		{"a channel", meta(struct{ C chan int }{}), notJSON + "json: unsupported type: chan int"},
		{"a complex number", meta(complex(1, 2)), notJSON + "json: unsupported type: complex128"},
		{"keys of any type, as of YAML", meta(map[any]any{"a": 1}), notJSON + "json: unsupported type: map[interface {}]interface {}"},
		{"keys of numbers, which become text", meta(map[int]string{7: "x"}), ""},
		{"a json.Number that is none", meta(json.Number("12,5")), who + `metadata.k: must be a number as JSON writes it; is "12,5"`},
		{"a json.Number in base 16", meta(json.Number("0x1F")), who + `metadata.k: must be a number as JSON writes it; is "0x1F"`},
		{"the year 10000", meta(year(10000)), who + `metadata.k: must be a time that JSON can hold; is "10000-01-01 00:00:00 +0000 UTC"`},
		{"JSON text that is cut", meta(json.RawMessage(`{"a":`)), notJSON + "unexpected end of JSON input"},
		{"JSON text that is empty", meta(json.RawMessage{}), notJSON + "unexpected end of JSON input"},
		{"JSON text with NaN", meta(json.RawMessage(`{"a":NaN}`)), notJSON + "invalid character 'N' looking for beginning of value"},
		{"JSON text that goes on", meta(json.RawMessage(`1 2`)), notJSON + "invalid character '2' after top-level value"},
		{"JSON text that is not UTF-8", meta(json.RawMessage("\"\xff\"")), who + "metadata.k: must be UTF-8 text; has the byte 0xff at offset 1"},
		{"JSON text with a lone surrogate", meta(json.RawMessage(`"\ud800"`)), who + `metadata.k: must be UTF-8 text; has half of a surrogate pair, \ud800`},
		{"JSON text with a key twice", meta(json.RawMessage(`[{"a":1,"b":{"a":2},"\u0061":3}]`)), who + `metadata.k: must not have a key twice; has "a" twice`},
		{"JSON text with a key twice among many", meta(json.RawMessage(`{` + strings.Repeat(`"k":1,`, 20) + `"l":1}`)), who + `metadata.k: must not have a key twice; has "k" twice`},
		{"JSON text of 999 levels below metadata", meta(json.RawMessage(strings.Repeat("[", 999) + strings.Repeat("]", 999))), ""},
		{"JSON text of 1000 levels below metadata", meta(json.RawMessage(strings.Repeat("[", 1000) + strings.Repeat("]", 1000))), who + "metadata.k" + tooDeep},
		{"a marshaler of a key twice", meta([]any{verbatim(`{"a":1,"a":1}`)}), who + `metadata.k[0]: must not have a key twice; has "a" twice`},
		{"a map's keys that become one", meta(map[oneName]int{1: 1, 2: 2}), who + `metadata.k: must not have a key twice; has "one" twice`},
		{"a marshaler of 1000 levels", meta(verbatim(strings.Repeat("[", 1000) + strings.Repeat("]", 1000))), who + "metadata.k" + tooDeep},
		{"a marshaler that fails", meta(sealed{}), notJSON + "json: error calling MarshalJSON for type api_test.sealed: sealed"},
		{"a marshaler that panics", meta(&broken{}), notJSON + "*api_test.broken panicked: state is <nil>"},
		{"a marshaler of a lone surrogate", meta(verbatim(`"\udc00"`)), who + `metadata.k: must be UTF-8 text; has half of a surrogate pair, \udc00`},
		{"a marshaler of what is not UTF-8", meta(verbatim("\"\xff\"")), who + "metadata.k: must be UTF-8 text; has the byte 0xff at offset 1"},
		{"a text marshaler of what is not UTF-8", meta([]any{latin('b'), latin(0xe9)}), who + "metadata.k[1]: must be UTF-8 text; has a byte that is not"},
		{"a map's key of what is not UTF-8", meta(map[latin]int{0xe9: 1}), who + "metadata.k: must be UTF-8 text; has a byte that is not"},
		{"a text marshaler of U+FFFD itself, and of a backslash before ufffd", meta([]any{written("\ufffd"), written(`\ufffd`)}), ""},
		{"typed nils, which clear like nil", meta([]any{(*broken)(nil), (*chain)(nil), (*string)(nil), json.RawMessage(nil)}), ""},

		// Costs.
		{"no currency", code(""), who + "costs.currency: is required"},
		{"a currency in lower case", code("eur"), currency + `"eur"`},
		{"a currency's sign", code("€"), currency + `"€"`},
		{"an unknown currency", code("ABC"), currency + `"ABC"`},
		{"no currency by ISO 4217's own code", code("XXX"), currency + `"XXX"`},
		{"NUL in a currency", code("EU\x00"), currency + `"EU\x00"`},
		{"a withdrawn currency", code("BGN"), ""},
		{"no costs in the costs", values(nil), who + "costs.values: is required"},
		{"an empty list of costs", values([]models.CostElement{}), who + "costs.values: must have at least 1 item; has 0 items"},
		{"one day", values(dailyCosts(1)), ""},
		{"1000 days", values(dailyCosts(1000)), ""},
		{"1001 days", values(dailyCosts(1001)), who + "costs.values: must have at most 1000 items; has 1001 items"},
		{"no date", on(time.Time{}), who + "costs.values[1].date: is required"},
		{"the year 0", on(year(0)), ""},
		{"the year -1", on(year(-1)), who + "costs.values[1].date: must be a date of the years 0000 to 9999; is of the year -1"},
		{"the last day that can be written", on(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)), ""},
		{"a day of the year 10000", on(year(10000)), who + "costs.values[1].date: must be a date of the years 0000 to 9999; is of the year 10000"},
		{"30 February by time.Date, which makes it 2 March", on(time.Date(2022, 2, 30, 0, 0, 0, 0, time.UTC)), ""},
		{"days in any order", on(june.AddDate(0, 0, -1)), ""},
		{"a day twice", on(june), who + `costs.values[1].date: must be another day than that of any other item; is "2022-06-15" like values[0]`},
		{"a day twice, in two time zones", on(time.Date(2022, 6, 15, 23, 0, 0, 0, time.FixedZone("", -11*3600))), who + `costs.values[1].date: must be another day than that of any other item; is "2022-06-15" like values[0]`},
		{"a cleared day", func(r *record) { r.Costs.Values[0] = api.ClearedCost(june) }, ""},
		{"an empty cost", amount(""), decimal + `""`},
		{"a negative cost", amount("-1.50"), decimal + `"-1.50"`},
		{"a cost with a plus", amount("+1"), decimal + `"+1"`},
		{"a cost with an exponent", amount("1e3"), decimal + `"1e3"`},
		{"a decimal comma", amount("12,50"), decimal + `"12,50"`},
		{"thousands marks", amount("1,000.00"), decimal + `"1,000.00"`},
		{"a dot at the end", amount("5."), decimal + `"5."`},
		{"a dot at the beginning", amount(".5"), ""},
		{"a dot alone", amount("."), decimal + `"."`},
		{"a cost of NaN", amount("NaN"), decimal + `"NaN"`},
		{"a cost with its currency", amount("12.50 EUR"), decimal + `"12.50 EUR"`},
		{"a cost with a space", amount(" 1"), decimal + `" 1"`},
		{"a cost with NUL", amount("1\x00"), decimal + `"1\x00"`},
		{"digits of another script", amount("١٢"), decimal + `"١٢"`},
		{"a cost of 100 digits", amount(strings.Repeat("9", 100)), ""},
		{"a cost that is too long to show", amount(strings.Repeat("9", 100) + "x"), decimal + `"` + strings.Repeat("9", 64) + `"…`},

		// Months.
		{"the month that is written to", until("2022-06"), ""},
		{"a month that is past", until("2022-05"), who + `validThrough: must not be before 2022-06, the month that is written to; is "2022-05"`},
		{"a month that is past, but written to", &models.UpsertRequest{InsertInPeriod: models.InsertInPeriodPrevious, Records: []*record{{ID: "i", Type: "t", ValidThrough: "2022-05"}}}, ""},
		{"a month before the first", until("1999-12"), month + `"1999-12"`},
		{"month 00", until("2023-00"), month + `"2023-00"`},
		{"month 13", until("2023-13"), month + `"2023-13"`},
		{"a month of one digit", until("2023-1"), month + `"2023-1"`},
		{"a day for a month", until("2023-01-31"), month + `"2023-01-31"`},
		{"the last month", until("2999-12"), ""},
		{"a month past the last", until("3000-01"), month + `"3000-01"`},

		// Locators.
		{"by nid", &models.RecordLocator{NID: someNID}, ""},
		{"by id and type", &models.RecordLocator{ID: "i", Type: "t"}, ""},
		{"by all", &models.RecordLocator{NID: someNID, ID: "i", Type: "t", Name: "n"}, ""},
		{"nil locator", (*models.RecordLocator)(nil), "delete of a record without type, id and nid: must not be nil"},
		{"a missing locator", &models.RecordLocator{}, "delete of a record without type, id and nid: " + locator},
		{"a name alone", &models.RecordLocator{Name: "n"}, "delete of a record without type, id and nid: " + locator},
		{"an id without a type", &models.RecordLocator{ID: "i"}, `delete of type "" id "i": ` + locator + "; has an id but no type"},
		{"a type without an id", &models.RecordLocator{Type: "t"}, `delete of type "t" id "": ` + locator + "; has a type but no id"},
		{"a nid that is none", &models.RecordLocator{NID: "lic-0042"}, `delete of nid "lic-0042": ` + uuid + `"lic-0042"`},
		{"a nid without hyphens", &models.RecordLocator{NID: "6f3c9d527f0e4d0c9b6a0d5f0e8a41c7"}, `delete of nid "6f3c9d527f0e4d0c9b6a0d5f0e8a41c7": ` + uuid + `"6f3c9d527f0e4d0c9b6a0d5f0e8a41c7"`},
		{"a nid with NUL at its end", &models.RecordLocator{NID: someNID + "\x00"}, `delete of nid "` + someNID + `\x00": ` + uuid + `"` + someNID + `\x00"`},
		{"a locator's id at its limit", &models.RecordLocator{ID: strings.Repeat("i", 255), Type: "t"}, ""},
		{"a locator's id past its limit", &models.RecordLocator{NID: someNID, ID: strings.Repeat("i", 256)}, `delete of type "" id "` + strings.Repeat("i", 255) + `"... nid "` + someNID + `": id: must have at most 255 characters; has 256 characters`},
		{"a locator's type past its limit", &models.RecordLocator{NID: someNID, Type: strings.Repeat("t", 256)}, `delete of type "` + strings.Repeat("t", 255) + `"... id "" nid "` + someNID + `": type: must have at most 255 characters; has 256 characters`},
		{"a locator's name past its limit", &models.RecordLocator{NID: someNID, Name: strings.Repeat("n", 256)}, strings.Replace(whoNID, "enrich", "delete", 1) + "name: must have at most 255 characters; has 256 characters"},
		{"a locator's name that is not UTF-8", &models.RecordLocator{NID: someNID, Name: "\xff"}, strings.Replace(whoNID, "enrich", "delete", 1) + "name: must be UTF-8 text; has the byte 0xff at offset 0"},

		// Enrichments.
		{"an enrichment", enrich(someNID, some), ""},
		{"tags are not reserved in data", enrich(someNID, map[string]any{"tags": 1}), ""},
		{"nil enrichment", (*models.Enrichment)(nil), "enrich of a record without type, id and nid: must not be nil"},
		{"an enrichment without a nid", enrich("", some), "enrich of a record without type, id and nid: record.nid: is required"},
		{"an enrichment of a nid that is none", enrich("x", some), `enrich of nid "x": record.` + uuid + `"x"`},
		{"no data", enrich(someNID, nil), whoNID + "data: is required"},
		{"empty data", enrich(someNID, map[string]any{}), whoNID + "data: must have at least 1 entry; has 0 entries"},
		{"data of 1 MB", enrich(someNID, objectOf(1_000_000)), ""},
		{"data past 1 MB", enrich(someNID, objectOf(1_000_001)), whoNID + "data: must have at most 1000000 bytes as JSON; has 1000001 bytes"},
		{"data in itself", enrich(someNID, mapOfItself()), whoNID + deep("data", "m", 51)},

		// Requests that are made by hand.
		{"1000 records", &models.UpsertRequest{Records: records(1000)}, ""},
		{"1001 records", &models.UpsertRequest{Records: records(1001)}, "klarity: a request carries 1 to 1000 records, this one 1001"},
		{"1001 locators", &models.DeleteRequest{Period: models.PeriodAll, Records: make([]*models.RecordLocator, 1001)}, "klarity: a request carries 1 to 1000 records, this one 1001"},
		{"1001 enrichments", &models.EnrichRequest{Enrichments: make([]*models.Enrichment, 1001)}, "klarity: a request carries 1 to 1000 records, this one 1001"},
		{"no records", &models.UpsertRequest{}, "klarity: a request carries 1 to 1000 records, this one 0"},
		{"no request", (*models.EnrichRequest)(nil), "klarity: the request is nil"},
		{"nil among records", &models.UpsertRequest{Records: []*record{licence(), nil}}, "upsert of record 1: must not be nil"},
		{"an unknown period", &models.UpsertRequest{Records: records(1), InsertInPeriod: "next"}, `klarity: the period is "next", want current or previous`},
		{"a delete without a period", &models.DeleteRequest{Records: []*models.RecordLocator{{NID: someNID}}}, `klarity: the period is "", want current, previous or all`},
		{"the same record twice", &models.UpsertRequest{Records: []*record{licence(), licence()}}, `upsert of type "licence" id "lic-0042" (record 1): ` + twice},
		{"the same nid twice", &models.EnrichRequest{Enrichments: []*models.Enrichment{enrich(someNID, some), enrich(otherNID, some), enrich(someNID, some)}}, `enrich of nid "` + someNID + `" (record 2): ` + twice},
		{"the same nid twice, once in capitals", &models.DeleteRequest{Period: models.PeriodAll, Records: []*models.RecordLocator{{NID: someNID}, {NID: upperNID}}}, `delete of nid "` + upperNID + `" (record 1): ` + twice},

		// JSON text with values of the wrong type. The error is that of encoding/json.
		{"a number for an id", recordJSON(`{"id":42,"type":"licence"}`), decode + "number into Go struct field EstateRecord.id of type string"},
		{"a list for a type", recordJSON(`{"id":"i","type":["licence"]}`), decode + "array into Go struct field EstateRecord.type of type string"},
		{"true for a name", head + `"name":true}`, decode + "bool into Go struct field EstateRecord.name of type string"},
		{"a list for metadata", head + `"metadata":[1]}`, decode + "array into Go struct field EstateRecord.metadata of type map[string]interface {}"},
		{"a number that no float holds", head + `"metadata":{"k":1e400}}`, decode + "number 1e400 into Go struct field EstateRecord.metadata of type float64"},
		{"a list for tags", head + `"tags":["production"]}`, decode + "array into Go struct field EstateRecord.tags of type map[string]*string"},
		{"a number for a tag", head + `"tags":{"env":1}}`, decode + "number into Go struct field EstateRecord.tags of type string"},
		{"a text for costs", head + `"costs":"12.50"}`, decode + "string into Go struct field EstateRecord.costs of type models.Costs"},
		{"a number for a currency", head + `"costs":{"currency":978}}`, decode + "number into Go struct field Costs.costs.currency of type string"},
		{"an object for a list of costs", costs + `{}}}`, decode + "object into Go struct field Costs.costs.values of type []models.CostElement"},
		{"a number for a cost", costs + `[{"date":"2022-06-01","value":12.5}]}}`, decode + "number into Go struct field CostElement.costs.values.value of type string"},
		{"true for a cost", costs + `[{"date":"2022-06-01","value":true}]}}`, decode + "bool into Go struct field CostElement.costs.values.value of type string"},
		{"a number for a date", costs + `[{"date":20220601,"value":"1"}]}}`, decode + "number into Go struct field CostElement.costs.values.date of type string"},
		{"a number for a month", head + `"validThrough":202212}`, decode + "number into Go struct field EstateRecord.validThrough of type string"},
		{"a list for a record", recordJSON(`[{"id":"i","type":"t"}]`), decode + "array into Go value of type models.EstateRecord"},
		{"a number for a nid", locatorJSON(`{"nid":42}`), decode + "number into Go struct field RecordLocator.nid of type string"},
		{"a text for data", enrichmentJSON(`{"record":{"nid":"` + someNID + `"},"data":"ok"}`), decode + "string into Go struct field Enrichment.data of type map[string]interface {}"},

		// JSON text with days that are none.
		{"30 February", costs + `[{"date":"2022-02-30","value":"1"}]}}`, `parsing time "2022-02-30": day out of range`},
		{"an instant for a day", costs + `[{"date":"2022-06-01T00:00:00Z","value":"1"}]}}`, `parsing time "2022-06-01T00:00:00Z": extra text: "T00:00:00Z"`},
		{"an empty day", costs + `[{"date":"","value":"1"}]}}`, `parsing time "" as "2006-01-02": cannot parse "" as "2006"`},
		{"null for a day", costs + `[{"date":null,"value":"1"}]}}`, who + "costs.values[0].date: is required"},
		{"a cost without a day", costs + `[{"value":"1"}]}}`, who + "costs.values[0].date: is required"},
		{"null for a cost and its day", costs + `[null]}}`, who + "costs.values[0].date: is required"},

		// JSON text that is none, and null.
		{"null for a record", recordJSON(`null`), "upsert of a record without type, id and nid: must not be nil"},
		{"null for an id", recordJSON(`{"id":null,"type":"t"}`), `upsert of type "t" id "": id: is required`},
		{"nothing", recordJSON(``), "unexpected end of JSON input"},
		{"a text that is cut", head + `"name":"Des`, "unexpected end of JSON input"},
		{"two records", head + `"name":"n"} {}`, "invalid character '{' after top-level value"},
		{"a byte order mark", "\ufeff" + head + `"name":"n"}`, "invalid character 'ï' looking for beginning of value"},
		{"NUL as a byte", head + "\"name\":\"a\x00b\"}", `invalid character '\x00' in string literal`},
		{"NUL as an escape", head + `"name":"a\u0000b"}`, ""},
		{"NaN as text", head + `"metadata":{"k":NaN}}`, "invalid character 'N' looking for beginning of value"},
	}

	refused := map[string]bool{}
	for _, row := range rows {
		if row.want != "" {
			refused[row.name] = true
		}
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(june))
				err := handIn(t, row.in)
				switch {
				case row.want == "" && err != nil:
					t.Errorf("refused: %v", err)
				case row.want != "" && err == nil:
					t.Errorf("taken, want %s", row.want)
				case row.want != "" && err.Error() != row.want:
					t.Errorf("\ngot  %s\nwant %s", err, row.want)
				}
				// A program, too, can tell what is about a record from what is not.
				var re *api.RecordError
				about := strings.HasPrefix(row.want, "upsert of ") || strings.HasPrefix(row.want, "delete of ") || strings.HasPrefix(row.want, "enrich of ")
				if errors.As(err, &re) != about || errors.Is(err, api.ErrInvalid) != about {
					t.Errorf("got a %T; want a *RecordError that is ErrInvalid: %v", err, about)
				}
			})
		})
	}
	if len(refused) < 60 {
		t.Errorf("%d kinds of bad input are refused, want 60 at least", len(refused))
	}
}

// In a run the same nid twice is no mistake: the later one is sent in a request of its own
// when the earlier one has its response. Capitals do not make it another nid.
func TestSameNIDTwiceIsSentInTwoRequests(t *testing.T) {
	for _, tt := range []struct {
		name string
		run  func(*testing.T, *api.Client) (api.Report, error)
		want []string
	}{
		{"delete", func(t *testing.T, c *api.Client) (api.Report, error) {
			return c.DeleteAll(t.Context(), models.PeriodAll, []*models.RecordLocator{{NID: someNID}, {NID: otherNID}, {NID: upperNID}})
		}, []string{
			`{"period":"all","records":[{"nid":"` + someNID + `"},{"nid":"` + otherNID + `"}]}`,
			`{"period":"all","records":[{"nid":"` + upperNID + `"}]}`,
		}},
		{"enrich", func(t *testing.T, c *api.Client) (api.Report, error) {
			var all []*models.Enrichment
			for i, nid := range []strfmt.UUID{someNID, otherNID, upperNID} {
				all = append(all, &models.Enrichment{Record: models.EnrichedRecord{NID: nid}, Data: map[string]any{"i": i}})
			}
			return c.EnrichAll(t.Context(), all)
		}, []string{
			`{"enrichments":[{"data":{"i":0},"record":{"nid":"` + someNID + `"}},{"data":{"i":1},"record":{"nid":"` + otherNID + `"}}]}`,
			`{"enrichments":[{"data":{"i":2},"record":{"nid":"` + upperNID + `"}}]}`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var inFlight atomic.Int64
				s := &script{response: func(r *sent) (*http.Response, error) {
					if inFlight.Add(1) > 1 {
						t.Error("two requests are in flight together")
					}
					time.Sleep(time.Second)
					inFlight.Add(-1)
					return accepted(r), nil
				}}
				report, err := tt.run(t, newClient(t, s))
				if err != nil || report.Accepted != 3 {
					t.Errorf("got %v, %v", report, err)
				}
				var got []string
				for _, r := range s.requests() {
					got = append(got, string(r.body))
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("\ngot  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
				}
			})
		})
	}
}

// What encoding/json changes in a text while it decodes it, the SDK cannot see: the record
// that it gets keeps every rule, and is sent. A program that reads files checks the text
// before, as examples/internal/source does.
func TestDecoderChangesTextBeforeTheSDKSeesIt(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"a lone surrogate becomes U+FFFD", `{"id":"i","type":"t","name":"a\ud800"}`, `{"id":"i","name":"a` + "\ufffd" + `","type":"t"}`},
		{"the other half, too", `{"id":"i","type":"t","metadata":{"\udc00":"\ude00"}}`, `{"id":"i","metadata":{"` + "\ufffd" + `":"` + "\ufffd" + `"},"type":"t"}`},
		{"a byte that is not UTF-8 becomes U+FFFD", "{\"id\":\"caf\xe9\",\"type\":\"t\"}", `{"id":"caf` + "\ufffd" + `","type":"t"}`},
		{"of two equal keys the last one stays", `{"id":"i","type":"t","id":"j"}`, `{"id":"j","type":"t"}`},
		{"capitals make no other key", `{"ID":"i","Type":"t"}`, `{"id":"i","type":"t"}`},
		{"an unknown key is dropped", `{"id":"i","type":"t","nmae":"n"}`, `{"id":"i","type":"t"}`},
		{"null is as good as absent", `{"id":"i","type":"t","name":null,"tags":null,"metadata":null,"costs":null}`, `{"id":"i","type":"t"}`},
		{"an absent cost is null, which clears", `{"id":"i","type":"t","costs":{"currency":"EUR","values":[{"date":"2022-06-01"}]}}`, `{"costs":{"currency":"EUR","values":[{"date":"2022-06-01","value":null}]},"id":"i","type":"t"}`},
		{"a long number loses digits", `{"id":"i","type":"t","metadata":{"n":12345678901234567890}}`, `{"id":"i","metadata":{"n":12345678901234567000},"type":"t"}`},
	} {
		s := &script{}
		c := newClient(t, s)
		err := decodeAndCheck(tt.in, func(r *models.EstateRecord) error {
			_, err := c.UpsertAll(t.Context(), []*models.EstateRecord{r})
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if got := string(s.requests()[0].body); got != `{"records":[`+tt.want+`]}` {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
