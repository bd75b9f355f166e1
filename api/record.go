package api

import (
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/models"
)

// Cost is the cost of one day: amount is a decimal number with a dot ("12.50"), without
// sign, exponent or thousands mark. It stays text on its whole way, so no digit is lost.
// The day is the calendar day of t in t's own location.
func Cost(t time.Time, amount string) models.CostElement {
	return models.CostElement{Date: day(t), Value: &amount}
}

// ClearedCost clears what is stored as the cost of t's calendar day.
func ClearedCost(t time.Time) models.CostElement {
	return models.CostElement{Date: day(t)}
}

// Tag is the value of a tag, at most 255 characters.
func Tag(value string) *string { return &value }

// ClearedTag is the value that removes a tag from what is stored.
func ClearedTag() *string { return nil }

// Tags turns a plain map into a record's tags.
func Tags(tags map[string]string) map[string]*string {
	m := make(map[string]*string, len(tags))
	for k, v := range tags {
		m[k] = &v
	}
	return m
}

func day(t time.Time) strfmt.Date {
	y, m, d := t.Date()
	return strfmt.Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}
