package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

func TestRequestsAreRecorded(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start().login(t)
		const body = `{"records":[{"id":"a","type":"b"},{"id":"b","type":"b"}]}`
		c.call(t, http.MethodPost, "/v1/estateRecords?x=1", body)
		c.call(t, http.MethodDelete, "/v1/estateRecords", `{"period":"all","records":[{}]}`)
		c.call(t, http.MethodGet, "/nowhere", "")

		got := c.Requests()
		want := []apitest.Request{
			{Index: 0, Operation: apitest.Token, Method: "POST", Path: "/oauth/token", Status: 200},
			{Index: 1, Operation: apitest.Upsert, Method: "POST", Path: "/v1/estateRecords?x=1", Status: 202, Token: 1, Items: 2, Applied: 2, Body: []byte(body), Size: int64(len(body))},
			{Index: 2, Operation: apitest.Delete, Method: "DELETE", Path: "/v1/estateRecords", Status: 400, Token: 1, Items: 1},
			{Index: 3, Method: "GET", Path: "/nowhere", Status: 404},
		}
		if len(got) != len(want) {
			t.Fatalf("got %d requests, want %d", len(got), len(want))
		}
		for i, w := range want {
			g := got[i]
			if g.Index != w.Index || g.Operation != w.Operation || g.Method != w.Method || g.Path != w.Path ||
				g.Status != w.Status || g.Token != w.Token || g.Items != w.Items || g.Applied != w.Applied {
				t.Errorf("request %d: got %+v\nwant %+v", i, g, w)
			}
			if g.Time.IsZero() {
				t.Errorf("request %d: got no time", i)
			}
		}
		if string(got[1].Body) != body || got[1].Size != int64(len(body)) {
			t.Errorf("body: got %q, %d bytes, want %q", got[1].Body, got[1].Size, body)
		}
		if got[0].Body != nil || got[0].Size == 0 {
			t.Errorf("the token request's body: got %q, %d bytes, want only its size", got[0].Body, got[0].Size)
		}
		if h := got[1].Header; h.Get("Content-Type") != "application/json" || h.Get("Authorization") != "Bearer …" {
			t.Errorf("header: got %v, want the content type, and no token", h)
		}
		if all := fmt.Sprintf("%+v", got); strings.Contains(all, c.token) || strings.Contains(all, c.Credentials().ClientSecret) {
			t.Error("the recorded requests contain a token or the secret")
		}
	})
}

func TestAuthorizationWithoutASchemeIsRedacted(t *testing.T) {
	c := inProcess(t)
	req := c.request(t, http.MethodPost, "/v1/estateRecords", "{}")
	req.Header.Set("Authorization", "verysecret")
	if _, err := c.do(req); err != nil {
		t.Fatal(err)
	}
	if got := c.Requests()[0].Header.Get("Authorization"); got != "…" {
		t.Errorf("got %q, want …", got)
	}
}

func TestBodiesAreKeptUpToTheLimit(t *testing.T) {
	body := func(id string) string { return `{"records":[{"id":"` + id + `","type":"b"}]}` }
	size := len(body("1"))
	c := inProcess(t, apitest.WithBodies(2*size)).login(t)
	for _, id := range []string{"1", "2", "3", strings.Repeat("x", 2*size)} {
		c.call(t, http.MethodPost, "/v1/estateRecords", body(id))
	}
	var got []string
	for _, r := range c.Requests()[1:] {
		got = append(got, string(r.Body))
	}
	if want := []string{"", body("2"), body("3"), ""}; strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRequestLogIsBounded(t *testing.T) {
	const sent, kept = 10_003, 10_000
	c := inProcess(t)
	for range sent {
		c.call(t, http.MethodGet, "/", "")
	}
	got := c.Requests()
	if len(got) != kept || got[0].Index != sent-kept || got[kept-1].Index != sent-1 || got[kept-1].Status != 404 {
		t.Errorf("got %d requests, %d to %d, want %d, %d to %d", len(got), got[0].Index, got[len(got)-1].Index, kept, sent-kept, sent-1)
	}
}
