package apitest_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

// organisation is a landscape with something of everything.
func organisation() apitest.Landscape {
	return apitest.Landscape{
		People: []apitest.Person{{ID: "p1", Name: "Ada", Email: "ada@example.com"}, {ID: "p2", Name: "Ben", Email: "ben@example.com"}},
		Accounts: []apitest.Account{
			{
				NID: "acc1", Provider: "AWS", ProviderID: "111122223333", Name: "prod", DisplayName: "Production", Description: "main",
				Metadata: json.RawMessage(`{"a":[1,null]}`), Status: "ACTIVE", ProviderType: "CLOUD",
				Costs:      []apitest.ChargeTypeCost{{ChargeType: "Usage", Cost: "12.50"}, {ChargeType: "Tax"}},
				ContactIDs: []string{"p2", "gone"}, OwnerID: "p1",
			},
			{NID: "acc2", Provider: "GCP", ProviderID: "proj", Name: "lab", OwnerID: "gone"},
		},
		Applications: []apitest.Application{
			{
				NID: "app1", Name: "shop", DisplayName: "Shop", Description: "sells", OwnerID: "p1", CurrentMonth: "99.9",
				Environments: []apitest.Environment{
					{NID: "env1", Name: "live", DisplayName: "Live", Type: "PRODUCTION", OwnerID: "p1", Rules: []apitest.DiscoveryRule{{ID: "r1", Name: "all", CloudAccounts: []string{"acc1"}}}},
					{NID: "env2", Name: "test", Type: "STAGING"},
					{NID: "env3", Name: "dev", Type: "DEVELOPMENT"},
				},
			},
			{NID: "app2", Name: "wiki"},
		},
		TagKeys:    apitest.TagKeys{Application: []string{"app", "Application"}, Environment: []string{"env"}},
		Events:     []apitest.Event{{ApplicationNID: "app1", Title: "t", Type: "Jira", Content: "c"}},
		AccessKeys: []apitest.AccessKey{{ID: "k1", Role: "ADMIN", Description: "old"}},
	}
}

// people returns n people, accounts and applications.
func crowd(n int) (l apitest.Landscape) {
	for i := range n {
		l.People = append(l.People, apitest.Person{ID: fmt.Sprintf("p%d", i), Name: "x"})
		l.Accounts = append(l.Accounts, apitest.Account{NID: fmt.Sprintf("acc%d", i), Name: fmt.Sprint(i)})
		l.Applications = append(l.Applications, apitest.Application{NID: fmt.Sprintf("app%d", i), Name: fmt.Sprint(i)})
	}
	return l
}

// spoil changes all that a landscape refers to.
func spoil(l apitest.Landscape) {
	l.People[0].Name = "x"
	l.Accounts[0].Name = "x"
	l.Accounts[0].Metadata[0] = 'x'
	l.Accounts[0].Costs[0].Cost = "x"
	l.Accounts[0].ContactIDs[0] = "x"
	l.Applications[0].Name = "x"
	l.Applications[0].Environments[0].Name = "x"
	l.Applications[0].Environments[0].Rules[0].Name = "x"
	l.Applications[0].Environments[0].Rules[0].CloudAccounts[0] = "x"
	l.TagKeys.Application[0], l.TagKeys.Environment[0] = "x", "x"
	l.Events[0].Title = "x"
	l.AccessKeys[0].ID = "x"
}

func TestLandscapeIsCopied(t *testing.T) {
	given := organisation()
	e := apitest.New(apitest.WithLandscape(given))
	spoil(given)
	if got := e.Landscape(); !reflect.DeepEqual(got, organisation()) {
		t.Errorf("after the one that was given changed: got %+v\nwant %+v", got, organisation())
	}
	spoil(e.Landscape())
	if got := e.Landscape(); !reflect.DeepEqual(got, organisation()) {
		t.Errorf("after one that was returned changed: got %+v\nwant %+v", got, organisation())
	}
}

func TestOneOptionServesSeveralEmulators(t *testing.T) {
	option := apitest.WithLandscape(organisation())
	first, second := apitest.New(option), apitest.New(option)
	c := &testClient{Emulator: first, client: inProcess(t).client, baseURL: apitest.BaseURL}
	c.client.Transport = first
	c.mustGraphQL(t, `mutation { updateAccountV3(nid: "acc1", input: {name: "new"}) { id } }`, nil)
	if got := second.Landscape(); !reflect.DeepEqual(got, organisation()) {
		t.Errorf("got %+v\nwant %+v", got, organisation())
	}
}

func TestWhatHasNoIDGetsOne(t *testing.T) {
	l := apitest.New(apitest.WithLandscape(apitest.Landscape{
		People:     []apitest.Person{{}, {ID: "p"}},
		Accounts:   []apitest.Account{{}},
		AccessKeys: []apitest.AccessKey{{}},
		Applications: []apitest.Application{{Environments: []apitest.Environment{
			{Rules: []apitest.DiscoveryRule{{}}},
		}}},
	})).Landscape()
	env := l.Applications[0].Environments[0]
	seen := make(map[string]bool)
	for _, id := range []string{l.People[0].ID, l.Accounts[0].NID, l.AccessKeys[0].ID, l.Applications[0].NID, env.NID, env.Rules[0].ID} {
		if len(id) != 36 || seen[id] {
			t.Errorf("got the ID %q, want a UUID of its own", id)
		}
		seen[id] = true
	}
	if l.People[1].ID != "p" {
		t.Errorf("got the ID %q, want the one that was given", l.People[1].ID)
	}
}
