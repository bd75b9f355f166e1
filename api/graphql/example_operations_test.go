package graphql_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
)

// organisation is an emulator of Klarity that knows a small organisation. A program connects to
// Klarity with NewFromEnv instead.
func organisation() *apitest.Emulator {
	return apitest.New(apitest.WithLandscape(apitest.Landscape{
		People: []apitest.Person{{ID: "p-1", Name: "Zoë Okafor", Email: "zoe.okafor@shop.example"}},
		Accounts: []apitest.Account{
			{NID: "n-1", Provider: "AWS", ProviderID: "111122223333", Name: "shop-live", OwnerID: "p-1",
				Costs: []apitest.ChargeTypeCost{{ChargeType: "Usage", Cost: "1204.10"}, {ChargeType: "Tax", Cost: "240.82"}}},
			{NID: "n-2", Provider: "GCP", ProviderID: "shop-warehouse", Name: "warehouse"},
		},
		Applications: []apitest.Application{{NID: "a-1", Name: "webshop", DisplayName: "Web shop", OwnerID: "p-1", CurrentMonth: "1444.92",
			Environments: []apitest.Environment{{NID: "e-1", Name: "production", Type: "PRODUCTION"}, {NID: "e-2", Name: "staging", Type: "STAGING"}}}},
		TagKeys: apitest.TagKeys{Application: []string{"application"}},
	}))
}

// All accounts, however many pages they fill.
func ExampleClient_Accounts() {
	client := organisation().GraphQLClient()
	for account, err := range client.Accounts(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		owner := "nobody"
		if account.Owner != nil {
			owner = account.Owner.Name
		}
		fmt.Println(account.Provider, account.ProviderID, account.Name, "of", owner)
		for _, c := range account.ChargeTypeCosts {
			fmt.Println("-", c.ChargeType, c.Cost)
		}
	}
	// Output:
	// AWS 111122223333 shop-live of Zoë Okafor
	// - Usage 1204.10
	// - Tax 240.82
	// GCP shop-warehouse warehouse of nobody
}

// An application and an environment for what is not there yet.
func ExampleClient_Applications() {
	ctx, client := context.Background(), organisation().GraphQLClient()
	found := false
	for application, err := range client.Applications(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		found = found || application.Name == "intranet"
		fmt.Print(application.Name, ":")
		if application.EnvironmentsV2 != nil {
			for _, e := range application.EnvironmentsV2.Environments {
				fmt.Printf(" %s (%s)", e.Name, e.Type)
			}
		}
		fmt.Println()
	}
	if found {
		return
	}
	people, err := client.People(ctx)
	if err != nil {
		log.Fatal(err)
	}
	id, err := client.AddApplication(ctx, graphql.NewApplication{Name: "intranet", OwnerID: people[0].ID})
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.AddEnvironment(ctx, graphql.NewEnvironment{
		ApplicationNID: id, Name: "production", Type: graphql.EnvironmentProduction, OwnerID: people[0].ID,
	})
	fmt.Println("intranet, production:", err)
	// Output:
	// webshop: production (PRODUCTION) staging (STAGING)
	// intranet, production: <nil>
}

// What applications cost is an operation of its own, known from one public program only.
func ExampleClient_ApplicationCosts() {
	for application, err := range organisation().GraphQLClient().ApplicationCosts(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		if application.Cost != nil {
			fmt.Println(application.Name, application.Cost.CurrentMonth)
		}
	}
	// Output: webshop 1444.92
}

// UpdateApplication sends the name and the owner always, so they are read first.
func ExampleClient_UpdateApplication() {
	ctx, client := context.Background(), organisation().GraphQLClient()
	application, err := client.Application(ctx, "a-1")
	if err != nil {
		log.Fatal(err)
	}
	err = client.UpdateApplication(ctx, application.NID, graphql.ApplicationUpdate{
		Name: application.Name, OwnerID: application.Owner.ID, DisplayName: "The web shop",
	})
	fmt.Println(err)
	// Output: <nil>
}

// UpdateGlobalTagKeys replaces both lists, so a key is added to those that are there.
func ExampleClient_UpdateGlobalTagKeys() {
	ctx, client := context.Background(), organisation().GraphQLClient()
	keys, err := client.GlobalTagKeys(ctx)
	if err != nil {
		log.Fatal(err)
	}
	keys.Environment = append(keys.Environment, "stage")
	if _, err := client.UpdateGlobalTagKeys(ctx, *keys); err != nil {
		log.Fatal(err)
	}
	keys, err = client.GlobalTagKeys(ctx)
	fmt.Println(keys.Application, keys.Environment, err)
	// Output: [application] [stage] <nil>
}

// A deployment is shown on the chart of the application's daily costs. Quotes and line breaks
// need no care.
func ExampleClient_AddEvent() {
	_, err := organisation().GraphQLClient().AddEvent(context.Background(), graphql.NewEvent{
		ApplicationNID: "a-1", Title: "Release 7.2", Type: "deployment", Content: "the \"fast\" checkout\nfor all customers",
	})
	fmt.Println(err)
	// Output: <nil>
}

// The secret of a new key can be read this once. Printing the key does not show it.
func ExampleClient_CreateAccessKey() {
	key, err := organisation().GraphQLClient().CreateAccessKey(context.Background(), graphql.RoleAdmin, "nightly events")
	if err != nil {
		log.Fatal(err)
	}
	save := func(secret string) bool { return strings.Contains(secret, "/") } // in your vault
	fmt.Println(save(string(key)), strings.HasSuffix(key.String(), "/REDACTED"))
	// Output: true true
}
