package apitest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
)

// Every typed method of the client works on the emulator, from an empty landscape on.
func TestTypedMethodsWork(t *testing.T) {
	for name, options := range map[string][]apitest.Option{
		"as it is": nil, "with text amounts and unique names": {apitest.TextAmounts(), apitest.UniqueNames()},
	} {
		t.Run(name, func(t *testing.T) { testTypedMethods(t, apitest.New(options...)) })
	}
}

func testTypedMethods(t *testing.T, e *apitest.Emulator) {
	c, ctx := e.GraphQLClient(), t.Context()
	made := func(id string, err error) string {
		t.Helper()
		if err != nil || id == "" {
			t.Fatalf("got %q, %v, want an ID", id, err)
		}
		return id
	}
	done := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const awkward = "say \"hi\" \\ \n\t\u0001 é 😀 # { $x \"\"\""

	person := made(c.AddPerson(ctx, "Ada", "ada@example.com"))
	application := made(c.AddApplication(ctx, graphql.NewApplication{Name: "shop", OwnerID: person, Description: awkward}))
	environment := made(c.AddEnvironment(ctx, graphql.NewEnvironment{ApplicationNID: application, Name: "live", Type: graphql.EnvironmentProduction, OwnerID: person}))
	first := made(c.AddAccount(ctx, graphql.NewAccount{Provider: graphql.ProviderIBMCloud, ProviderID: "1", Name: "one", OwnerID: person, Description: awkward, Creds: `{"apikey": "x"}`}))
	second := made(c.AddAccountV2(ctx, graphql.NewAccount{Provider: graphql.ProviderAWS, ProviderID: "2", Name: "two", OwnerID: person, Creds: "{}"}))
	made(c.AddDiscoveryRule(ctx, graphql.NewDiscoveryRule{EnvironmentID: environment, Name: "r", CloudAccounts: []string{first}}))
	cleared := ""
	done(c.UpdateApplication(ctx, application, graphql.ApplicationUpdate{Name: "web shop", OwnerID: person, Description: &cleared}))
	done(c.UpdateAccount(ctx, first, graphql.AccountUpdate{Provider: graphql.ProviderIBMCloud, ProviderID: "1", Name: "uno", Description: awkward}))
	done(c.RemoveAccount(ctx, second))
	if _, err := c.AddEvent(ctx, graphql.NewEvent{ApplicationNID: application, Title: "t", Type: "Jira", Content: awkward}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateGlobalTagKeys(ctx, graphql.TagKeys{Application: []string{"app"}, Environment: []string{"env"}}); err != nil {
		t.Fatal(err)
	}

	people, err := c.People(ctx)
	if err != nil || len(people) != 1 || people[0].ID != person {
		t.Errorf("people: got %v, %v, want Ada", people, err)
	}
	keys, err := c.GlobalTagKeys(ctx)
	if err != nil || fmt.Sprint(keys.Application, keys.Environment) != "[app] [env]" {
		t.Errorf("tag keys: got %v, %v, want app and env", keys, err)
	}
	account, err := c.Account(ctx, first)
	if err != nil || account == nil || account.Name != "uno" || account.Description != awkward || account.Owner == nil || account.Owner.ID != person {
		t.Errorf("account: got %+v, %v, want uno of Ada", account, err)
	}
	details, err := c.Application(ctx, application)
	if err != nil || details == nil || details.Name != "web shop" || details.Description != "" {
		t.Errorf("application: got %+v, %v, want the web shop without a description", details, err)
	}
	var got []string
	for a, err := range c.Accounts(ctx) {
		done(err)
		got = append(got, a.Name)
	}
	for a, err := range c.Applications(ctx) {
		done(err)
		for _, env := range a.EnvironmentsV2.Environments {
			got = append(got, a.Name+"/"+env.Name)
		}
	}
	for a, err := range c.ApplicationCosts(ctx) {
		done(err)
		got = append(got, a.Name)
	}
	if want := "uno,web shop/live,web shop"; strings.Join(got, ",") != want {
		t.Errorf("lists: got %q, want %s", got, want)
	}
	if events := e.Landscape().Events; len(events) != 1 || events[0].Content != awkward {
		t.Errorf("got the events %+v, want one with the content as it was", events)
	}
}

// The iterators go through all pages, and through those of the environments.
func TestTypedIteratorsSeeAll(t *testing.T) {
	l := crowd(250)
	for i := range 120 {
		l.Applications[7].Environments = append(l.Applications[7].Environments, apitest.Environment{Name: fmt.Sprint(i)})
	}
	for i := range l.Applications {
		l.Applications[i].CurrentMonth = "0.10"
	}
	c := apitest.New(apitest.WithLandscape(l)).GraphQLClient()
	accounts, applications, environments, costs := 0, 0, 0, 0
	for a, err := range c.Accounts(t.Context()) {
		if err != nil || a.Name != fmt.Sprint(accounts) {
			t.Fatalf("got the account %+v, %v, want %d", a, err, accounts)
		}
		accounts++
	}
	for a, err := range c.Applications(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		applications++
		environments += len(a.EnvironmentsV2.Environments)
	}
	for a, err := range c.ApplicationCosts(t.Context()) {
		if err != nil || a.Cost == nil || a.Cost.CurrentMonth != "0.10" {
			t.Fatalf("got %+v, %v, want the cost 0.10", a, err)
		}
		costs++
	}
	if accounts != 250 || applications != 250 || environments != 120 || costs != 250 {
		t.Errorf("got %d accounts, %d applications, %d environments, %d costs, want 250, 250, 120, 250", accounts, applications, environments, costs)
	}
}

// A key that the client created works when the delay is over.
func TestTypedKeyWorksAfterTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := apitest.New(apitest.WithKeyDelay(5 * time.Minute))
		key, err := e.GraphQLClient().CreateAccessKey(t.Context(), graphql.RoleAdmin, "ci")
		if err != nil {
			t.Fatal(err)
		}
		client, err := graphql.New(key, graphql.WithURL(apitest.GraphQLURL), graphql.WithTransport(e))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.People(t.Context()); !errors.Is(err, graphql.ErrKey) {
			t.Errorf("before: got %v, want %v", err, graphql.ErrKey)
		}
		time.Sleep(5 * time.Minute)
		if _, err := client.People(t.Context()); err != nil {
			t.Errorf("after: got %v", err)
		}
	})
}
