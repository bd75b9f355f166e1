package faults

import (
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

// A run ends if a new token is refused. A token that is revoked later, during the retries of
// the same request, is not new any more.
func TestSecondRevocationDuringRetriesDoesNotEndRun(t *testing.T) {
	server := apitest.NewServer(t)
	server.Script(
		apitest.Fault{Revoke: true}, // 401: the request is sent again with a new token
		apitest.Status(503),         // the new token is not refused
		apitest.Fault{Revoke: true}, // but revoked before the next attempt
	)
	client := server.Client(api.WithRetry(api.RetryPolicy{BaseDelay: time.Millisecond}))
	var records []*models.EstateRecord
	for _, id := range []string{"a", "b", "c"} {
		records = append(records, &models.EstateRecord{Type: "vm", ID: id})
	}
	report, err := client.UpsertAll(t.Context(), records, api.BatchRecords(1), api.InFlight(1))
	if err != nil {
		t.Errorf("got %v: %v\nwant all accepted", report, err)
	}
}
