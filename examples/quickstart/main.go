// Quickstart sends three records to Klarity if KLARITY_CLIENT_ID and KLARITY_CLIENT_SECRET
// are set, and to an emulator in this process if no credentials are set.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

func main() { os.Exit(run(context.Background(), os.Stdout, os.Stderr)) }

func run(ctx context.Context, out, errs io.Writer) int {
	client, err := connect(out)
	if err != nil {
		fmt.Fprintln(errs, "quickstart:", err)
		return 2
	}
	today := time.Now()
	report, err := client.UpsertAll(ctx, []*models.EstateRecord{
		{ID: "lic-0042", Type: "licence/design", Name: "Ateljé Studio", Metadata: map[string]any{"seats": 25},
			Tags:  api.Tags(map[string]string{"application": "webshop", "environment": "production"}),
			Costs: &models.Costs{Currency: "EUR", Values: []models.CostElement{api.Cost(today, "26.25")}}},
		{ID: "vm-0007", Type: "onprem/vm", Tags: map[string]*string{
			"owner":  api.Tag("zoë.okafor"),
			"legacy": api.ClearedTag()}}, // removes the tag; other tags of the record stay
		{ID: "sw-0001", Type: "network/switch", ValidThrough: today.Format("2006-01")},
	})
	fmt.Fprintln(out, report)
	if err != nil {
		fmt.Fprintln(errs, "quickstart:", err)
		return 1
	}
	return 0
}

// connect returns a client for the API that the environment names, or for an emulator.
func connect(out io.Writer) (*api.Client, error) {
	for _, name := range []string{api.EnvClientID, api.EnvClientSecret, api.EnvAPIURL, api.EnvTokenURL} {
		if os.Getenv(name) != "" {
			return api.NewFromEnv()
		}
	}
	fmt.Fprintln(out, "No credentials are set: this runs on an emulator, inside this program.")
	emulator := apitest.New()
	return api.New(api.Credentials(emulator.Credentials()), api.WithTransport(emulator),
		api.WithBaseURL(apitest.BaseURL), api.WithTokenURL(apitest.TokenURL))
}
