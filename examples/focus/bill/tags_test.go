package bill

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

func TestTags(t *testing.T) {
	long := strings.Repeat("x", 256)
	for cell, want := range map[string]string{
		"":   `{} {}`,
		"{}": `{} {}`,
		`{"a":"b","n":1.50,"big":12345678901234567890,"yes":true,"no":false,"gone":null,"list":[1, 2],"object":{"k": "v"}}`: `{"a":"b","big":"12345678901234567890","gone":null,"list":"[1,2]","n":"1.50","no":"false","object":"{\"k\":\"v\"}","yes":"true"} {}`,
		`{"a":"` + long + `","` + long + `":"b","":"c","d":"e"}`:                                                            `{"d":"e"} {"long_tags":{"":"c","a":"` + long + `","` + long + `":"b"}}`,
		`a=b`: `{} {"tags_text":"a=b"}`,
		`[{"key":"k","value":"v","x_type":"label","x_inherited":false},{"key":"n","value":null},{"key":"k","value":"of the project","x_inherited":true}]`: `{"k":"v","n":null} {"tags_left_out":1}`,
		`[]`:                        `{} {}`,
		`[{"key":"k"}]`:             `{} {"tags_text":"[{\"key\":\"k\"}]"}`,
		`[{"key":"k","value":1},1]`: `{} {"tags_text":"[{\"key\":\"k\",\"value\":1},1]"}`,
		`[{"a":1}]`:                 `{} {"tags_text":"[{\"a\":1}]"}`,
		`null`:                      `{} {"tags_text":"null"}`,
		`{"a":"b"`:                  `{} {"tags_text":"{\"a\":\"b\""}`,
	} {
		got := parseTags(cell)
		if text := asText(t, got.short) + " " + asText(t, got.metadata); text != want {
			t.Errorf("%s: got %s, want %s", cell, text, want)
		}
		if got.odd != strings.Contains(want, "tags_text") {
			t.Errorf("%s: got odd %v", cell, got.odd)
		}
	}
}

func asText[V any](t *testing.T, m map[string]V) string {
	if m == nil {
		return "{}"
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever is in the texts of a row, its record is valid, and no tag is lost without a word.
func FuzzTags(f *testing.F) {
	f.Add(`{"a":"b"}`, "name")
	f.Add(`{"a":{"b":[1,null,"\u2028"]},"\ud800":"x"}`, strings.Repeat("\x01", 300))
	f.Add(`{"a":null,"":1e400}`, "#EUR")
	f.Fuzz(func(t *testing.T, cell, text string) {
		if len(cell) > maxRow {
			return
		}
		wantValid(t, strings.ToValidUTF8(cell, ""), strings.ToValidUTF8(text, ""))
	})
}

func TestManyAndLongTagsStayValid(t *testing.T) {
	for name, make := range map[string]func(i int) (string, string){
		"many": func(i int) (string, string) { return fmt.Sprint("key", i), "v" },
		"large": func(i int) (string, string) {
			return fmt.Sprint(i, strings.Repeat("\x01", 200)), strings.Repeat("\x02", 250)
		},
		"long": func(i int) (string, string) { return fmt.Sprint(i), strings.Repeat("\u2028", 300) },
		"long and many": func(i int) (string, string) {
			return fmt.Sprint(i, strings.Repeat("\x03", 300)), strings.Repeat("é", 300)
		},
	} {
		t.Run(name, func(t *testing.T) {
			object := map[string]string{}
			for i := range 1200 {
				key, value := make(i)
				object[key] = value
			}
			cell, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			wantValid(t, string(cell), strings.Repeat("\x01", maxRow/20))
		})
	}
}

func wantValid(t *testing.T, cell, text string) {
	t.Helper()
	b := &Bill{options: Options{Cost: BilledCost}}
	g := &group{provider: "p", resource: resource{id: "r" + text}, segment: "s", currencies: make([]currencySums, 2)}
	for i := range g.attributes {
		g.attributes[i] = text
	}
	g.attributes[tagsCell-provider] = cell
	for i := range g.currencies {
		g.currencies[i] = currencySums{currency: []string{"USD", "EUR"}[i], days: []daySum{{}}}
		for record := range b.records(g, i) {
			if err := api.CheckRecord(record, models.InsertInPeriodCurrent); err != nil {
				t.Errorf("%.100q: %.1000v", cell, err)
			}
			if _, found := record.Metadata["tags"]; found {
				t.Error("got the reserved key tags")
			}
		}
	}
	parsed := parseTags(cell)
	var object map[string]any
	if json.Unmarshal([]byte(cell), &object) == nil && object != nil {
		long, _ := parsed.metadata["long_tags"].(map[string]any)
		leftOut, _ := parsed.metadata["tags_left_out"].(int)
		if n := len(parsed.short) + len(long) + leftOut; n != len(object) {
			t.Errorf("%.100q: got %d tags, want %d", cell, n, len(object))
		}
	}
}
