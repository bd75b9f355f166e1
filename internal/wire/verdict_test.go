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

// The rules by which checked writing is stricter than the generated Validate. Each is
// stated here a second time, in the plainest way, so that the fuzz tests can demand that a
// record is refused if and only if Validate refuses it or one of these does.

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
	if !slices.Contains([]string{"EUR", "USD", "SEK", "BGN", "XAU"}, r.Costs.Currency) { // of those that are tried
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

// unfit returns the rule that a free-form object breaks.
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

// broken finds text that is not Unicode.
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

// checkVerdict compares the verdict on m with Validate and the stricter rules, and the
// bytes with what encoding/json gives for the mirror of m.
func checkVerdict(t *testing.T, e *wire.Encoder, m model, mirror any, rule string) {
	t.Helper()
	const before = "before"
	e.Buf = append(e.Buf[:0], before...)
	err := m.AppendTo(e)
	valid := m.Validate(strfmt.Default)
	if got, want := err == nil, valid == nil && rule == ""; got != want {
		t.Errorf("AppendTo: %v\nValidate: %v\nstricter rule: %q\nof %s", err, valid, rule, describe(mirror))
	}
	if !strings.HasPrefix(string(e.Buf), before) {
		t.Fatalf("what stood in the buffer is gone: %q", e.Buf)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	stockErr := enc.Encode(mirror)
	want := strings.TrimSuffix(buf.String(), "\n")
	if err == nil {
		if got := string(e.Buf[len(before):]); got != want || stockErr != nil {
			t.Errorf("AppendTo:\ngot  %.2000s\nwant %.2000s, %v", got, want, stockErr)
		}
	} else {
		var fieldErr *wire.FieldError
		if !errors.As(err, &fieldErr) || fieldErr.Rule == "" || !utf8.ValidString(err.Error()) || len(err.Error()) > 600 {
			t.Errorf("an error that nobody can read: %q", err)
		}
		if string(e.Buf) != before {
			t.Errorf("after an error the buffer holds %q", e.Buf)
		}
	}
	got, err := m.AppendJSON([]byte(before))
	if (err == nil) != (stockErr == nil) {
		t.Errorf("AppendJSON: %v, encoding/json: %v", err, stockErr)
	}
	if err != nil {
		want = ""
	}
	if string(got) != before+want {
		t.Errorf("AppendJSON:\ngot  %.2000s\nwant %.2000s", got[len(before):], want)
	}
}

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
		for range 2 { // the second record meets the scratch that the first one left
			r := g.record()
			e.NotBefore = []string{"", "2022-06"}[g.one(2)]
			checkVerdict(t, e, r, mirrorRecord(r), stricter(r, e.NotBefore))
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

// TestVerdictsDiffer makes sure that the fuzz tests above compare something: among some
// thousand records many are accepted, many are refused by both, and each stricter rule
// refuses some that Validate accepts.
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
			seen["accepted"]++
		case valid:
			seen[rule]++
		default:
			seen["refused by Validate"]++
		}
	}
	for rule, least := range map[string]int{
		"accepted": 500, "refused by Validate": 500, "reserved key": 3, "not before the period": 3, "JSON": 3, "UTF-8": 3,
		"ISO 4217": 3, "empty amount": 3, "zero date": 1, "a day twice": 3,
	} {
		if seen[rule] < least {
			t.Errorf("%s: seen %d times, want %d at least", rule, seen[rule], least)
		}
	}
}
