package apitest_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
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

// Whatever the body, the GraphQL API responds with 200 or 400 and JSON that has data or errors,
// and the landscape can be marshaled.
func FuzzGraphQLRequest(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `{"query":""}`, `{"query":"{ people { name } }","variables":null}`, `{"query":5,"variables":[]}`, "{\"query\":\"\xff\"}",
		`{"query":"query($l: Int, $p: Int) { accountsV2(limit: $l, page: $p) { count pages accounts { nid metadata chargeTypeCosts { cost } } } }","variables":{"l":1,"p":1}}`,
		`{"query":"{ applicationsPaginated { results { ...a environmentsV2(limit: 1) { environments { nid } } } } } fragment a on Application { cost { currentMonth } owner { id } }"}`,
		`{"query":"mutation m($d: String) { updateApplicationV3(nid: \"app1\", input: {description: $d, ownerId: \"p1\"}) { nid } removeAccountV3(nid: \"acc1\") { id } }","variables":{"d":"é"},"operationName":"m"}`,
		`{"query":"mutation { updateGlobalTagKeys(input: {application: [\"\"\"a\"\"\", null]}) addEvent(input: {nid: \"app1\", title: \"t\", type: \"t\", content: \"\\u0000\"}) createAccessKey(input: {role: ADMIN}) { id secret } }"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c := inProcess(t, apitest.WithLandscape(organisation()))
		req := c.request(t, http.MethodPost, "/graphql", string(body))
		req.Header.Set("X-Api-Key", string(c.APIKey()))
		r, err := c.do(req)
		if err != nil || r.status != http.StatusOK && r.status != http.StatusBadRequest {
			t.Fatalf("got %d %s, %v, want 200 or 400", r.status, r.body, err)
		}
		var resp struct {
			Data   map[string]any
			Errors []struct{ Message string }
		}
		if err := json.Unmarshal([]byte(r.body), &resp); err != nil || resp.Data == nil && len(resp.Errors) == 0 {
			t.Errorf("got %.200q, %v, want data or errors", r.body, err)
		}
		for _, e := range resp.Errors {
			if e.Message == "" || len(e.Message) > 2000 {
				t.Errorf("got the message %.200q of %d bytes", e.Message, len(e.Message))
			}
		}
		if _, err := json.Marshal(c.Landscape()); err != nil {
			t.Error(err)
		}
	})
}

// Whatever a file says, loading it ends with an error or with a state that can be saved and
// loaded again, and looked at.
func FuzzLoad(f *testing.F) {
	f.Add(`{"format":{"name":"klarity-emulator","version":1}}
{"landscape":{"people":[{"id":"p1","name":"Ada","email":"a@example.com"}],"accounts":[],"applications":[],"tagKeys":{},"events":[],"accessKeys":[]}}
{"record":{"nid":"6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7","type":"vm","id":"1","name":"n","metadata":{"a":[1.50,null]},"tags":{"k":"v"},"costs":[{"date":"2026-06-01","value":"1.5","currency":"EUR"}],"validThrough":"2026-12","periods":["2026-06"],"enrichment":{"x":1}}}
{"enrichment":{"nid":"7f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7","data":{"x":"\u001f"}}}
{"end":{"records":1,"enrichments":1}}
`)
	f.Add(`{"format":{"name":"klarity-emulator","version":1}}`)
	f.Add(`{"record":null}`)
	f.Fuzz(func(t *testing.T, file string) {
		e := apitest.New()
		if err := e.Load(strings.NewReader(file)); err != nil {
			return
		}
		var first, second strings.Builder
		again := apitest.New()
		if err := errors.Join(e.Save(&first), again.Load(strings.NewReader(first.String())), again.Save(&second)); err != nil || first.String() != second.String() {
			t.Errorf("saved, loaded and saved again: got %v\n%s\nwant\n%s", err, &second, &first)
		}
		if !reflect.DeepEqual(e.Records(), again.Records()) {
			t.Errorf("got %+v, want %+v", again.Records(), e.Records())
		}
		e.Totals("")
	})
}
