package overview

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/source"
	"github.com/klarity-go/klarity/examples/sheet"
	"github.com/klarity-go/klarity/models"
)

// ofSheet returns the overview of a dry run over the sample sheet.
func ofSheet(t *testing.T) *Overview {
	reader, err := source.Records(strings.NewReader(sheet.Licences), source.Options{Format: source.CSV}, models.InsertInPeriodCurrent)
	if err != nil {
		t.Fatal(err)
	}
	o := New(Run{Source: "licences.csv", DryRun: true, Started: time.Date(2026, 11, 26, 11, 12, 0, 0, time.UTC)})
	for record, err := range reader.All() {
		it := Item{Record: record, Outcome: Valid, Place: "line " + strconv.Itoa(reader.Position().Line)}
		if err == nil {
			err = api.CheckRecord(record, models.InsertInPeriodCurrent)
		}
		if err != nil {
			it.Outcome, it.Reason = "invalid", err.Error()
			if e, ok := errors.AsType[*source.Error](err); ok {
				it.Key, it.Reason = api.Key{Type: e.Type, ID: e.ID}, e.Err.Error()
			}
			if e, ok := errors.AsType[*api.RecordError](err); ok {
				it.Reason = e.Err.Error()
			}
		}
		o.Add(it)
	}
	return o
}
