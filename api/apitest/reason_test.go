package apitest_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

// The log of requests says why each was refused.
func TestRequestsHaveReasons(t *testing.T) {
	c := inProcess(t).login(t)
	query := func(text string) func() { return func() { c.graphql(t, text, nil) } }
	fault := func(f apitest.Fault) func() {
		return func() { c.Script(f); _, _ = c.do(c.request(t, "POST", "/v1/estateRecords", `{"records":[]}`)) }
	}
	graphqlFault := func(f apitest.Fault) func() {
		return func() { c.ScriptGraphQL(f); c.graphql(t, namesOfPeople, nil) }
	}
	for _, test := range []struct {
		name, want string
		do         func()
	}{
		{"accepted", "", func() { c.mustUpsert(t, `[{"id":"1","type":"vm"}]`) }},
		{"a rule", `records[0].id: must not be empty`, func() { c.upsert(t, `[{"id":"","type":"vm"}]`) }},
		{"a path", "no such path: /nowhere", func() { c.call(t, "GET", "/nowhere", "") }},
		{"a method", "the method must be POST, DELETE", func() { c.call(t, "GET", "/v1/estateRecords", "") }},
		{"credentials", "access_denied: Unauthorized", func() { c.requestToken(t, "application/json", tokenRequest("a", "b", apitest.DefaultAudience)) }},
		{"a query", "", query(namesOfPeople)},
		{"a document", `Cannot query field "x" on type "Query".`, query(`{ x }`)},
		{"a mutation", "addEvent: there is no application with this nid", query(`mutation { addEvent(input: {nid: "x", title: "a", type: "b", content: "c"}) }`)},
		{"a fault", "a fault: Too Many Requests", fault(apitest.Status(429))},
		{"a fault in HTML", "a fault: Bad Gateway", fault(apitest.HTML(502))},
		{"a fault of no name", "a fault", fault(apitest.Fault{Status: 599})},
		{"a false 202", "", fault(apitest.Accepted(""))},
		{"a reset", "a fault reset the connection", fault(apitest.Reset())},
		{"half a response", "a fault broke off the response", fault(apitest.Fault{Status: 202, Truncate: true})},
		{"an endless response", "a fault made the response endless", func() {
			c.Script(apitest.Fault{Status: 202, Endless: true})
			req := c.request(t, "POST", "/v1/estateRecords", `{"records":[]}`)
			if resp, err := c.client.Do(req); err == nil {
				resp.Body.Close()
			}
		}},
		{"a fault of GraphQL", "a fault: no", graphqlFault(apitest.GraphQLError("", "no"))},
		{"no response", "no response: context deadline exceeded", func() {
			c.Script(apitest.Hang())
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, _ = c.do(c.request(t, "POST", "/v1/estateRecords", `{"records":[]}`).WithContext(ctx))
		}},
	} {
		test.do()
		all := c.Requests()
		if got := all[len(all)-1].Reason; got != test.want {
			t.Errorf("%s: got the reason %q, want %q", test.name, got, test.want)
		}
	}
}

// A reason may quote what was sent, so it is bounded, and stays valid text.
func TestReasonsAreBounded(t *testing.T) {
	c := inProcess(t).login(t)
	key := strings.Repeat("ä", 300)
	c.upsert(t, "["+strings.Repeat(`{"id":"","type":"vm","`+key+`":1},`, 20)+`{"id":"","type":"vm"}]`)
	got := c.Requests()[1].Reason
	if len(got) < 900 || len(got) > 1000 || !strings.HasSuffix(got, "…") || strings.ToValidUTF8(got, "") != got {
		t.Errorf("got %d bytes %q, want at most 1,000 of valid text, and … at the end", len(got), got)
	}
}

// An error of GraphQL may quote a document, which may have a secret in it.
func TestLoggerDoesNotQuoteDocuments(t *testing.T) {
	var log bytes.Buffer
	c := inProcess(t, apitest.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))).login(t)
	c.graphql(t, `{ s3cret }`, nil)
	c.upsert(t, `[{"id":"","type":"vm"}]`)
	if strings.Contains(log.String(), "s3cret") || !strings.Contains(log.String(), `reason="records[0].id: must not be empty"`) {
		t.Errorf("got %s, want the reason of the API and not that of GraphQL", &log)
	}
}

func TestRequestRange(t *testing.T) {
	c := inProcess(t)
	for range 10_005 {
		c.call(t, http.MethodGet, "/", "")
	}
	indexes := func(from, to int) (all []int) {
		for _, r := range c.RequestRange(from, to) {
			all = append(all, r.Index)
		}
		return all
	}
	for _, test := range []struct {
		from, to int
		want     []int
	}{
		{10_003, 10_005, []int{10_003, 10_004}},
		{10_004, 20_000, []int{10_004}},
		{-5, 7, []int{5, 6}},
		{0, 5, nil},
		{7, 6, nil},
	} {
		if got := indexes(test.from, test.to); !slices.Equal(got, test.want) {
			t.Errorf("%d to %d: got %v, want %v", test.from, test.to, got, test.want)
		}
	}
	if got := c.RequestCount(); got != 10_005 {
		t.Errorf("got %d requests, want 10,005", got)
	}
}
