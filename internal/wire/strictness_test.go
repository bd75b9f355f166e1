package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// The rules by which the checked mode is stricter than the generated Validate. Each is
// implemented here a second time, as simply as possible. The fuzz tests require that
// AppendTo returns an error if and only if Validate does or the record breaks one of these.

// stricter returns the first rule beyond Validate that a record breaks, by its name.
func stricter(r *models.EstateRecord, notBefore string) string {
	if _, ok := r.Metadata["tags"]; ok {
		return "reserved key"
	}
	if r.ValidThrough != "" && r.ValidThrough < notBefore {
		return "not before the period"
	}
	if rule := unfit(r.Metadata); rule != "" {
		return rule
	}
	texts := []string{r.ID, r.Type, r.Name}
	for k, v := range r.Tags {
		texts = append(texts, k)
		if v != nil {
			texts = append(texts, *v)
		}
	}
	if slices.ContainsFunc(texts, func(s string) bool { return !utf8.ValidString(s) }) {
		return "UTF-8"
	}
	if tags, _ := json.Marshal(r.Tags); len(tags) > 1_000_000 {
		return "1 MB"
	}
	if r.Costs == nil {
		return ""
	}
	if !slices.Contains([]string{"EUR", "USD", "SEK", "BGN", "XAU"}, r.Costs.Currency) { // the valid ones of the generator
		return "ISO 4217"
	}
	days := map[string]bool{}
	for _, v := range r.Costs.Values {
		if v.Value != nil && *v.Value == "" {
			return "empty amount"
		}
		if time.Time(v.Date).IsZero() { // in any location, not only in UTC
			return "zero date"
		}
		if days[v.Date.String()] {
			return "a day twice"
		}
		days[v.Date.String()] = true
	}
	return ""
}

func stricterLocator(l *models.RecordLocator) string {
	if rule := strictUUID(l.NID); rule != "" && l.NID != "" {
		return rule
	}
	if l.NID == "" && (l.ID == "" || l.Type == "") {
		return "nid, or id and type"
	}
	if !utf8.ValidString(l.ID + "|" + l.Type + "|" + l.Name) {
		return "UTF-8"
	}
	return ""
}

func stricterEnrichment(e *models.Enrichment) string {
	if rule := strictUUID(e.Record.NID); rule != "" {
		return rule
	}
	return unfit(e.Data)
}

var usualUUID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func strictUUID(u strfmt.UUID) string {
	if !usualUUID.MatchString(string(u)) {
		return "UUID in its usual form"
	}
	return ""
}

// unfit returns the rule that a free-form object breaks, or "".
func unfit(m map[string]any) string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if enc.Encode(m) != nil {
		return "JSON"
	}
	if len(m) > 0 && buf.Len()-1 > 1_000_000 {
		return "1 MB"
	}
	if broken(reflect.ValueOf(m)) {
		return "UTF-8"
	}
	return ""
}

// broken reports whether v has text that is not Unicode.
func broken(v reflect.Value) bool {
	if !v.IsValid() {
		return false
	}
	if raw, ok := v.Interface().(json.RawMessage); ok {
		return slices.Contains(brokenJSON, string(raw))
	}
	if _, ok := v.Interface().(time.Time); ok {
		return false
	}
	switch v.Kind() {
	case reflect.String:
		return !utf8.ValidString(v.String())
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if broken(it.Key()) || broken(it.Value()) {
				return true
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if broken(v.Index(i)) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if broken(v.Field(i)) {
				return true
			}
		}
	case reflect.Pointer, reflect.Interface:
		return broken(v.Elem())
	}
	return false
}

type model interface {
	AppendTo(*wire.Encoder) error
	AppendJSON([]byte) ([]byte, error)
	Validate(strfmt.Registry) error
}

// checkVerdict compares the error of AppendTo with Validate and with rule, the stricter rule
// that m breaks, and what is written with what encoding/json writes for the mirror of m.
func checkVerdict(t *testing.T, e *wire.Encoder, m model, mirror any, rule string) {
	t.Helper()
	const before = "before"
	e.Buf = append(e.Buf[:0], before...)
	err := m.AppendTo(e)
	valid := m.Validate(strfmt.Default)
	if got, want := err == nil, valid == nil && rule == ""; got != want {
		t.Errorf("AppendTo: got error %v, want one: %v\nValidate: %v\nstricter rule: %q\nof %s", err, !want, valid, rule, describe(mirror))
	}
	if !strings.HasPrefix(string(e.Buf), before) {
		t.Fatalf("buffer: got %.100q, want the prefix %q", e.Buf, before)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	stockErr := enc.Encode(mirror)
	want := strings.TrimSuffix(buf.String(), "\n")
	if err == nil {
		if stockErr != nil {
			t.Errorf("AppendTo: got no error, want one as from encoding/json: %v", stockErr)
		}
		if got := string(e.Buf[len(before):]); got != want {
			t.Errorf("AppendTo:\ngot  %.2000s\nwant %.2000s", got, want)
		}
	} else {
		checkError(t, err)
		if got := string(e.Buf); got != before {
			t.Errorf("buffer after an error: got %.100q, want %q", got, before)
		}
	}
	got, err := m.AppendJSON([]byte(before))
	if (err == nil) != (stockErr == nil) {
		t.Errorf("AppendJSON: got error %v, want as from encoding/json: %v", err, stockErr)
	}
	if err != nil {
		want = ""
	}
	if string(got) != before+want {
		t.Errorf("AppendJSON:\ngot  %.2000s\nwant %.2000s", got[len(before):], want)
	}
}

// checkError checks that an error has rules whose text can be shown to people, the one at which
// the writing ended before the others, and each once.
func checkError(t *testing.T, err error) {
	t.Helper()
	var broken *wire.BrokenRules
	if !errors.As(err, &broken) {
		t.Fatalf("got an error of type %T, want %T: %v", err, broken, err)
	}
	if len(broken.Rules) == 0 || len(broken.Rules) > wire.MaxBroken || broken.More > 0 && len(broken.Rules) < wire.MaxBroken {
		t.Errorf("got %d rules and %d more, want 1 to %d, and more only then", len(broken.Rules), broken.More, wire.MaxBroken)
	}
	if got, want := broken.Rules[0].Error(), broken.First().Error(); got != want {
		t.Errorf("got a list that begins with\n%s\nwant the rule at which the writing ended\n%s", got, want)
	}
	texts := map[string]bool{}
	for _, rule := range broken.Rules {
		text := rule.Error()
		if rule.Rule == "" {
			t.Errorf("got an error without a rule, want one: %q", text)
		}
		if !utf8.ValidString(text) {
			t.Errorf("got an error that is not UTF-8, want UTF-8: %q", text)
		}
		if got := len(text); got > 600 {
			t.Errorf("got an error of %d bytes, want at most 600: %q", got, text)
		}
		if strings.ContainsAny(text, "\r\n") {
			t.Errorf("got an error of several lines: %q", text)
		}
		if texts[text] {
			t.Errorf("got an error twice: %q", text)
		}
		texts[text] = true
	}
	if got, most := len(broken.Error()), (600+8)*wire.MaxBroken+40; got > most {
		t.Errorf("got a text of %d bytes, want at most %d", got, most)
	}
}

// describe returns the beginning of the JSON of v.
func describe(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%.2000s", b)
}

func seed(f *testing.F) {
	for i := range 64 {
		in := make([]byte, 400)
		state := uint32(i)*2654435761 + 1
		for k := range in {
			state = state*1664525 + 1013904223
			in[k] = byte(state >> 24)
		}
		f.Add(in)
	}
	f.Add([]byte{})
}

func FuzzRecord(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		g := generator{in}
		e := &wire.Encoder{}
		for range 2 { // the second time with the scratch space of the first
			r := g.record()
			e.NotBefore = []string{"", "2022-06"}[g.one(2)]
			checkVerdict(t, e, r, mirrorRecord(r), stricter(r, e.NotBefore))
			checkMended(t, e, r)
		}
	})
}

func FuzzLocator(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		g := generator{in}
		l := g.locator()
		checkVerdict(t, &wire.Encoder{}, l, mirrorLocator(l), stricterLocator(l))
	})
}

func FuzzEnrichment(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		g := generator{in}
		x := g.enrichment()
		checkVerdict(t, &wire.Encoder{}, x, mirrorEnrichment(x), stricterEnrichment(x))
	})
}

// TestVerdictsDiffer checks that the fuzz tests above cover each case: of 6000 records, many
// are valid, many are invalid for AppendTo and Validate, and some break each stricter rule
// only.
func TestVerdictsDiffer(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	e := &wire.Encoder{NotBefore: "2022-06"}
	for range 6000 {
		in := make([]byte, 300)
		for i := range in {
			in[i] = byte(random.Uint32())
		}
		g := generator{in}
		r := g.record()
		rule := stricter(r, e.NotBefore)
		checkVerdict(t, e, r, mirrorRecord(r), rule)
		switch valid := r.Validate(strfmt.Default) == nil; {
		case valid && rule == "":
			seen["valid"]++
		case valid:
			seen[rule]++
		default:
			seen["invalid for Validate"]++
		}
	}
	for rule, least := range map[string]int{
		"valid": 500, "invalid for Validate": 500, "reserved key": 3, "not before the period": 3, "JSON": 3, "UTF-8": 3,
		"ISO 4217": 3, "empty amount": 3, "zero date": 1, "a day twice": 3,
	} {
		if seen[rule] < least {
			t.Errorf("records that break rule %q: got %d, want at least %d", rule, seen[rule], least)
		}
	}
}
