package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

var parseSeeds = []string{
	`{}`, `[]`, `null`, ` true `, `false`, `"x"`, `-1.5e3`, `[1,[2,{"a":"b"}],"\u00e9\n\"\\","é"]`,
	`{"records":[{"id":"a","metadata":{"n":1.50,"o":{"p":[1e400]}},"tags":{"x":null}}]}`,
	`{"enrichments":[{"data":{"\ud83d\ude00":"\ud83d\ude00"}}]}`,
	"{ \"a\" : [ ] , \"b\" : { } }\r\n", `{"a":"\\u","b":"\/"}`, `[0.1,-0,0]`,
}

func TestParseAgreesWithEncodingJSON(t *testing.T) {
	for _, seed := range parseSeeds {
		compareParse(t, []byte(seed))
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range parseSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(compareParse)
}

func compareParse(t *testing.T, body []byte) {
	got, violations, err := parse(body, 1<<30)
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var want any
	if !json.Valid(body) {
		if err == nil {
			t.Fatalf("%q: got no error, but it is not JSON", body)
		}
		return
	}
	if err != nil {
		if !strings.Contains(err.Error(), "UTF-8") {
			t.Fatalf("%q: %v", body, err)
		}
		return
	}
	if err := d.Decode(&want); err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		if strings.Contains(v.rule, "duplicate") {
			return // encoding/json merges the two
		}
	}
	if a, b := fmt.Sprint(normalize(got)), fmt.Sprint(normalize(want)); a != b {
		t.Fatalf("%q:\ngot  %s\nwant %s", body, a, b)
	}
}

// normalize converts values so that equal numbers are equal whatever their Go types.
func normalize(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := v.Float64()
		return f
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = normalize(v[i])
		}
		return all
	case map[string]any:
		all := make(map[string]any)
		for name := range v {
			all[name] = normalize(v[name])
		}
		return all
	case string:
		return fmt.Sprintf("%q", v)
	default:
		return v
	}
}

func TestParseKeepsNumbersAsTheyWereSent(t *testing.T) {
	got, _, err := parse([]byte(`{"records":[{"n":1.50,"metadata":{"n":1.50,"a":[1e400]}}]}`), 100)
	want := map[string]any{"records": []any{map[string]any{
		"n": 1.5, "metadata": map[string]any{"n": json.Number("1.50"), "a": []any{json.Number("1e400")}},
	}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, %v, want %#v", got, err, want)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	v := violation{path: path{}.key("records").item(3).key(long), rule: long}
	if got := len(v.String()); got > 2*maxTextLen+20 {
		t.Errorf("got %d bytes, want at most %d", got, 2*maxTextLen+20)
	}
}

func TestDeeplyNestedBodies(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000)
	v, violations, err := parse([]byte(deep), 1<<20)
	if err != nil || len(violations) > 0 {
		t.Fatalf("9000 objects: got %v, %v, want neither a violation nor an error", violations, err)
	}
	merge(merge(nil, v.(map[string]any), true), v.(map[string]any), true)
	if _, _, err := parse([]byte(strings.Repeat("[", 1<<20)), 1); err == nil {
		t.Error("a million brackets: got no error, want one")
	}
}
