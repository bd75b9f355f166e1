package main

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// An interrupt while Clarity is being asked sends nothing.
func TestInterruptWhileReading(t *testing.T) {
	for _, call := range []string{clarity.CallDatasources, clarity.CallNodes, clarity.CallMeasurements} {
		k, c := servers(t)
		ctx, cancel := context.WithCancel(t.Context())
		c.Replace(call, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		jobtest.RunWith(ctx, run, nil, "-status-metadata").Want(t, 1, nil, []string{"context canceled: nothing was sent"})
		if n := len(jobtest.Sent(k)); n != 0 {
			t.Errorf("%s: got %d requests to Klarity, want none", call, n)
		}
	}
}

// An interrupt while records are being sent: each that was taken has its outcome.
func TestInterruptWhileSending(t *testing.T) {
	k, _ := servers(t)
	ctx, cancel := context.WithCancel(t.Context())
	k.Intercept(func(*apitest.Request) *apitest.Fault {
		cancel()
		return &apitest.Fault{Hang: true}
	})
	report := filepath.Join(t.TempDir(), "report.jsonl")
	jobtest.RunWith(ctx, run, nil, "-grace", "50ms", "-report", report).
		Want(t, 1, []string{"canceled       40", "40 of 40 records were not accepted"}, []string{"context canceled: waiting up to 50 ms for responses"})
	if n := jobtest.Count(jobtest.Report(t, report, 40), "canceled"); n != 40 {
		t.Errorf("the report has %d canceled records, want 40", n)
	}
}
