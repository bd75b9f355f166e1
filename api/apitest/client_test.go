package apitest_test

import (
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/models"
)

func TestClientsReachTheirEmulator(t *testing.T) {
	emulator := apitest.New(apitest.WithAudience("https://elsewhere.example"))
	server := apitest.NewServer(t, apitest.WithAudience("https://elsewhere.example"))
	for name, value := range server.Env() {
		t.Setenv(name, value)
	}
	fromEnv, err := api.NewFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		client   *api.Client
		emulator *apitest.Emulator
	}{
		{"in process", emulator.Client(), emulator},
		{"over loopback", server.Client(), server.Emulator},
		{"from the environment", fromEnv, server.Emulator},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.emulator.Clear()
			report, err := test.client.UpsertAll(t.Context(), []*models.EstateRecord{{ID: "a", Type: "b"}})
			if err != nil || test.emulator.Len() != 1 {
				t.Errorf("got %+v, %v and %d records, want one", report, err, test.emulator.Len())
			}
		})
	}
}

func TestClientPanicsOnAnInvalidOption(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want one")
		}
	}()
	apitest.New().Client(api.WithBaseURL("http://public.example"))
}

func TestGraphQLClientsReachTheirEmulator(t *testing.T) {
	emulator := apitest.New(apitest.WithLandscape(crowd(1)))
	server := apitest.NewServer(t, apitest.WithLandscape(crowd(1)))
	t.Setenv(graphql.EnvRegion, "us") // the URL wins
	for name, value := range server.Env() {
		t.Setenv(name, value)
	}
	fromEnv, err := graphql.NewFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	for name, client := range map[string]*graphql.Client{
		"in process":           emulator.GraphQLClient(),
		"over loopback":        server.GraphQLClient(graphql.WithBillingPeriod(graphql.BillingPeriodPrevious)),
		"from the environment": fromEnv,
	} {
		t.Run(name, func(t *testing.T) {
			var data struct{ People []struct{ Name string } }
			if err := client.Do(t.Context(), `{ people { name } }`, nil, &data); err != nil || len(data.People) != 1 {
				t.Errorf("got %v, %v, want one person", data, err)
			}
		})
	}
}

func TestGraphQLClientPanicsOnAnInvalidOption(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want one")
		}
	}()
	apitest.New(apitest.WithAPIKey("no slash")).GraphQLClient()
}
