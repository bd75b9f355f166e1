package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// rulesOf returns the texts of the rules that m breaks, and how many more there are.
func rulesOf(t *testing.T, m interface {
	AppendTo(*wire.Encoder) error
}, notBefore string) (texts []string, more int) {
	t.Helper()
	err := m.AppendTo(&wire.Encoder{NotBefore: notBefore})
	if err == nil {
		return nil, 0
	}
	checkError(t, err)
	var broken *wire.BrokenRules
	errors.As(err, &broken)
	for _, rule := range broken.Rules {
		texts = append(texts, rule.Error())
	}
	return texts, broken.More
}

func cost(day int, amount string) models.CostElement {
	return models.CostElement{Date: strfmt.Date(time.Date(2022, 5, day, 0, 0, 0, 0, time.UTC)), Value: &amount}
}

// TestEveryBrokenRuleIsFound hands in models that break several rules. What is wanted are all
// of them, in the order of the fields, and none that only follows from another.
func TestEveryBrokenRuleIsFound(t *testing.T) {
	const (
		nid     = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"
		decimal = "must be a decimal number with a dot, without sign or exponent; is "
		notUTF8 = "must be UTF-8 text; has the byte 0xff at offset 0"
	)
	text := func(s string) *string { return &s }
	long := strings.Repeat("x", 256)
	meta := func(m map[string]any) *models.EstateRecord {
		return &models.EstateRecord{ID: "i", Type: "t", Metadata: m}
	}
	tagged := func(tags map[string]*string) *models.EstateRecord {
		return &models.EstateRecord{ID: "i", Type: "t", Tags: tags}
	}
	for _, tt := range []struct {
		name string
		m    interface {
			AppendTo(*wire.Encoder) error
		}
		want []string
	}{
		{"nothing", typical(), nil},
		{"an empty record lacks two fields", &models.EstateRecord{}, []string{"id: is required", "type: is required"}},
		{"every field", &models.EstateRecord{
			ID: long, Name: "\xff", Metadata: map[string]any{"tags": 1, "n": math.NaN()},
			Tags:         map[string]*string{"owner": &long, "team": text("\xff"), "\xff": nil, "ok": text("x"), "gone": nil},
			Costs:        &models.Costs{Currency: "EURO", Values: []models.CostElement{cost(1, "1"), cost(2, "12,50"), {Value: text("-1")}, cost(1, "2")}},
			ValidThrough: "2022-04",
		}, []string{
			`costs.currency: must be a currency code of ISO 4217, three capital letters; is "EURO"`,
			"costs.values[1].value: " + decimal + `"12,50"`,
			"costs.values[2].date: is required",
			"costs.values[2].value: " + decimal + `"-1"`,
			`costs.values[3].date: must be another day than that of any other item; is "2022-05-01" like values[0]`,
			"id: must have at most 255 characters; has 256 characters",
			`metadata: must not have the key "tags", which is reserved`,
			"metadata.n: must be a number that JSON can hold; is NaN",
			"name: " + notUTF8,
			`tags["owner"]: must have at most 255 characters; has 256 characters`,
			`tags["team"]: ` + notUTF8,
			`tags["\xff"]: must have a key that is UTF-8 text; has the byte 0xff at offset 0`,
			"type: is required",
			`validThrough: must not be before 2022-05, the month that is written to; is "2022-04"`,
		}},
		{"two rules of one text", &models.EstateRecord{ID: "\xff" + long, Type: "t"}, []string{
			"id: must have at most 255 characters; has 257 characters", "id: " + notUTF8,
		}},
		{"a month that is none is not past as well", &models.EstateRecord{ID: "i", Type: "t", ValidThrough: "1999-13"}, []string{
			`validThrough: must be a month as YYYY-MM, from 2000-01 to 2999-12; is "1999-13"`,
		}},
		{"a currency that is missing is not a wrong one as well", &models.EstateRecord{ID: "i", Type: "t", Costs: &models.Costs{}}, []string{
			"costs.currency: is required", "costs.values: is required",
		}},
		{"each day again, of the years that there are", &models.Costs{Currency: "EUR", Values: []models.CostElement{
			cost(3, "1"), cost(2, "1"), cost(3, "1"), cost(3, "1"), {}, {},
			{Date: strfmt.Date(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}, {Date: strfmt.Date(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))},
		}}, []string{
			"values[4].date: is required", "values[5].date: is required",
			"values[6].date: must be a date of the years 0000 to 9999; is of the year 10000",
			"values[7].date: must be a date of the years 0000 to 9999; is of the year 10000",
			`values[2].date: must be another day than that of any other item; is "2022-05-03" like values[0]`,
			`values[3].date: must be another day than that of any other item; is "2022-05-03" like values[0]`,
		}},
		{"too many tags, and a wrong one", tagged(func() map[string]*string {
			tags := map[string]*string{"": text(long)}
			for i := range 1000 {
				tags[strconv.Itoa(i)] = nil
			}
			return tags
		}()), []string{
			"tags: must have at most 1000 entries; has 1001 entries",
			`tags[""]: must have at most 255 characters; has 256 characters`,
		}},
		{"tags that are too large, and a wrong one", tagged(map[string]*string{strings.Repeat("k", 1_000_000): nil, "": text(long)}), []string{
			`tags[""]: must have at most 255 characters; has 256 characters`,
			"tags: must have at most 1000000 bytes as JSON; has 1000271 bytes",
		}},
		{"all kinds of values in metadata", meta(map[string]any{
			"a": map[string]any{"x": math.Inf(1), "\xff": math.NaN()},
			"b": []any{"\xff", 1, []string{"ok", "\xff"}, map[string]string{"k": "\xff", "\xff": ""}},
			"c": map[string]string(nil), "d": []string(nil), "e": map[string]any(nil), "f": []any(nil),
			"g": json.RawMessage(`{"a":`), "h": []float64{math.NaN()}, "i": genericMap{"y": "\xff", "x": "\xff"},
			"j": panics{}, "k": exits{}, "l": json.Number("1,5"), "m": (*string)(nil), "n": text("\xff"),
			"o": []any{json.RawMessage(`{"a":{"x":1,"\u0078":2}}`), json.RawMessage(strings.Repeat("[", 999) + strings.Repeat("]", 999))},
		}), []string{
			"metadata.a.x: must be a number that JSON can hold; is +Inf",
			`metadata.a["\xff"]: must have a key that is UTF-8 text; has the byte 0xff at offset 0`,
			`metadata.a["\xff"]: must be a number that JSON can hold; is NaN`,
			"metadata.b[0]: " + notUTF8,
			"metadata.b[2][1]: " + notUTF8,
			"metadata.b[3].k: " + notUTF8,
			`metadata.b[3]["\xff"]: must have a key that is UTF-8 text; has the byte 0xff at offset 0`,
			"metadata.g: must be a value that can be written as JSON; unexpected end of JSON input",
			"metadata.h: must be a value that can be written as JSON; json: unsupported value: NaN",
			"metadata.i.x: " + notUTF8,
			"metadata.j: must be a value that can be written as JSON; wire_test.panics panicked: oops",
			"metadata.k: must be a value that can be written as JSON; wire_test.exits ended its goroutine",
			`metadata.l: must be a number as JSON writes it; is "1,5"`,
			"metadata.n: " + notUTF8,
			`metadata.o[0]: must not have a key twice; has "x" twice`,
			"metadata.o[1]: must not nest deeper than 1000 levels; goes deeper, or contains itself",
		}},
		{"metadata that is too large, and a number that is none", meta(map[string]any{"a": strings.Repeat("x", 1_000_000), "b": math.NaN()}), []string{
			"metadata.b: must be a number that JSON can hold; is NaN",
			"metadata: must have at most 1000000 bytes as JSON; has 1000017 bytes",
		}},
		{"a locator", &models.RecordLocator{Name: long, Type: "\xff"}, []string{
			"must have a nid, or an id and a type; has a type but no id",
			"name: must have at most 255 characters; has 256 characters",
			"type: " + notUTF8,
		}},
		{"a locator with a wrong nid", &models.RecordLocator{NID: "x", ID: long}, []string{
			`nid: must be a UUID: 32 hexadecimal digits, grouped 8-4-4-4-12 by hyphens; is "x"`,
			"id: must have at most 255 characters; has 256 characters",
		}},
		{"an empty enrichment", &models.Enrichment{}, []string{"data: is required", "record.nid: is required"}},
		{"an enrichment", &models.Enrichment{Data: map[string]any{"a": math.NaN(), "b": "\xff"}, Record: models.EnrichedRecord{NID: "x"}}, []string{
			"data.a: must be a number that JSON can hold; is NaN", "data.b: " + notUTF8,
			`record.nid: must be a UUID: 32 hexadecimal digits, grouped 8-4-4-4-12 by hyphens; is "x"`,
		}},
		{"a request", &models.EnrichRequest{Enrichments: []*models.Enrichment{nil, {Data: map[string]any{"k": 1}, Record: models.EnrichedRecord{NID: nid}}, {}}}, []string{
			"enrichments[0]: must not be nil", "enrichments[2].data: is required", "enrichments[2].record.nid: is required",
		}},
		{"a request's period", &models.DeleteRequest{Period: "next", Records: []*models.RecordLocator{}}, []string{
			`period: must be one of current, previous, all; is "next"`, "records: must have at least 1 item; has 0 items",
		}},
	} {
		got, more := rulesOf(t, tt.m, "2022-05")
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") || more != 0 {
			t.Errorf("%s: got %d more than\n\t%s\nwant none more than\n\t%s", tt.name, more, strings.Join(got, "\n\t"), strings.Join(tt.want, "\n\t"))
		}
	}
}

func TestBrokenRulesAreOneLineWithNumbers(t *testing.T) {
	values := make([]models.CostElement, 1000)
	for i := range values {
		values[i] = cost(1, "x")
		values[i].Date = strfmt.Date(time.Date(2022, 1, 1+i, 0, 0, 0, 0, time.UTC))
	}
	err := (&models.EstateRecord{ID: "i", Costs: &models.Costs{Currency: "EUR", Values: values}}).AppendTo(&wire.Encoder{})
	const each = "must be a decimal number with a dot, without sign or exponent; is \"x\""
	if got, want := err.Error(), "breaks 1001 rules: (1) costs.values[0].value: "+each+" (2) costs.values[1].value: "+each+" (3) "; !strings.HasPrefix(got, want) {
		t.Errorf("got %.300s…, want the prefix %s", got, want)
	}
	if got, want := err.Error(), " (20) costs.values[19].value: "+each+" and 981 more"; !strings.HasSuffix(got, want) {
		t.Errorf("got …%s, want the suffix %s", got[max(0, len(got)-300):], want)
	}
	var field *wire.FieldError
	if !errors.As(err, &field) || field.Field != "costs.values[0].value" {
		t.Errorf("errors.As: got %v, want the first rule", field)
	}
}

// slow counts how often a value of it is written. It fails.
type slow struct{ calls *atomic.Int64 }

func (s slow) MarshalJSON() ([]byte, error) {
	s.calls.Add(1)
	return nil, errors.New("timeout")
}

// flaky fails the first time.
type flaky struct{ calls *atomic.Int64 }

func (f flaky) MarshalJSON() ([]byte, error) {
	if f.calls.Add(1) == 1 {
		return nil, errors.New("not ready")
	}
	return []byte("1"), nil
}

func TestFlakyMethodIsReported(t *testing.T) {
	got, _ := rulesOf(t, &models.EstateRecord{ID: "i", Type: "t", Metadata: map[string]any{"k": flaky{new(atomic.Int64)}}}, "")
	want := "metadata.k: must be a value that can be written as JSON; json: error calling MarshalJSON for type wire_test.flaky: not ready"
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What has no end, or takes its time, takes no more of it because all rules are looked for.
func TestFindingEveryRuleIsBounded(t *testing.T) {
	doubled := func(leaf any) map[string]any {
		for range 40 {
			leaf = []any{leaf, leaf}
		}
		return map[string]any{"k": leaf}
	}
	itself := []any{nil, nil}
	itself[0], itself[1] = itself, itself
	bad := strings.Repeat("x", 100_000) + "\xff"
	calls := new(atomic.Int64)
	const tooLarge = "metadata: must have at most 1000000 bytes as JSON; has more than 8000000 bytes"
	for _, tt := range []struct {
		name     string
		metadata map[string]any
		rules    int
		last     string // "" for none in particular
	}{
		{"a list that contains itself twice is one mistake", map[string]any{"k": itself}, 1, ""},
		{"2^40 numbers that are none", doubled(math.NaN()), wire.MaxBroken, ""},
		{"2^40 long texts that are none", doubled(bad), wire.MaxBroken, ""},
		{"2^40 pointers to them", doubled(&bad), wire.MaxBroken, ""},
		{"2^40 JSON texts that are none", doubled(json.RawMessage(`"` + bad + `"`)), wire.MaxBroken, ""},
		{"2^40 good values", doubled(1), 1, tooLarge},
		{"2^40 marshalers", doubled(slow{calls}), wire.MaxBroken, ""},
		{"a value that is too deep, and another rule", map[string]any{"a": math.NaN(), "k": itself}, 2, ""},
		{"a wrong number, and 2^40 good ones", map[string]any{"a": math.NaN(), "k": doubled(1)}, 2, tooLarge},
	} {
		began := time.Now()
		got, more := rulesOf(t, &models.EstateRecord{ID: "i", Type: "t", Metadata: tt.metadata}, "")
		if len(got) != tt.rules || (more > 0) != (tt.rules == wire.MaxBroken) {
			t.Errorf("%s: got %d rules and %d more, want %d: %.2000q", tt.name, len(got), more, tt.rules, got)
		}
		if tt.last != "" && got[len(got)-1] != tt.last {
			t.Errorf("%s: got %q at the end, want %q", tt.name, got[len(got)-1], tt.last)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: took %v", tt.name, took)
		}
	}
	if got, want := calls.Load(), int64(1+wire.MaxBroken); got != want {
		t.Errorf("a marshaler that fails was called %d times, want %d: once by the Encoder, then until the list is full", got, want)
	}
}

// mend changes what broken names, so that the record breaks none of these rules.
func mend(r *models.EstateRecord, broken *wire.BrokenRules) {
	under := func(path, prefix, key string) bool {
		quoted := strconv.Quote(key)
		return strings.HasPrefix(path, prefix+"."+key) || strings.HasPrefix(path, prefix+"["+quoted[:len(quoted)-1])
	}
	for _, rule := range broken.Rules {
		path := rule.Field
		switch {
		case path == "id":
			r.ID = "i"
		case path == "type":
			r.Type = "t"
		case path == "name":
			r.Name = ""
		case path == "validThrough":
			r.ValidThrough = ""
		case path == "costs.currency":
			r.Costs.Currency = "EUR"
		case path == "costs.values" && len(r.Costs.Values) == 0:
			r.Costs.Values = []models.CostElement{cost(1, "1")}
		case path == "costs.values":
			r.Costs.Values = r.Costs.Values[:1000]
		case path == "tags":
			for k := range r.Tags {
				if r.Tags[k] == nil && len(r.Tags) > 1000 {
					delete(r.Tags, k)
				}
			}
		case path == "metadata":
			delete(r.Metadata, "tags")
		case strings.HasPrefix(path, "metadata") && strings.Contains(path, "…"): // the key may be cut
			clear(r.Metadata)
		case strings.HasPrefix(path, "tags") && strings.Contains(path, "…"):
			clear(r.Tags)
		case strings.HasPrefix(path, "metadata"):
			for k := range r.Metadata {
				if under(path, "metadata", k) {
					delete(r.Metadata, k)
				}
			}
		case strings.HasPrefix(path, "tags"):
			for k := range r.Tags {
				if under(path, "tags", k) {
					delete(r.Tags, k)
				}
			}
		default:
			var i int
			var what string
			if _, err := fmt.Sscanf(path, "costs.values[%d].%s", &i, &what); err == nil && i < len(r.Costs.Values) {
				if what == "value" {
					r.Costs.Values[i].Value = nil
				} else {
					r.Costs.Values[i].Date = strfmt.Date(time.Date(2030, 1, 1+i, 0, 0, 0, 0, time.UTC))
				}
			}
		}
	}
}

// checkMended checks that a record whose broken rules are all mended, and nothing else, breaks
// none: the error leaves none out. It changes the record, and reports how many there were.
func checkMended(t *testing.T, e *wire.Encoder, r *models.EstateRecord) int {
	t.Helper()
	e.Buf = e.Buf[:0]
	var broken *wire.BrokenRules
	if !errors.As(r.AppendTo(e), &broken) || broken.More > 0 {
		return 0
	}
	mend(r, broken)
	if err := r.AppendTo(e); err != nil {
		t.Errorf("%v\nis left when these are mended:\n%v", err, broken)
	}
	return len(broken.Rules)
}

func TestMendingEveryRuleMakesARecordValid(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	e := &wire.Encoder{NotBefore: "2022-06"}
	several := 0
	for range 20_000 {
		in := make([]byte, 300)
		for i := range in {
			in[i] = byte(random.Uint32())
		}
		g := generator{in}
		if checkMended(t, e, g.record()) > 1 {
			several++
		}
	}
	if several < 1000 {
		t.Errorf("got %d records that break several rules, want 1000 at least", several)
	}
}
