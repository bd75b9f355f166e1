package apitest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/models"
)

// In a test, one line creates a server, and another a client for it.
func ExampleNewServer() {
	_ = func(t *testing.T) {
		klarity := apitest.NewServer(t)
		report, err := klarity.Client().UpsertAll(t.Context(), []*models.EstateRecord{{ID: "lic-1", Type: "licence"}})
		if err != nil {
			t.Fatal(err, report)
		}
		if _, ok := klarity.Record("licence", "lic-1"); !ok {
			t.Error("lic-1 is not in the estate")
		}
	}
}

// The client calls the emulator in process, without a network.
func ExampleNew() {
	klarity := apitest.New()
	client := klarity.Client()

	_, err := client.UpsertAll(context.Background(), []*models.EstateRecord{
		{ID: "lic-1", Type: "licence", Name: "Design suite", Tags: api.Tags(map[string]string{"team": "web"})},
	})
	if err != nil {
		log.Fatal(err)
	}
	record, _ := klarity.Record("licence", "lic-1")
	fmt.Println(record.Name, record.Tags)
	// Output: Design suite map[team:web]
}

// A program without credentials can start its own emulator.
func ExampleStart() {
	server, err := apitest.Start("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()

	token, err := server.Client().Token(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.TokenType, server.TokensIssued())
	// Output: Bearer 1
}

// Scripted faults apply to the next requests.
func ExampleEmulator_Script() {
	klarity := apitest.New()
	klarity.Script(apitest.HTML(502), apitest.DropResponse())

	client := klarity.Client(api.WithRetry(api.RetryPolicy{BaseDelay: time.Millisecond}))
	if _, err := client.UpsertAll(context.Background(), []*models.EstateRecord{{ID: "lic-1", Type: "licence"}}); err != nil {
		log.Fatal(err)
	}
	for _, r := range klarity.Requests() {
		if r.Operation == apitest.Upsert {
			fmt.Println(r.Status, r.Applied)
		}
	}
	// Output:
	// 502 0
	// 0 1
	// 202 1
}

// A hook is called for each request and may return a fault for it.
func ExampleEmulator_Intercept() {
	klarity := apitest.New()
	klarity.Intercept(func(r *apitest.Request) *apitest.Fault {
		if r.Operation != apitest.Delete {
			return nil
		}
		return &apitest.Fault{Status: 400, Body: `{"error":"nothing is deleted here"}`}
	})
	_, err := klarity.Client().DeleteAll(context.Background(), models.PeriodAll, []*models.RecordLocator{{ID: "lic-1", Type: "licence"}})
	fmt.Println(err != nil)
	// Output: true
}

// Totals sums up the estate by type, with exact decimals.
func ExampleEmulator_Totals() {
	klarity := apitest.New()
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	_, err := klarity.Client().UpsertAll(context.Background(), []*models.EstateRecord{
		{ID: "1", Type: "licence", Costs: &models.Costs{Currency: "EUR", Values: []models.CostElement{api.Cost(day, "0.10")}}},
		{ID: "2", Type: "licence", Costs: &models.Costs{Currency: "EUR", Values: []models.CostElement{api.Cost(day, "0.2")}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range klarity.Totals("2026-05") {
		fmt.Println(t.Type, t.Records, t.Costs["EUR"])
	}
	// Output: licence 2 0.30
}

// The landscape is what the GraphQL API knows at first; mutations change it.
func ExampleEmulator_Landscape() {
	klarity := apitest.New(apitest.WithLandscape(apitest.Landscape{
		People: []apitest.Person{{ID: "p1", Name: "Ada", Email: "ada@example.com"}},
	}))
	err := klarity.GraphQLClient().Do(context.Background(),
		`mutation add($owner: ID!) { addApplicationV2(input: {name: "shop", ownerId: $owner}) { id } }`,
		map[string]any{"owner": "p1"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range klarity.Landscape().Applications {
		fmt.Println(a.Name, a.OwnerID)
	}
	// Output: shop p1
}

// The GraphQL API has faults of its own. A query is sent again.
func ExampleEmulator_ScriptGraphQL() {
	klarity := apitest.New()
	klarity.ScriptGraphQL(apitest.HTML(502))

	client := klarity.GraphQLClient(graphql.WithRetry(graphql.RetryPolicy{BaseDelay: time.Millisecond}))
	if err := client.Do(context.Background(), `query names { people { name } }`, nil, nil); err != nil {
		log.Fatal(err)
	}
	for _, r := range klarity.Requests() {
		fmt.Println(r.Operation, r.OperationName, r.Status)
	}
	// Output:
	// graphql names 502
	// graphql names 200
}

// How Klarity refuses a key is not public, so a client should know all the ways.
func ExampleWithKeyErrorStatus() {
	for _, status := range []int{200, 401, 403} {
		klarity := apitest.New(apitest.WithKeyErrorStatus(status))
		client, err := graphql.New("wrong/key", graphql.WithURL(apitest.GraphQLURL), graphql.WithTransport(klarity))
		if err != nil {
			log.Fatal(err)
		}
		err = client.Do(context.Background(), `{ people { name } }`, nil, nil)
		fmt.Println(status, errors.Is(err, graphql.ErrKey))
	}
	// Output:
	// 200 true
	// 401 true
	// 403 true
}
