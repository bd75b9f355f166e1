// Package estate makes the records that every contender sends.
//
// Making them is cheap, so that it adds little to the measurements: a pool of distinct records is
// made before, and record i is a shallow copy of one of them with its own ID. That is one
// allocation for the copy and one for the ID, for every contender's type of records.
package estate

import (
	"fmt"
	"time"
)

// Record is an estate record as a plain struct, like a user would write from the contract. The
// contenders without a generated model send it as it is; the others make theirs from it.
type Record struct {
	ID           string             `json:"id"`
	Type         string             `json:"type"`
	Name         string             `json:"name,omitempty"`
	Metadata     map[string]any     `json:"metadata,omitempty"`
	Tags         map[string]*string `json:"tags,omitempty"`
	Costs        *Costs             `json:"costs,omitempty"`
	ValidThrough string             `json:"validThrough,omitempty"`
}

// Costs are the daily costs of a record.
type Costs struct {
	Currency string        `json:"currency"`
	Values   []CostElement `json:"values"`
}

// CostElement is the cost of one day. The day is text, the cheapest type to encode.
type CostElement struct {
	Date  string  `json:"date"`
	Value *string `json:"value"`
}

// Request is the body of an upsert.
type Request struct {
	Records []*Record `json:"records"`
}

const (
	days     = 30
	firstDay = "2026-09-01"
)

// Typical returns record n of the pool: 30 daily costs, 5 tags and
// nested metadata, about 1.5 kB of JSON. Records with different n have different names,
// amounts, tags and metadata; in one of eight the name is not ASCII.
func Typical(n int) Record {
	text := func(format string, a ...any) *string { s := fmt.Sprintf(format, a...); return &s }
	site := "Gothenburg"
	if n%8 == 0 {
		site = "Göteborg"
	}
	values := make([]CostElement, days)
	first, _ := time.Parse(time.DateOnly, firstDay)
	for d := range values {
		values[d] = CostElement{
			Date:  first.AddDate(0, 0, d).Format(time.DateOnly),
			Value: text("%d.%02d", 10+n%900, (79*d+n)%100),
		}
	}
	return Record{
		ID:   ID(n),
		Type: "licence/design/team",
		Name: fmt.Sprintf("Design suite %d, %s", n, site),
		Metadata: map[string]any{
			"vendor": "Example Software",
			"seats":  25 + n%50,
			"contract": map[string]any{
				"owner": "procurement", "note": nil, "annual": n%2 == 0,
				"renewal": map[string]any{"month": float64(1 + n%12), "notice": "P3M"},
			},
			"products": []any{"Draw", "Paint", "Layout"},
		},
		Tags: map[string]*string{
			"application": text("webshop-%d", n%40), "environment": text("production"),
			"team": text("design-%d", n%7), "cost-centre": text("%d", 4000+n%1000), "criticality": text("high"),
		},
		Costs:        &Costs{Currency: "EUR", Values: values},
		ValidThrough: "2999-12",
	}
}
