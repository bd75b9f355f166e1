package api

import (
	"time"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// FieldError is the reason of a [*RecordError] that says which field breaks which rule.
type FieldError struct {
	// Field is the path of the value in the record's JSON, such as costs.values[3].date
	// or tags["cost centre"]. It is empty when the rule is about the record as a whole.
	Field string
	// Rule is what the contract demands, such as "must have at most 255 characters".
	Rule string
	// Got is the value's size ("has 300 characters") or its beginning (`is "12,50"`).
	Got string
}

// Error returns field, rule and value in one sentence.
func (e *FieldError) Error() string { return (*wire.FieldError)(e).Error() }

// CheckRecord checks a record as an upsert into the period does, and sends nothing. The
// error is a [*RecordError] with a negative index.
func CheckRecord(r *models.EstateRecord, period models.InsertInPeriod) error {
	v, err := upsertVerb(period)
	if err != nil {
		return err
	}
	return check(v, r)
}

// CheckLocator checks a locator as a delete does, and sends nothing.
func CheckLocator(l *models.RecordLocator) error {
	v, err := deleteVerb(models.PeriodCurrent)
	if err != nil {
		return err
	}
	return check(v, l)
}

// CheckEnrichment checks an enrichment as an enrich does, and sends nothing.
func CheckEnrichment(e *models.Enrichment) error {
	return check(enrichVerb(), e)
}

func check[T any](v *verb[T], rec T) error {
	var space scratch
	space.at(time.Now())
	if _, key, err := v.encode(rec, &space, defaultBatchBytes); err != nil {
		return &RecordError{Operation: v.name(), Index: -1, Key: key, Outcome: Invalid, Err: err}
	}
	return nil
}
