package api

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/models"
)

// Allocations are exact where times are noise: what these tests allow is what was
// measured, with little room.
func TestAllocationCeilings(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates, too")
	}
	c := benchClient(t, WithTransport(drain{}))
	v, err := upsertVerb("")
	if err != nil {
		t.Fatal(err)
	}
	record := typicalRecord(0)
	var space scratch
	space.at(time.Now())
	body := readyBatch(t, 1000)
	ctx := t.Context()
	for _, tt := range []struct {
		name string
		most float64
		do   func() error
	}{
		{"check and encode a record", 0, func() error {
			return newEntry(v, record, &space, seed, defaultBatchBytes).err
		}},
		{"get the cached token", 0, func() error {
			_, err := c.tokens.get(ctx)
			return err
		}},
		{"submit a batch of 1000 records", 100, func() error {
			if f := c.sender.Once(ctx, &request{c: c, op: upsertOperation, body: newSharedBody(body, nil), records: 1000}); f != nil {
				return f.Err
			}
			return nil
		}},
	} {
		if err := tt.do(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := testing.AllocsPerRun(100, func() { tt.do() }); got > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, got, tt.most)
		}
	}
}

// However large a record is, it is taken when nothing else is held.
func TestOneRecordIsAlwaysTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, err := upsertVerb("")
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := newRunConfig(upsertOperation.name, nil)
		if err != nil {
			t.Fatal(err)
		}
		cfg.bufferedBytes, cfg.batchAge = 10, -1
		records := make([]*models.EstateRecord, 20)
		for i := range records {
			records[i] = typicalRecord(i)
		}
		report, err := run(t.Context(), benchClient(t, WithTransport(drain{})), v, each(records), cfg)
		if err != nil || report.Accepted != 20 || report.Requests != 20 {
			t.Errorf("got %v, %v in %d requests, want each record in one of its own", report, err, report.Requests)
		}
	})
}
