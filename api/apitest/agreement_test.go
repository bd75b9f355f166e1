package apitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

// The SDK checks values before it sends them, and the emulator checks what it receives, each
// with code of its own. JSON that a caller has made gets the same answer from both: whoever
// tests with the emulator learns what the SDK takes, and the other way around.
func TestSDKAndEmulatorAgreeOnJSON(t *testing.T) {
	nested := func(levels int, open, bottom, shut string) string {
		return strings.Repeat(open, levels) + bottom + strings.Repeat(shut, levels)
	}
	c := inProcess(t).login(t)
	const nid = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"
	for _, tt := range []struct {
		name, json string
		want       bool // accepted
	}{
		{"an object", `{"a":1,"b":{"a":1},"A":[{"a":1},{"a":1}]}`, true},
		{"a key twice", `{"a":1,"a":1}`, false},
		{"a key twice, deep down", `[[{"b":{"a":1,"c":[],"a":2}}]]`, false},
		{"a key twice, once with an escape", `{"a":1,"\u0061":2}`, false},
		{"the empty key twice", `{"":{},"":[]}`, false},
		{"a key twice among many", `{` + strings.Repeat(`"k":1,`, 50) + `"l":1}`, false},
		{"many keys", `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1}`, true},
		{"texts that look like keys", `{"a":"a\":","b":["a",":","a:"],"c":"\\"}`, true},
		{"white space between the tokens", " { \"a\" : 1 ,\n\t\"a\" : 2 } ", false},
		{"999 levels, 1000 with metadata", nested(999, "[", "", "]"), true},
		{"1000 levels", nested(1000, "[", "", "]"), false},
		{"999 objects", nested(999, `{"a":`, "1", "}"), true},
		{"1000 objects", nested(1000, `{"a":`, "1", "}"), false},
		{"999 levels, twice", "[" + nested(998, "[", "", "]") + "," + nested(998, "[", "", "]") + "]", true},
		{"10,000 levels", nested(10_000, "[", "", "]"), false},
		{"10,000 objects", nested(10_000, `{"a":`, "1", "}"), false},
		{"9,990 levels", nested(9_990, "[", "", "]"), false},
		{"a lone surrogate", `"\ud800"`, false},
		{"a pair of surrogates", `"\ud83d\ude00"`, true},
		{"what is not UTF-8", "\"\xff\"", false},
		{"what is not JSON", `{"a":NaN}`, false},
		{"half of it", `{"a":`, false},
		{"a number that no float holds", `1e400`, true},
		{"null", `null`, true},
	} {
		for _, kind := range []struct {
			name, path, body string
			err              error
		}{
			{"metadata", "/v1/estateRecords", `{"records":[{"id":"a","type":"b","metadata":{"k":` + tt.json + `}}]}`,
				api.CheckRecord(&models.EstateRecord{ID: "a", Type: "b", Metadata: map[string]any{"k": json.RawMessage(tt.json)}}, "")},
			{"data", "/v1/enrichments/estateRecords", `{"enrichments":[{"record":{"nid":"` + nid + `"},"data":{"k":` + tt.json + `}}]}`,
				api.CheckEnrichment(&models.Enrichment{Record: models.EnrichedRecord{NID: nid}, Data: map[string]any{"k": json.RawMessage(tt.json)}})},
		} {
			r := c.call(t, http.MethodPost, kind.path, kind.body)
			if sdk, emulator := kind.err == nil, r.status == http.StatusAccepted; sdk != tt.want || emulator != tt.want {
				t.Errorf("%s as %s: accepted by the SDK: %v (%v), by the emulator: %v (%d %.200s), want %v",
					tt.name, kind.name, sdk, kind.err, emulator, r.status, r.body, tt.want)
			}
		}
	}
}

func TestSDKAndEmulatorAgreeOnCurrencies(t *testing.T) {
	codes := []string{"", "EU", "EURO", "eur", "€", "EUR ", " EUR", "D A", "EU\u0000"}
	for i := range 26 * 26 * 26 {
		codes = append(codes, string([]byte{'A' + byte(i/676), 'A' + byte(i/26%26), 'A' + byte(i%26)}))
	}
	day := time.Date(2022, 5, 1, 0, 0, 0, 0, time.UTC)
	c := inProcess(t, apitest.PartialBatches()).login(t)
	bodies := []string{}
	sdk := map[string]bool{}
	for i, code := range codes {
		err := api.CheckRecord(&models.EstateRecord{ID: code, Type: "t", Costs: &models.Costs{Currency: code, Values: []models.CostElement{api.Cost(day, "1")}}}, "")
		if code != "" { // an id must not be empty
			sdk[code] = err == nil
		}
		if i%1000 == 0 {
			bodies = append(bodies, "")
		}
		text, _ := json.Marshal(code)
		bodies[len(bodies)-1] += fmt.Sprintf(`{"id":%s,"type":"t","costs":{"currency":%s,"values":[{"date":"2022-05-01","value":"1"}]}},`, text, text)
	}
	for _, body := range bodies {
		c.call(t, http.MethodPost, "/v1/estateRecords", `{"records":[`+strings.TrimSuffix(body, ",")+`]}`)
	}
	emulator := map[string]bool{}
	for _, r := range c.Records() {
		emulator[r.ID] = true
	}
	accepted := 0
	for code, ok := range sdk {
		if ok != emulator[code] {
			t.Errorf("%q: accepted by the SDK: %v, by the emulator: %v", code, ok, emulator[code])
		}
		if ok {
			accepted++
		}
	}
	if accepted < 150 || accepted > 200 {
		t.Errorf("%d codes are accepted, want 150 to 200", accepted)
	}
	for code, want := range map[string]bool{"EUR": true, "XCG": true, "XAU": true, "HRK": true, "ANG": true, "BGN": true, "DEM": false, "LTL": false, "XXX": false, "XTS": false} {
		if sdk[code] != want {
			t.Errorf("%s: accepted: %v, want %v", code, sdk[code], want)
		}
	}
}
