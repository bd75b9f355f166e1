package apitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

func TestGraphQLRequestRules(t *testing.T) {
	const ok = `{"query":"{ people { name } }"}`
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	method := func(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }
	for _, test := range []struct {
		name   string
		body   string
		change func(*http.Request)
		status int
		want   string // in the body
	}{
		{"a document", ok, nil, 200, `{"data":{"people":[]}}`},
		{"null variables", `{"query":"{ people { name } }","variables":null,"operationName":null}`, nil, 200, `"data"`},
		{"empty variables", `{"query":"{ people { name } }","variables":{},"operationName":""}`, nil, 200, `"data"`},
		{"another field", `{"query":"{ people { name } }","extensions":{"x":1}}`, nil, 200, `"data"`},
		{"operation by name", `{"query":"query a { people { name } } query b { globalTagKeys { application } }","operationName":"b"}`, nil, 200, `{"data":{"globalTagKeys"`},
		{"variables", `{"query":"query($id: String!) { accountV2(id: $id) { nid } }","variables":{"id":"x"}}`, nil, 200, `{"data":{"accountV2":null}}`},
		{"content type with a charset", ok, header("Content-Type", "application/json; charset=utf-8"), 200, `"data"`},
		{"current period", ok, header("x-billing-period", "current"), 200, `"data"`},
		{"previous period", ok, header("x-billing-period", "previous"), 200, `"data"`},

		{"GET", "", method(http.MethodGet), 405, "the method must be POST"},
		{"PUT", ok, method(http.MethodPut), 405, "the method must be POST"},
		{"no content type", ok, header("Content-Type", ""), 415, "Content-Type must be application/json"},
		{"another content type", ok, header("Content-Type", "application/graphql"), 415, "Content-Type must be application/json"},
		{"another period", ok, header("x-billing-period", "all"), 400, "must be current or previous"},
		{"period in other letters", ok, header("x-billing-period", "Current"), 400, "must be current or previous"},
		{"empty period", ok, header("x-billing-period", ""), 400, "must be current or previous"},
		{"no body", "", nil, 400, "no body"},
		{"no JSON", "{", nil, 400, "not JSON"},
		{"no object", "[]", nil, 400, "not a JSON object"},
		{"null", "null", nil, 400, "not a JSON object"},
		{"no query", `{"Query":"{ people { name } }"}`, nil, 400, "query: must be a string"},
		{"query null", `{"query":null}`, nil, 400, "query: must be a string"},
		{"variables a list", `{"query":"{ people { name } }","variables":[]}`, nil, 400, "variables: must be an object"},
		{"variables text", `{"query":"{ people { name } }","variables":"{}"}`, nil, 400, "variables: must be an object"},
		{"operationName a number", `{"query":"{ people { name } }","operationName":5}`, nil, 400, "operationName: must be a string"},
		{"query twice", `{"query":"{ a }","query":"{ people { name } }"}`, nil, 400, "query: is a duplicate key"},
		{"half a surrogate pair", `{"query":"{ people { name } }","variables":{"x":"\ud800"}}`, nil, 400, "variables.x: has half of a surrogate pair"},
		{"no UTF-8", "{\"query\":\"\xff\"}", nil, 400, "not valid UTF-8"},

		{"syntax error", `{"query":"{ people"}`, nil, 200, `"locations":[{"line":1,`},
		{"unknown field", `{"query":"{ estateRecords { nid } }"}`, nil, 200, "Cannot query field"},
		{"introspection", `{"query":"{ __schema { types { name } } }"}`, nil, 200, "introspection is refused"},
		{"missing variable", `{"query":"query($id: String!) { accountV2(id: $id) { nid } }"}`, nil, 200, "the variable $id: is required"},
		{"enum in other letters", `{"query":"mutation($p: Provider!) { addAccountV2(input: {provider: $p, providerId: 1, name: \"n\", ownerId: 1, creds: \"\"}) { id } }","variables":{"p":"aws"}}`, nil, 200, "must be a value of Provider"},
		{"no such operation", `{"query":"query a { people { name } }","operationName":"b"}`, nil, 200, "no operation of the name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
				c := start()
				req := c.request(t, http.MethodPost, "/graphql", test.body)
				req.Header.Set("X-Api-Key", string(c.APIKey()))
				if test.change != nil {
					test.change(req)
				}
				r, err := c.do(req)
				if err != nil {
					t.Fatal(err)
				}
				if r.status != test.status || !strings.Contains(r.body, test.want) {
					t.Errorf("got %d %s, want %d and %q", r.status, r.body, test.status, test.want)
				}
				if got := r.header.Get("Content-Type"); got != "application/json" {
					t.Errorf("got the content type %q, want application/json", got)
				}
				if got := r.header.Get("Allow"); test.status == 405 && got != "POST" {
					t.Errorf("got Allow %q, want POST", got)
				}
				var body struct {
					Data   any
					Errors []struct{ Message string }
				}
				if err := json.Unmarshal([]byte(r.body), &body); err != nil {
					t.Fatal(err)
				}
				if succeeds := strings.Contains(test.want, "data"); succeeds != (body.Data != nil) || succeeds == (len(body.Errors) > 0) {
					t.Errorf("got %s, want either data or errors", r.body)
				}
			})
		})
	}
}

func TestDocumentErrorStatus(t *testing.T) {
	c := inProcess(t, apitest.WithDocumentErrorStatus(400), apitest.WithLandscape(crowd(1)))
	for query, status := range map[string]int{
		`{ people }`: 400, `{`: 400, `query($v: Int!) { accountsV2(limit: $v) { count } }`: 400,
		`{ people { name } }`: 200, `{ accountsV2(limit: 0) { count } }`: 200,
	} {
		if r := c.graphql(t, query, nil); r.status != status {
			t.Errorf("%s: got %d %s, want %d", query, r.status, r.body, status)
		}
	}
}

func TestGraphQLBodyIsBounded(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start(apitest.WithMaxBody(200))
		r := c.graphql(t, namesOfPeople+strings.Repeat(" ", 200), nil)
		if want := `{"errors":[{"message":"the body is larger than the limit of 200 bytes"}]}`; r.status != http.StatusRequestEntityTooLarge || r.body != want {
			t.Errorf("got %d %s, want 413 %s", r.status, r.body, want)
		}
		c.mustGraphQL(t, namesOfPeople, nil)
	})
}

func TestRefusalsComeInOrder(t *testing.T) {
	c := inProcess(t, apitest.WithMaxBody(10))
	req := c.request(t, http.MethodGet, "/graphql", strings.Repeat("x", 100))
	req.Header.Set("Content-Type", "text/plain")
	for _, step := range []struct {
		status int
		fix    func()
	}{
		{405, func() { req.Method = http.MethodPost }},
		{401, func() { req.Header.Set("X-Api-Key", string(c.APIKey())) }},
		{413, nil},
	} {
		again := req.Clone(t.Context())
		again.Body, _ = req.GetBody()
		r, err := c.do(again)
		if err != nil || r.status != step.status {
			t.Fatalf("got %d %s, %v, want %d", r.status, r.body, err, step.status)
		}
		if step.fix != nil {
			step.fix()
		}
	}
}

func TestGraphQLRequestsAreRecorded(t *testing.T) {
	c := inProcess(t)
	c.mustGraphQL(t, `query names($n: Int) { people { name } accountsV2(limit: $n) { count } }`, map[string]any{"n": 5})
	c.mustGraphQL(t, `{ people { name } }`, nil)
	c.graphql(t, `query invalid { people }`, nil)
	c.call(t, http.MethodGet, "/graphql", "")
	c.call(t, http.MethodPost, "/graphql/", "")
	requests := c.Requests()
	for i, want := range []apitest.Request{
		{Operation: apitest.GraphQL, Method: "POST", Path: "/graphql", OperationName: "names", Status: 200, Items: 2},
		{Operation: apitest.GraphQL, Method: "POST", Path: "/graphql", Status: 200, Items: 1},
		{Operation: apitest.GraphQL, Method: "POST", Path: "/graphql", Status: 200},
		{Method: "GET", Path: "/graphql", Status: 405},
		{Method: "POST", Path: "/graphql/", Status: 404},
	} {
		g := requests[i]
		got := apitest.Request{Operation: g.Operation, Method: g.Method, Path: g.Path, OperationName: g.OperationName, Status: g.Status, Items: g.Items, Applied: g.Applied, Token: g.Token}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("request %d: got %+v, want %+v", i, got, want)
		}
	}
	if got := string(requests[0].Body); !strings.Contains(got, `"variables":{"n":5}`) {
		t.Errorf("got the body %q, want one with the variables", got)
	}
}

func TestAcceptAllDoesNotChangeGraphQL(t *testing.T) {
	c := inProcess(t, apitest.AcceptAll())
	c.mustGraphQL(t, `mutation { addPerson(input: {name: "Ada", email: "a"}) { id } }`, nil)
	if got, want := c.mustGraphQL(t, namesOfPeople, nil), `{"people":[{"name":"Ada"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if r := c.graphql(t, `{ people }`, nil); !strings.Contains(r.body, "errors") {
		t.Errorf("got %s, want an error", r.body)
	}
	if got := c.Requests()[0].Body; got != nil {
		t.Errorf("got the body %q, want none to be kept", got)
	}
}

// Each mutation takes effect as a whole, each query reads one state, and nothing races.
func TestGraphQLIsConcurrent(t *testing.T) {
	const workers, each = 8, 20
	c := inProcess(t, apitest.WithLandscape(organisation()))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				name := fmt.Sprintf("w%d-%d", w, i)
				c.mustGraphQL(t, `mutation($n: String!, $c: [String]) {
					addPerson(input: {name: $n, email: $n}) { id }
					addApplicationV2(input: {name: $n, ownerId: "p1"}) { id }
					updateGlobalTagKeys(input: {application: $c, environment: $c})
					addEnvironmentV2(input: {applicationNid: "app1", name: $n, type: OTHER, ownerId: "p1"}) { id }
					createAccessKey(input: {role: ADMIN, description: $n}) { secret }
				}`, map[string]any{"n": name, "c": []string{name}})
				var data struct {
					GlobalTagKeys         struct{ Application, Environment []string }
					ApplicationsPaginated struct{ Count int }
					People                []struct{}
				}
				got := c.mustGraphQL(t, `{ globalTagKeys { application environment } applicationsPaginated(limit: 100) { count results { name environmentsV2(page: 0) { environments { name } } } } people { name } }`, nil)
				if err := json.Unmarshal([]byte(got), &data); err != nil {
					t.Error(err)
				}
				if keys := data.GlobalTagKeys; len(keys.Application) != 1 || keys.Application[0] != keys.Environment[0] || len(data.People) != data.ApplicationsPaginated.Count {
					t.Errorf("got %.200s, want one state", got)
				}
				c.Landscape()
			}
		})
	}
	wg.Wait()
	l := c.Landscape()
	if n := workers * each; len(l.People) != 2+n || len(l.Applications) != 2+n || len(l.Applications[0].Environments) != 3+n || len(l.AccessKeys) != 1+n {
		t.Errorf("got %d people, %d applications, %d environments, %d keys, want %d more than at first",
			len(l.People), len(l.Applications), len(l.Applications[0].Environments), len(l.AccessKeys), n)
	}
}
