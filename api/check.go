package api

import (
	"time"

	"github.com/klarity-go/klarity/models"
)

// CheckRecord checks a record as an upsert into the period does, and sends nothing. The
// error is a [*RecordError] with a negative index and every rule that the record breaks:
// [RecordError.Fields].
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
