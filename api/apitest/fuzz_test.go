package apitest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

// Whatever the body, the emulator responds with 202 or 400, in the contract's form, and the
// records that it accepts can be marshaled.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `{"records":[]}`, `{"records":[{"id":"a","type":"b"}]}`, `{"records":[null,5,"x",[]]}`,
		`{"records":[{"id":"a","type":"b","metadata":{"x":{"y":null}},"tags":{"t":null},"costs":{"currency":"EUR","values":[{"date":"2022-02-30","value":"1"}]},"validThrough":"2999-12"}],"insertInPeriod":"previous"}`,
		`{"records":[{"id":"a","type":"b","costs":{"currency":"EUR","values":[{"date":"2022-02-28","value":".5"},{"date":"2022-03-01","value":null}]}}]}`,
		`{"period":"all","records":[{"id":"a","type":"b"},{"nid":"6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"}]}`,
		`{"enrichments":[{"record":{"nid":"6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"},"data":{"a":null}}]}`,
		`{"enrichments":[{"record":null,"data":[]}]}`, `{"records":[{"id":"\ud800","id":5}]}`, "{\"records\":[{\"id\":\"\xff\"}]}",
	} {
		for op := range 3 {
			f.Add(uint8(op), []byte(seed))
		}
	}
	operations := []struct{ method, path string }{
		{http.MethodPost, "/v1/estateRecords"},
		{http.MethodDelete, "/v1/estateRecords"},
		{http.MethodPost, "/v1/enrichments/estateRecords"},
	}
	modes := [][]apitest.Option{
		nil,
		{apitest.AllowUnknownFields(), apitest.PartialBatches()},
		{apitest.KnownOnly(), apitest.ShallowMetadata()},
	}
	f.Fuzz(func(t *testing.T, mode uint8, body []byte) {
		op := operations[int(mode)%len(operations)]
		c := inProcess(t, modes[int(mode)/len(operations)%len(modes)]...).login(t)
		c.mustUpsert(t, oneRecord)
		r := c.call(t, op.method, op.path, string(body))
		if r.status != http.StatusAccepted && r.status != http.StatusBadRequest {
			t.Errorf("got %d %s, want 202 or 400", r.status, r.body)
		}
		if r.status == http.StatusAccepted && !json.Valid(body) {
			t.Errorf("accepted %q, which is not JSON", body)
		}
		if r.message(t) == "" {
			t.Errorf("got %.200q, want a message", r.body)
		}
		if len(r.body) > 20_000 {
			t.Errorf("got a body of %d bytes, %.200q, want at most 20,000", len(r.body), r.body)
		}
		if _, err := json.Marshal(c.Records()); err != nil {
			t.Error(err)
		}
		c.Totals("")
	})
}
