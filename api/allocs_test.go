package api

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/internal/wire"
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

func TestNothingIsEncodedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Every kind of response that makes records be sent again.
		var n atomic.Int64
		responses := roundTripper(func(req *http.Request, body string) (int, string) {
			switch i := n.Add(1); {
			case strings.HasSuffix(req.URL.Path, "/token"):
				return 200, `{"access_token":"a"}`
			case i%5 == 0:
				return 503, ""
			case i == 4: // a token that is not taken
				return 401, ""
			case len(body) > 20_000:
				return 413, ""
			case strings.Contains(body, `"id":"r77"`):
				return 400, ""
			}
			return 202, ""
		})
		c := benchClient(t, WithTransport(responses))
		v, err := upsertVerb("")
		if err != nil {
			t.Fatal(err)
		}
		var encoded atomic.Int64
		encode := v.appendTo
		v.appendTo = func(r *models.EstateRecord, e *wire.Encoder) error {
			encoded.Add(1)
			return encode(r, e)
		}
		var records []*models.EstateRecord
		for i := range 3000 {
			records = append(records, &models.EstateRecord{ID: fmt.Sprint("r", i), Type: "vm"})
		}
		cfg, err := newRunConfig(upsertOperation.name, nil)
		if err != nil {
			t.Fatal(err)
		}
		report, _ := run(t.Context(), c, v, each(records), cfg)
		if encoded.Load() != 3000 || report.Accepted != 2999 || report.Rejected != 1 || report.Requests < 10 {
			t.Errorf("%d records were encoded for %v in %d requests", encoded.Load(), report, report.Requests)
		}
	})
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

type roundTripper func(req *http.Request, body string) (status int, response string)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	req.Body.Close()
	if err != nil {
		return nil, err
	}
	status, response := f(req, string(body))
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(response))}, nil
}
