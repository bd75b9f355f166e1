package api_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/go-openapi/strfmt"
	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

// The examples talk to an emulator in process. A program would use api.New or
// api.NewFromEnv.
var klarity = apitest.New()

func ExampleNew() {
	client, err := api.New(
		api.Credentials{ClientID: "integration-id", ClientSecret: "integration-secret"},
		api.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, nil))),
		api.WithUserAgent("inventory-sync/1.4"),
		api.WithRetry(api.RetryPolicy{MaxAttempts: 5}),
		api.WithMaxInFlight(16), // of all runs and uploaders together
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client)
	// Output: klarity client for https://integrations-api.klarity.nordcloudapp.com
}

// A wrong configuration is told at once, all of it.
func ExampleNew_wrong() {
	_, err := api.New(api.Credentials{ClientID: "integration-id"}, api.WithBaseURL("http://klarity.example"))
	fmt.Println(err)
	// Output:
	// klarity: the integration's secret is missing: set Credentials.ClientSecret, or KLARITY_CLIENT_SECRET for NewFromEnv
	// the base URL is http to a host that is not this machine, which would show the secret on the way; want https: set WithBaseURL or KLARITY_API_URL
}

func ExampleNewFromEnv() {
	server, err := apitest.Start("")
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	for name, value := range server.Env() { // KLARITY_CLIENT_ID and so on
		os.Setenv(name, value)
		defer os.Unsetenv(name)
	}

	client, err := api.NewFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	token, err := client.Token(context.Background())
	fmt.Println(token.Type(), err)
	// Output: Bearer <nil>
}

func ExampleClient_UpsertAll() {
	client := klarity.Client()
	today := time.Date(2026, time.May, 4, 0, 0, 0, 0, time.UTC)

	report, err := client.UpsertAll(context.Background(), []*models.EstateRecord{
		{
			ID:       "lic-0042",
			Type:     "licence/design/team",
			Name:     "Design suite",
			Metadata: map[string]any{"seats": 25, "obsolete": nil}, // nil clears the key
			Tags:     map[string]*string{"team": api.Tag("web"), "legacy": api.ClearedTag()},
			Costs: &models.Costs{Currency: "EUR", Values: []models.CostElement{
				api.Cost(today, "12.50"),
				api.ClearedCost(today.AddDate(0, 0, -1)),
			}},
		},
		{ID: "no type"},
	})
	fmt.Println(report)
	fmt.Println(err)
	// Output:
	// 2 records: 1 accepted, 1 invalid
	// upsert 2 records: 1 accepted, 1 invalid; first: upsert of type "" id "no type" (record 1): type: is required
}

// An iterator may be as long as it likes: it is pulled as fast as records are sent. An
// error beside a record is an outcome of its own.
func ExampleClient_Upsert() {
	client := klarity.Client()
	var inventory iter.Seq2[*models.EstateRecord, error] = func(yield func(*models.EstateRecord, error) bool) {
		for i := range 2500 {
			if !yield(&models.EstateRecord{ID: fmt.Sprintf("vm-%d", i), Type: "vm"}, nil) {
				return
			}
		}
		yield(nil, errors.New("row 2501: unexpected end of file"))
	}

	report, err := client.Upsert(context.Background(), inventory, api.OnResult(func(r api.Result) {
		if r.Outcome != api.Accepted {
			fmt.Println(r.Index, r.Outcome, r.Err)
		}
	}))
	fmt.Println(report.Accepted, report.Requests, err != nil)
	// Output:
	// 2500 invalid upsert of record 2500: row 2501: unexpected end of file
	// 2500 3 true
}

func ExampleClient_DeleteAll() {
	report, err := klarity.Client().DeleteAll(context.Background(), models.PeriodCurrent, []*models.RecordLocator{
		{NID: "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"},
		{ID: "lic-0042", Type: "licence/design/team", Name: "Design suite"},
	})
	fmt.Println(report, err)
	// Output: 2 records: 2 accepted <nil>
}

func ExampleClient_EnrichAll() {
	client := klarity.Client()
	if _, err := client.UpsertAll(context.Background(), []*models.EstateRecord{{ID: "db-1", Type: "vm"}}); err != nil {
		log.Fatal(err)
	}
	vm, _ := klarity.Record("vm", "db-1") // Klarity shows the nid in its UI

	report, err := client.EnrichAll(context.Background(), []*models.Enrichment{{
		Record: models.EnrichedRecord{NID: strfmt.UUID(vm.NID)},
		Data:   map[string]any{"backup": map[string]any{"state": "ok", "copies": 3}},
	}})
	fmt.Println(report, err)
	// Output: 1 record: 1 accepted <nil>
}

// A service hands over records as they come, and learns of each by its index.
func ExampleUploader() {
	ctx := context.Background()
	uploader, err := klarity.Client().NewUpserter(
		api.BatchAge(time.Second),
		api.OnResult(func(r api.Result) { fmt.Println(r.Index, r.Key, r.Outcome) }),
	)
	if err != nil {
		log.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		if _, err := uploader.Add(ctx, &models.EstateRecord{ID: id, Type: "vm"}); err != nil {
			log.Fatal(err) // closed, or ctx ended
		}
	}
	if err := uploader.Close(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 0 type "vm" id "a" accepted
	// 1 type "vm" id "b" accepted
}

func ExampleClient_UpsertOnce() {
	response, err := klarity.Client().UpsertOnce(context.Background(), &models.UpsertRequest{
		InsertInPeriod: models.InsertInPeriodPrevious,
		Records:        []*models.EstateRecord{{ID: "lic-7", Type: "licence"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Message)
	// Output: Accepted 1 estate records
}

// CheckRecord says all that is wrong with a record without sending anything.
func ExampleCheckRecord() {
	err := api.CheckRecord(&models.EstateRecord{
		ID:    "lic-7",
		Type:  "licence",
		Costs: &models.Costs{Values: []models.CostElement{api.Cost(time.Now(), "12,50")}},
	}, models.InsertInPeriodCurrent)
	var broken *api.RecordError
	if errors.As(err, &broken) {
		for _, field := range broken.Fields() {
			fmt.Println(field.Field, field.Rule)
		}
	}
	// Output:
	// costs.currency is required
	// costs.values[0].value must be a decimal number with a dot, without sign or exponent
}

// An Error tells what the server said.
func ExampleError() {
	klarity := apitest.New()
	klarity.Script(apitest.Fault{Status: 400, Body: `{"error":"type is not known"}`})

	_, err := klarity.Client().UpsertAll(context.Background(), []*models.EstateRecord{{ID: "lic-7", Type: "licence"}})
	var e *api.Error
	if errors.As(err, &e) {
		fmt.Println(e.StatusCode, e.Message, e.Retryable())
	}
	// Output: 400 type is not known false
}

// Tokens can come from elsewhere.
func ExampleWithTokenSource() {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "from a vault"})
	_, err := api.New(api.Credentials{}, api.WithTokenSource(source))
	fmt.Println(err)
	// Output: <nil>
}
