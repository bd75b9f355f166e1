package graphql_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/graphql"
)

func TestRequestIsAsDocumented(t *testing.T) {
	s := responds(200, `{"data":{"a":{"nid":"x"}}}`)
	c := newClient(t, s, graphql.WithUserAgent("landscape/1"), graphql.WithBillingPeriod(graphql.BillingPeriodPrevious))
	var out struct{ A struct{ NID string } }
	if err := c.Do(t.Context(), query, map[string]any{"name": "<a>"}, &out); err != nil || out.A.NID != "x" {
		t.Fatalf("got %v, %+v", err, out)
	}
	r := s.requests()[0]
	if r.Method != http.MethodPost || r.URL.String() != "https://api.cnop-int.nordcloudapp.com/graphql" {
		t.Errorf("got %s %s", r.Method, r.URL)
	}
	for name, want := range map[string]string{"x-api-key": string(testKey), "content-type": "application/json", "x-billing-period": "previous"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if agent := r.Header.Get("User-Agent"); !strings.HasPrefix(agent, "landscape/1 klarity-go/") {
		t.Errorf("user agent is %q", agent)
	}
	if r.body.Query != query || r.body.Variables["name"] != "<a>" {
		t.Errorf("got %+v", r.body)
	}
}

func TestWithoutVariablesAndBillingPeriodNeitherIsSent(t *testing.T) {
	s := responds(200, `{"data":{"a":1}}`)
	for _, variables := range []any{nil, map[string]any(nil), (*struct{})(nil)} {
		if err := newClient(t, s).Do(t.Context(), query, variables, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range s.requests() {
		if _, ok := r.Header["X-Billing-Period"]; ok || r.body.Variables != nil {
			t.Errorf("got %v, %v", r.Header, r.body)
		}
	}
}

func TestWhatCannotBeSentIsNotSent(t *testing.T) {
	s := &script{}
	c := newClient(t, s)
	var out any
	for _, tt := range []struct {
		name           string
		client         *graphql.Client
		query          string
		variables, out any
		want           string
	}{
		{"no query", c, " \n", nil, nil, "the query is empty"},
		{"a query in Latin-1", c, "{a(b: \"\xe9\")}", nil, nil, "not UTF-8"},
		{"variables that are a list", c, query, []int{1}, nil, "not a JSON object"},
		{"variables that are text", c, query, "a", nil, "not a JSON object"},
		{"variables in Latin-1", c, query, map[string]string{"a": "\\\xe9"}, nil, "not UTF-8"},
		{"JSON in Latin-1", c, query, json.RawMessage("{\"a\":\"\xe9\"}"), nil, "not UTF-8"},
		{"variables that do not encode", c, query, map[string]any{"a": math.NaN()}, nil, "cannot be encoded"},
		{"out is no pointer", c, query, nil, struct{}{}, "want a pointer"},
		{"out is nil", c, query, nil, (*int)(nil), "want a pointer"},
		{"a zero client", &graphql.Client{}, query, nil, &out, "graphql.New"},
		{"no client", nil, query, nil, &out, "graphql.New"},
	} {
		err := tt.client.Do(t.Context(), tt.query, tt.variables, tt.out)
		var e *graphql.Error
		if err == nil || !strings.Contains(err.Error(), tt.want) || errors.As(err, &e) {
			t.Errorf("%s: got %v, want ...%s...", tt.name, err, tt.want)
		}
	}
	if len(s.requests()) > 0 {
		t.Errorf("%d requests were made", len(s.requests()))
	}
	if err := c.Do(t.Context(), query, map[string]string{"a": `\ufffd`, "b": "\ufffd", "c": `\\`}, nil); err != nil {
		t.Errorf("text that looks like a replacement: %v", err)
	}
}

func TestPartialDataIsDecodedBesideTheErrors(t *testing.T) {
	body := `{"data":{"accounts":[{"name":"a"},null]},"errors":[
		{"message":"no access","path":["accounts",1,"owner"],"locations":[{"line":2,"column":3}],
		 "errorType":"Unauthorized","extensions":{"code":"FORBIDDEN","depth":2,"list":["x",null,true]}},
		{"message":"second"}]}`
	var out struct{ Accounts []*struct{ Name string } }
	err := newClient(t, responds(200, body, "X-Amzn-Requestid", "r-1")).Do(t.Context(), query, nil, &out)
	if len(out.Accounts) != 2 || out.Accounts[0].Name != "a" || out.Accounts[1] != nil {
		t.Errorf("got data %+v", out)
	}
	var e *graphql.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	want := graphql.Errors{{
		Message: "no access", Path: graphql.Path{"accounts", 1, "owner"}, Locations: []graphql.Location{{Line: 2, Column: 3}},
		Type: "Unauthorized", Extensions: map[string]any{"code": "FORBIDDEN", "depth": 2.0, "list": []any{"x", nil, true}},
	}, {Message: "second"}}
	if !reflect.DeepEqual(e.Errors, want) || e.StatusCode != 200 || e.RequestID != "r-1" || e.Retryable() {
		t.Errorf("got %+v", e)
	}
	text := "query accounts: Unauthorized: no access (at accounts[1].owner) (the first of 2 errors, request id r-1)"
	if err.Error() != text {
		t.Errorf("got  %s\nwant %s", err, text)
	}
	var marshaled struct {
		Operation, Name, RequestID, Error string
		Status                            int
		Errors                            graphql.Errors
	}
	b, _ := json.Marshal(e)
	if json.Unmarshal(b, &marshaled) != nil || marshaled.Error != text || marshaled.Status != 200 || len(marshaled.Errors) != 2 ||
		marshaled.Operation != "query" || marshaled.Name != "accounts" || marshaled.RequestID != "r-1" {
		t.Errorf("got %s", b)
	}
}

func TestDataThatDoesNotFitIsAnErrorWithTheStatus(t *testing.T) {
	var out struct {
		Count int
		Name  string
	}
	err := newClient(t, responds(200, `{"data":{"count":"many","name":"a"}}`, "X-Request-Id", "r-1")).Do(t.Context(), query, nil, &out)
	var e *graphql.Error
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &e) || e.StatusCode != 200 || e.RequestID != "r-1" || !errors.As(err, &mismatch) || out.Name != "a" {
		t.Errorf("got %v, %+v", err, out)
	}
}

func TestWhateverTheResponseTheErrorHasTheStatus(t *testing.T) {
	for _, tt := range []struct {
		name     string
		response *http.Response
		want     string // in the text
		is       []error
	}{
		{"a page with 200", respond(200, "<html><title>Log in</title>"), `200 OK: the response is not one of GraphQL: a page of HTML with the title "Log in"`, []error{graphql.ErrResponse}},
		{"truncated JSON", respond(200, `{"data":{"a"`), "200 OK: the response is not one of GraphQL", []error{graphql.ErrResponse}},
		{"a body that breaks off", cutOff(200, `{"data":{"a"`), "200 OK: the response is not one of GraphQL: unexpected EOF", []error{graphql.ErrResponse}},
		{"a body that breaks off after its JSON", cutOff(200, `{"data":{"a":1}}`), "unexpected EOF", []error{graphql.ErrResponse}},
		{"nothing", respond(200, ""), "200 OK: the response is not one of GraphQL", []error{graphql.ErrResponse}},
		{"null", respond(200, "null"), "200 OK", []error{graphql.ErrResponse}},
		{"no data", respond(200, `{"data":null}`), "200 OK", []error{graphql.ErrResponse}},
		{"another API", respond(200, `{"message":"hello"}`), "hello", []error{graphql.ErrResponse}},
		{"a list", respond(200, `[1]`), "200 OK", []error{graphql.ErrResponse}},
		{"no content", respond(204, ""), "204 No Content", []error{graphql.ErrResponse}},
		{"GraphQL errors with 400", respond(400, `{"errors":[{"message":"no such field"}]}`), "400 Bad Request: no such field", nil},
		{"errors that are no list", respond(200, `{"errors":{"message":"odd"}}`), "odd", nil},
		{"errors that are text", respond(200, `{"errors":["odd"]}`), "odd", nil},
		{"errors of nothing", respond(200, `{"errors":[null,{}]}`), "an error without a message", nil},
		{"errors of the wrong types", respond(200, `{"errors":[{"message":7,"path":"a","locations":3,"extensions":[]}]}`), ": 7", nil},
		{"gateway", respond(403, `{"message":"Forbidden"}`), "403 Forbidden: Forbidden; check the API key (KLARITY_API_KEY)", []error{graphql.ErrKey}},
		{"401", respond(401, ""), "401 Unauthorized; check the API key", []error{graphql.ErrKey}},
		{"AppSync", respond(200, `{"errors":[{"errorType":"UnauthorizedException","message":"m"}]}`), "UnauthorizedException: m", []error{graphql.ErrKey}},
		{"429", respond(429, "", "Retry-After", "7"), "429 Too Many Requests (retry after 7s)", []error{graphql.ErrRateLimited}},
		{"404", respond(404, ""), "check the GraphQL URL (KLARITY_GRAPHQL_URL)", nil},
		{"502", respond(502, "<html>"), "502 Bad Gateway: a page of HTML", nil},
		{"no such status", respond(799, ""), "query accounts: 799", nil},
		{"garbage", respond(200, strings.Repeat("x", 33<<20)), "longer than 32 MiB", []error{graphql.ErrResponse}},
	} {
		var out any
		s := &script{response: func(*sent) (*http.Response, error) { return tt.response, nil }}
		err := newClient(t, s, noRetry).Do(t.Context(), query, nil, &out)
		var e *graphql.Error
		if !errors.As(err, &e) || e.StatusCode != tt.response.StatusCode || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %d ...%s...", tt.name, err, tt.response.StatusCode, tt.want)
			continue
		}
		for _, sentinel := range []error{graphql.ErrKey, graphql.ErrRateLimited, graphql.ErrResponse, graphql.ErrOutcomeUnknown} {
			want := false
			for _, is := range tt.is {
				want = want || is == sentinel
			}
			if errors.Is(err, sentinel) != want {
				t.Errorf("%s: errors.Is(%v) is %v", tt.name, sentinel, !want)
			}
		}
		if len(e.Body) > 4<<10 || len(err.Error()) > 1500 || out != nil {
			t.Errorf("%s: the body has %d bytes, the text %d, out is %v", tt.name, len(e.Body), len(err.Error()), out)
		}
	}
}

func TestErrorsAreKeptToABound(t *testing.T) {
	list := `{"extensions":{"a":"` + strings.Repeat("x", 5000) + `"}}` + strings.Repeat(`,{"message":"m"}`, 2500)
	err := newClient(t, responds(200, `{"errors":[`+list+`]}`)).Do(t.Context(), query, nil, nil)
	var e *graphql.Error
	if !errors.As(err, &e) || len(e.Errors) != 1000 || e.MoreErrors != 1501 || e.Errors[0].Extensions != nil || !strings.Contains(err.Error(), "the first of 2501 errors") {
		t.Errorf("got %v", err)
	}
}
