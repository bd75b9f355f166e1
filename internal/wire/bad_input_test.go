package wire_test

import (
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// panics panics when it is written.
type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("oops") }

// exits ends the goroutine that writes it.
type exits struct{}

func (exits) MarshalJSON() ([]byte, error) { runtime.Goexit(); return nil, nil }

// The buffer keeps its contents when a record is invalid, however much of the record was
// written before. TestBadInput of package api has the inputs that are invalid, and the words
// of their errors.
func TestInvalidRecordKeepsTheBuffer(t *testing.T) {
	const before = "before"
	with := func(change func(*models.EstateRecord)) *models.EstateRecord {
		r := typical()
		change(r)
		return r
	}
	deep := map[string]any{"list": []any{1, map[string]any{"x": math.NaN()}}}
	for name, m := range map[string]interface {
		AppendTo(*wire.Encoder) error
	}{
		"no record":                   (*models.EstateRecord)(nil),
		"no costs":                    (*models.Costs)(nil),
		"the end of the costs":        with(func(r *models.EstateRecord) { r.Costs.Values[29].Value = new(string) }),
		"the last property":           with(func(r *models.EstateRecord) { r.ValidThrough = "2022-05" }),
		"deep in metadata":            with(func(r *models.EstateRecord) { r.Metadata["z"] = deep }),
		"a value that panics":         with(func(r *models.EstateRecord) { r.Metadata["z"] = panics{} }),
		"a value that exits":          with(func(r *models.EstateRecord) { r.Metadata["z"] = exits{} }),
		"the size, when all is there": with(func(r *models.EstateRecord) { r.Metadata["z"] = strings.Repeat("x", 2_000_000) }),
		"a locator":                   &models.RecordLocator{ID: "i", Name: "n"},
		"an enrichment":               &models.Enrichment{Data: map[string]any{"k": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			e := wire.Encoder{Buf: []byte(before), NotBefore: "2022-06"}
			for range 2 { // the second time with the scratch space of the first
				if err := m.AppendTo(&e); err == nil {
					t.Fatal("AppendTo: got no error, want one")
				}
				if got := string(e.Buf); got != before {
					t.Fatalf("buffer after the error: got %.100q, want %q", got, before)
				}
			}
			if err := typical().AppendTo(&e); err != nil {
				t.Fatalf("AppendTo of a valid record: got %v, want no error", err)
			}
			if got, want := string(e.Buf), before+`{"costs":{`; !strings.HasPrefix(got, want) {
				t.Errorf("buffer after a valid record: got %.100q, want the prefix %q", got, want)
			}
		})
	}
}
