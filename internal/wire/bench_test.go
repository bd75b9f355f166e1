package wire_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// typical returns the record of the benchmarks: 30 daily costs, 5 tags and nested metadata,
// about 1.5 kB of JSON.
func typical() *models.EstateRecord {
	text := func(s string) *string { return &s }
	values := make([]models.CostElement, 30)
	for i := range values {
		values[i] = models.CostElement{
			Date:  strfmt.Date(time.Date(2022, 5, 1+i, 0, 0, 0, 0, time.UTC)),
			Value: text(fmt.Sprintf("%d.%05d", 100+i, 7919*i%100000)),
		}
	}
	return &models.EstateRecord{
		ID:   "lic-00004217-9f1c",
		Type: "licence/design/team",
		Name: "Design suite, team plan",
		Metadata: map[string]any{
			"vendor": "Example Software",
			"seats":  25,
			"contract": map[string]any{
				"owner": "procurement", "note": nil, "annual": true,
				"renewal": map[string]any{"month": 11.0, "notice": "P3M"},
			},
			"products": []any{"Draw", "Paint", "Layout"},
		},
		Tags: map[string]*string{
			"application": text("webshop"), "environment": text("production"), "team": text("design"),
			"cost-centre": text("4711"), "legacy": nil,
		},
		Costs:        &models.Costs{Currency: "EUR", Values: values},
		ValidThrough: "2022-12",
	}
}

func BenchmarkAppendTo(b *testing.B) {
	r := typical()
	var e wire.Encoder
	if err := r.AppendTo(&e); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(e.Buf)))
	b.ReportAllocs()
	for b.Loop() {
		e.Buf = e.Buf[:0]
		if err := r.AppendTo(&e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStock does the same work with what go-swagger generates: Validate, then the
// runtime's JSON producer, on a model without this module's methods.
func BenchmarkStock(b *testing.B) {
	r := typical()
	m := mirrorRecord(r)
	producer := runtime.JSONProducer()
	var buf bytes.Buffer
	if err := producer.Produce(&buf, m); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Validate(strfmt.Default); err != nil {
			b.Fatal(err)
		}
		buf.Reset()
		if err := producer.Produce(&buf, m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMarshal calls json.Marshal, as users may, on a record with this module's
// MarshalJSON and without.
func BenchmarkMarshal(b *testing.B) {
	r := typical()
	for name, v := range map[string]any{"ours": r, "stock": mirrorRecord(r)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRefuse hands in records that break rules: one that breaks one at its end, and one
// whose 30 amounts all do.
func BenchmarkRefuse(b *testing.B) {
	one, many := typical(), typical()
	one.ValidThrough = "2022-13"
	comma := "12,50"
	for i := range many.Costs.Values {
		many.Costs.Values[i].Value = &comma
	}
	for _, c := range []struct {
		name string
		r    *models.EstateRecord
	}{{"one", one}, {"many", many}} {
		b.Run(c.name, func(b *testing.B) {
			var e wire.Encoder
			b.ReportAllocs()
			for b.Loop() {
				if c.r.AppendTo(&e) == nil {
					b.Fatal("the record was taken")
				}
			}
		})
	}
}
