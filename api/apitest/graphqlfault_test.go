package apitest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
)

const addAda = `mutation add { addPerson(input: {name: "Ada", email: "a"}) { id } }`

func TestGraphQLFaults(t *testing.T) {
	for _, test := range []struct {
		name    string
		fault   apitest.Fault
		status  int
		body    string
		err     error // of the transport, if there is no response, or of its body
		applied int
	}{
		{"none", apitest.Fault{}, 200, `{"data":{"addPerson":{"id":`, nil, 1},
		{"429", apitest.RetryAfter(429, "7"), 429, `"error"`, nil, 0},
		{"HTML", apitest.HTML(502), 502, "<h1>502", nil, 0},
		{"an error of GraphQL", apitest.GraphQLError("Throttled", "slowly"), 200, `{"errors":[{"message":"slowly","errorType":"Throttled"}]}`, nil, 0},
		{"an error without a type", apitest.GraphQLError("", "no"), 200, `{"errors":[{"message":"no"}]}`, nil, 0},
		{"applied, and an error", apitest.Fault{Status: 500, Apply: true}, 500, "", nil, 1},
		{"half of the response", apitest.Truncate(), 200, `{"data":`, io.ErrUnexpectedEOF, 1},
		{"reset", apitest.Reset(), 0, "", syscall.ECONNRESET, 0},
		{"dropped response", apitest.DropResponse(), 0, "", syscall.ECONNRESET, 1},
		{"revoked tokens", apitest.Fault{Revoke: true}, 200, `{"data"`, nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
				c := start().login(t)
				c.ScriptGraphQL(test.fault)
				if got := c.Scripted(); got != 1 {
					t.Errorf("got %d scripted faults, want 1", got)
				}
				c.upsert(t, oneRecord) // does not take it
				r, err := c.do(c.graphqlRequest(t, addAda, nil))
				// Which of the two a client sees over TCP depends on when it reads.
				if !errors.Is(err, test.err) && (test.err != syscall.ECONNRESET || !errors.Is(err, io.EOF)) {
					t.Errorf("got the error %v, want %v", err, test.err)
				}
				if r.status != test.status && test.status != 0 || !strings.Contains(r.body, test.body) {
					t.Errorf("got %d %s, want %d %s", r.status, r.body, test.status, test.body)
				}
				if got := len(c.Landscape().People); got != test.applied {
					t.Errorf("got %d people, want %d", got, test.applied)
				}
				requests := c.Requests()
				if got := requests[len(requests)-1]; got.Status != test.status || got.Applied != test.applied || got.OperationName != "add" {
					t.Errorf("got the record %+v, want the operation add, %d applied and the status %d", got, test.applied, test.status)
				}
				c.mustGraphQL(t, namesOfPeople, nil) // the script is over
			})
		})
	}
}

func TestGraphQLHooksKnowTheOperation(t *testing.T) {
	c := inProcess(t).login(t)
	c.InterceptGraphQL(nil, func(r *apitest.Request) *apitest.Fault {
		if r.Operation != apitest.GraphQL || r.OperationName != "add" || !strings.Contains(string(r.Body), "addPerson") {
			return nil
		}
		f := apitest.Status(503)
		return &f
	})
	c.Intercept(func(*apitest.Request) *apitest.Fault { f := apitest.Status(500); return &f })
	if r := c.graphql(t, addAda, nil); r.status != 503 {
		t.Errorf("got %d, want 503", r.status)
	}
	c.mustGraphQL(t, namesOfPeople, nil)
	c.InterceptGraphQL()
	c.mustGraphQL(t, addAda, nil)
}

// The client sends a query again and a mutation not, as after the faults of a real network.
func TestClientMeetsGraphQLFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := apitest.New()
		client := e.GraphQLClient()
		e.ScriptGraphQL(apitest.HTML(502), apitest.RetryAfter(429, "3"), apitest.Reset(), apitest.Delay(time.Second))
		start := time.Now()
		if err := client.Do(t.Context(), namesOfPeople, nil, nil); err != nil {
			t.Errorf("query: %v", err)
		}
		if took := time.Since(start); took < 4*time.Second {
			t.Errorf("the query took %v, want the 3 s of Retry-After and the delay of 1 s at least", took)
		}
		e.ScriptGraphQL(apitest.DropResponse())
		if err := client.Do(t.Context(), addAda, nil, nil); !errors.Is(err, graphql.ErrOutcomeUnknown) {
			t.Errorf("mutation: got %v, want %v", err, graphql.ErrOutcomeUnknown)
		}
		if got := len(e.Landscape().People); got != 1 {
			t.Errorf("got %d people, want 1", got)
		}
	})
}

func TestGraphQLIsServedOnItsAddressOnly(t *testing.T) {
	for url, want := range map[string]int{
		apitest.GraphQLURL:                 401,
		apitest.BaseURL + "/v1/graphql":    404,
		"https://identity.example/graphql": 0,
		"http://klarity.example/graphql":   0,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		if resp, err := apitest.New().RoundTrip(req); err == nil {
			resp.Body.Close()
			got = resp.StatusCode
		}
		if got != want {
			t.Errorf("%s: got %d, want %d", url, got, want)
		}
	}
}
