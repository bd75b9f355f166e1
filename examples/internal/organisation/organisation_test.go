package organisation_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/organisation"
)

// Everything has an ID of its own, and what is referred to exists.
func TestLandscapeIsConsistent(t *testing.T) {
	l := organisation.Landscape()
	people, accounts, ids := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	add := func(id string) {
		if len(id) != 36 || ids[id] {
			t.Errorf("got the ID %q, want a UUID of its own", id)
		}
		ids[id] = true
	}
	for _, p := range l.People {
		add(p.ID)
		people[p.ID] = true
	}
	for _, a := range l.Accounts {
		add(a.NID)
		accounts[a.NID] = true
		for _, id := range append(a.ContactIDs, a.OwnerID) {
			if id != "" && !people[id] {
				t.Errorf("account %s: %s is nobody", a.Name, id)
			}
		}
	}
	for _, a := range l.Applications {
		add(a.NID)
		if !people[a.OwnerID] {
			t.Errorf("application %s: %s is nobody", a.Name, a.OwnerID)
		}
		for _, e := range a.Environments {
			add(e.NID)
			if !people[e.OwnerID] {
				t.Errorf("environment %s: %s is nobody", e.Name, e.OwnerID)
			}
			for _, r := range e.Rules {
				for _, nid := range r.CloudAccounts {
					if !accounts[nid] {
						t.Errorf("rule of %s: there is no account %s", e.Name, nid)
					}
				}
			}
		}
	}
}

func TestEachCallReturnsACopy(t *testing.T) {
	l := organisation.Landscape()
	l.People[0].Name, l.Applications[0].Environments[0].Name, l.Accounts[0].Costs[0].Cost = "x", "x", "x"
	if reflect.DeepEqual(l, organisation.Landscape()) {
		t.Error("a change of one is in the next")
	}
}

// All of it can be read through the API, without an error.
func TestEmulatorServesAll(t *testing.T) {
	e := apitest.New(apitest.WithLandscape(organisation.Landscape()))
	var data struct {
		AccountsV2            struct{ Accounts []json.RawMessage }
		ApplicationsPaginated struct{ Results []json.RawMessage }
	}
	err := e.GraphQLClient().Do(t.Context(), `{
		accountsV2 { accounts { nid metadata chargeTypeCosts { chargeType cost } contacts { email } owner { name } } }
		applicationsPaginated { results { name cost { currentMonth } owner { name } environmentsV2 { environments { nid environmentType } } } }
	}`, nil, &data)
	if err != nil || len(data.AccountsV2.Accounts) != 6 || len(data.ApplicationsPaginated.Results) != 4 {
		t.Errorf("got %d accounts and %d applications, %v, want 6 and 4", len(data.AccountsV2.Accounts), len(data.ApplicationsPaginated.Results), err)
	}
}
