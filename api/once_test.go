package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

func TestOnceIsExactlyOneRequest(t *testing.T) {
	s := &script{}
	c := newClient(t, s)
	response, err := c.UpsertOnce(t.Context(), &models.UpsertRequest{Records: records(2)})
	if err != nil || response.Message != "Accepted 2 estate records" {
		t.Errorf("got %v, %v", response, err)
	}
	if _, err := c.DeleteOnce(t.Context(), &models.DeleteRequest{Period: models.PeriodCurrent, Records: []*models.RecordLocator{{NID: someNID}}}); err != nil {
		t.Error(err)
	}
	if _, err := c.EnrichOnce(t.Context(), &models.EnrichRequest{Enrichments: []*models.Enrichment{{Record: models.EnrichedRecord{NID: someNID}, Data: map[string]any{"a": 0}}}}); err != nil {
		t.Error(err)
	}
	if n := len(s.requests()); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
	for _, status := range []int{400, 401, 413, 429, 500, 503} {
		s := &script{response: func(*sent) (*http.Response, error) { return respond(status, "", "Retry-After", "1"), nil }}
		_, err := newClient(t, s).UpsertOnce(t.Context(), &models.UpsertRequest{Records: records(2)})
		var e *api.Error
		if !errors.As(err, &e) || e.StatusCode != status || len(s.requests()) != 1 {
			t.Errorf("%d: got %v after %d requests", status, err, len(s.requests()))
		}
	}
}

func TestOnceDropsARefusedToken(t *testing.T) {
	s := &script{}
	s.response = func(r *sent) (*http.Response, error) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			return respond(401, ""), nil
		}
		return accepted(r), nil
	}
	c := newClient(t, s)
	req := &models.UpsertRequest{Records: records(1)}
	if _, err := c.UpsertOnce(t.Context(), req); !errors.Is(err, api.ErrUnauthorized) {
		t.Errorf("got %v", err)
	}
	if _, err := c.UpsertOnce(t.Context(), req); err != nil {
		t.Error(err)
	}
}

func TestOnceChecksTheRequest(t *testing.T) {
	s := &script{}
	c := newClient(t, s)
	for name, tt := range map[string]struct {
		req  *models.UpsertRequest
		want string
	}{
		"nil":       {nil, "the request is nil"},
		"empty":     {&models.UpsertRequest{}, "carries 1 to 1000 records, this one 0"},
		"too many":  {&models.UpsertRequest{Records: records(1001)}, "carries 1 to 1000 records, this one 1001"},
		"a nil":     {&models.UpsertRequest{Records: []*models.EstateRecord{record(0), nil}}, "upsert of record 1: "},
		"invalid":   {&models.UpsertRequest{Records: []*models.EstateRecord{{ID: "x"}}}, `upsert of type "" id "x" (record 0): type: `},
		"twice":     {&models.UpsertRequest{Records: []*models.EstateRecord{record(4), record(5), record(4)}}, `upsert of type "vm" id "r4" (record 2): is in the request twice, first as record 0`},
		"no period": {&models.UpsertRequest{Records: records(1), InsertInPeriod: "then"}, `the period is "then", want current or previous`},
	} {
		if _, err := c.UpsertOnce(t.Context(), tt.req); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want ...%s...", name, err, tt.want)
		}
	}
	if _, err := c.DeleteOnce(t.Context(), nil); err == nil {
		t.Error("a nil request is no error")
	}
	if _, err := c.EnrichOnce(t.Context(), nil); err == nil {
		t.Error("a nil request is no error")
	}
	if _, err := c.DeleteOnce(t.Context(), &models.DeleteRequest{Records: []*models.RecordLocator{{NID: someNID}}}); err == nil {
		t.Error("a delete without a period is no error")
	}
	if len(s.requests()) != 0 || s.tokens != 0 {
		t.Errorf("%d requests and %d tokens for requests that cannot be sent", len(s.requests()), s.tokens)
	}
}

func TestOncePanicsWithTheValueOfItsTransport(t *testing.T) {
	s := &script{response: func(*sent) (*http.Response, error) { panic("broken transport") }}
	defer func() {
		if p := recover(); p != "broken transport" {
			t.Errorf("recovered %v, want what the transport panicked with", p)
		}
	}()
	newClient(t, s).UpsertOnce(t.Context(), &models.UpsertRequest{Records: records(1)})
}
