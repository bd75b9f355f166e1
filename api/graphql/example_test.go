package graphql_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/klarity-go/klarity/api/graphql"
)

// fake is a transport that responds to all requests with one body. A program needs none.
type fake string

func (f fake) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(f))), Request: req}, nil
}

func ExampleNew() {
	client, err := graphql.New("API_KEY_ID/API_KEY_SECRET", graphql.WithRegion(graphql.RegionUS))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client)
	// Output: klarity GraphQL client for https://api.cnop-int.us.nordcloudapp.com/graphql
}

// The errors for a key say what is wrong with its form, and do not show it.
func ExampleNew_wrong() {
	_, err := graphql.New("API_KEY_SECRET")
	fmt.Println(err)
	// Output: klarity: the API key has no slash between its ID and its secret, want ID/SECRET: see the first argument of New, or KLARITY_API_KEY for NewFromEnv
}

// A query with a variable. Its type, String!, is the one that a public program declares.
func ExampleClient_Do() {
	client, err := graphql.New("API_KEY_ID/API_KEY_SECRET",
		graphql.WithTransport(fake(`{"data":{"accountV2":{"nid":"0e6b1f5a-7a0c-4a58-9d6f-3f6f0f7c2b11","displayName":"Web shop"}}}`)))
	if err != nil {
		log.Fatal(err)
	}
	var data struct {
		AccountV2 struct{ NID, DisplayName string }
	}
	err = client.Do(context.Background(),
		`query account($id: String!) { accountV2(id: $id) { nid displayName } }`,
		map[string]any{"id": "0e6b1f5a-7a0c-4a58-9d6f-3f6f0f7c2b11"}, &data)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(data.AccountV2.DisplayName)
	// Output: Web shop
}

// A response may have errors beside data. The data is decoded; the error says what is missing.
func ExampleClient_Do_partial() {
	client, err := graphql.New("API_KEY_ID/API_KEY_SECRET",
		graphql.WithTransport(fake(`{"data":{"people":[{"name":"Ada"},null]},"errors":[{"message":"not permitted","path":["people",1]}]}`)))
	if err != nil {
		log.Fatal(err)
	}
	var data struct {
		People []*struct{ Name string }
	}
	err = client.Do(context.Background(), `query people { people { id name } }`, nil, &data)
	var e *graphql.Error
	if errors.As(err, &e) {
		for _, missing := range e.Errors {
			fmt.Println(missing.Path, missing.Message)
		}
	}
	fmt.Println(data.People[0].Name)
	// Output:
	// people[1] not permitted
	// Ada
}

// No public operation finds the nid of an estate record, which api.Client.Enrich needs. Who
// knows the schema, from the API playground that Klarity offers after logging in, sends a query
// of their own: the operation below is invented, and Klarity has none of that name.
func ExampleClient_Do_nid() {
	client, err := graphql.New("API_KEY_ID/API_KEY_SECRET",
		graphql.WithTransport(fake(`{"data":{"yourOwnOperation":{"nid":"5b1c6a3e-94f5-4a0e-8a53-2f8a6e1d7c90"}}}`)))
	if err != nil {
		log.Fatal(err)
	}
	var data struct {
		YourOwnOperation struct{ NID string }
	}
	err = client.Do(context.Background(),
		`query nid { yourOwnOperation(type: "licence/design", id: "lic-0042") { nid } }`, nil, &data)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(data.YourOwnOperation.NID)
	// Output: 5b1c6a3e-94f5-4a0e-8a53-2f8a6e1d7c90
}
