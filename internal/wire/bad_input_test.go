package wire_test

import (
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// stumbles cannot be written.
type stumbles struct{}

func (stumbles) MarshalJSON() ([]byte, error) { panic("oops") }

// leaves ends the goroutine that writes it.
type leaves struct{}

func (leaves) MarshalJSON() ([]byte, error) { runtime.Goexit(); return nil, nil }

// A record that is refused leaves the buffer as it was, however much of the record was
// written by then. Which inputs are refused, and with what words, is for TestBadInput of
// package api.
func TestRefusedRecordLeavesTheBufferAsItWas(t *testing.T) {
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
		"in a method of a value":      with(func(r *models.EstateRecord) { r.Metadata["z"] = stumbles{} }),
		"a value that is left":        with(func(r *models.EstateRecord) { r.Metadata["z"] = leaves{} }),
		"the size, when all is there": with(func(r *models.EstateRecord) { r.Metadata["z"] = strings.Repeat("x", 2_000_000) }),
		"a locator":                   &models.RecordLocator{ID: "i", Name: "n"},
		"an enrichment":               &models.Enrichment{Data: map[string]any{"k": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			e := wire.Encoder{Buf: []byte("before"), NotBefore: "2022-06"}
			for range 2 { // the second time with what the first has left
				if err := m.AppendTo(&e); err == nil || string(e.Buf) != "before" {
					t.Fatalf("got error %v, and the buffer holds %.100q", err, e.Buf)
				}
			}
			if err := typical().AppendTo(&e); err != nil || !strings.HasPrefix(string(e.Buf), `before{"costs":{`) {
				t.Errorf("the next record: %v, the buffer holds %.100q", err, e.Buf)
			}
		})
	}
}
