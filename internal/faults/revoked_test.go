package faults

import (
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

// A token that is refused a second time, long after the first, while one request is tried
// again and again, is not a fresh one; the run need not end for it.
func TestSecondRevocationDuringRetriesDoesNotEndRun(t *testing.T) {
	server := apitest.NewServer(t)
	server.Script(
		apitest.Fault{Revoke: true}, // the first 401: the request is sent again with another token
		apitest.Status(503),         // which nobody has refused
		apitest.Fault{Revoke: true}, // and which is revoked, too, before the next try
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
