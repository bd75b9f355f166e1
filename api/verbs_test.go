package api_test

import (
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

const someNID = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"

// verbs sends one request with each of the three.
func verbs(t *testing.T, c *api.Client) {
	t.Helper()
	if _, err := c.UpsertAll(t.Context(), records(1), api.InPeriod(models.InsertInPeriodPrevious)); err != nil {
		t.Error(err)
	}
	if _, err := c.DeleteAll(t.Context(), models.PeriodAll, []*models.RecordLocator{{NID: someNID}, {ID: "a", Type: "c", Name: "b"}}); err != nil {
		t.Error(err)
	}
	if _, err := c.EnrichAll(t.Context(), []*models.Enrichment{{
		Record: models.EnrichedRecord{NID: someNID},
		Data:   map[string]any{"backup": "ok"},
	}}); err != nil {
		t.Error(err)
	}
}

// endless yields records for as long as it is asked.
func endless(yield func(*models.EstateRecord, error) bool) {
	for i := 0; yield(record(i), nil); i++ {
	}
}
