package apitest

import (
	"encoding/json"
	"slices"
	"time"
)

// A Landscape is what Klarity's GraphQL API knows of an organisation. Lists are in the order
// in which the API returns them, which is the order of creation: which one Klarity has is not
// public. An ID or a NID is a UUID where the emulator makes it. An empty text, but for the
// required ones, is null in a response.
type Landscape struct {
	People       []Person      `json:"people"`
	Accounts     []Account     `json:"accounts"`
	Applications []Application `json:"applications"`
	TagKeys      TagKeys       `json:"tagKeys"`
	Events       []Event       `json:"events"`
	// AccessKeys are the keys that createAccessKey made, without their secrets. Those that
	// WithLandscape sets have none, so they open nothing.
	AccessKeys []AccessKey `json:"accessKeys"`
}

// A Person may own accounts and applications, and be a contact of accounts.
type Person struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// An Account is a cloud account that is connected to Klarity. Its credentials are not kept.
type Account struct {
	NID          string           `json:"nid"`
	Provider     string           `json:"provider"`   // such as AWS
	ProviderID   string           `json:"providerId"` // the provider's ID of the account
	Name         string           `json:"name"`
	DisplayName  string           `json:"displayName,omitempty"`
	Description  string           `json:"description,omitempty"`
	Metadata     json.RawMessage  `json:"metadata,omitempty"`     // of a form that is not public
	Status       string           `json:"status,omitempty"`       // the values are not public
	ProviderType string           `json:"providerType,omitempty"` // such as CLOUD
	Costs        []ChargeTypeCost `json:"costs,omitempty"`
	ContactIDs   []string         `json:"contactIds,omitempty"` // of People; an ID that is not there is left out of a response
	OwnerID      string           `json:"ownerId,omitempty"`    // of People; an ID that is not there makes the owner null
}

// A ChargeTypeCost is what an account costs by one type of charge, whose values are not
// public, as a decimal such as 12.50.
type ChargeTypeCost struct {
	ChargeType string `json:"chargeType"`
	Cost       string `json:"cost"`
}

// An Application has environments, to which resources are mapped.
type Application struct {
	NID          string        `json:"nid"`
	Name         string        `json:"name"`
	DisplayName  string        `json:"displayName,omitempty"`
	Description  string        `json:"description,omitempty"`
	OwnerID      string        `json:"ownerId,omitempty"`      // as in Account
	CurrentMonth string        `json:"currentMonth,omitempty"` // what it costs in the current month, a decimal; "" is null
	Environments []Environment `json:"environments,omitempty"`
}

// An Environment is a stage of an application.
type Environment struct {
	NID         string          `json:"nid"`
	Name        string          `json:"name"`
	DisplayName string          `json:"displayName,omitempty"`
	Type        string          `json:"type"`              // PRODUCTION, STAGING, DEVELOPMENT or OTHER
	OwnerID     string          `json:"ownerId,omitempty"` // as in Account; no public query returns it
	Rules       []DiscoveryRule `json:"rules,omitempty"`
}

// A DiscoveryRule maps the resources of cloud accounts to an environment. No public query
// returns it.
type DiscoveryRule struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	CloudAccounts []string `json:"cloudAccounts,omitempty"` // whether Klarity wants a nid or the provider's ID is not public
}

// TagKeys are the keys of tags that resources are mapped by.
type TagKeys struct {
	Application []string `json:"application,omitempty"`
	Environment []string `json:"environment,omitempty"`
}

// An Event is shown at an application's costs. No public query returns it.
type Event struct {
	ApplicationNID string    `json:"applicationNid,omitempty"`
	Title          string    `json:"title"`
	Type           string    `json:"type"`
	Content        string    `json:"content"`
	Created        time.Time `json:"created"` // by the emulator's clock
}

// An AccessKey is a key of the GraphQL API, without its secret. No public query returns it.
type AccessKey struct {
	ID          string    `json:"id"`
	Role        string    `json:"role"`
	Description string    `json:"description,omitempty"`
	Works       time.Time `json:"works"` // from when on it does, by the emulator's clock
}

// Landscape returns a copy of what the GraphQL API knows.
func (e *Emulator) Landscape() Landscape {
	e.landscape.mu.RLock()
	defer e.landscape.mu.RUnlock()
	return e.landscape.clone()
}

// clone returns a deep copy.
func (l Landscape) clone() Landscape {
	l.People = slices.Clone(l.People)
	l.Accounts = slices.Clone(l.Accounts)
	for i := range l.Accounts {
		a := &l.Accounts[i]
		a.Metadata, a.Costs, a.ContactIDs = slices.Clone(a.Metadata), slices.Clone(a.Costs), slices.Clone(a.ContactIDs)
	}
	l.Applications = slices.Clone(l.Applications)
	for i := range l.Applications {
		a := &l.Applications[i]
		a.Environments = slices.Clone(a.Environments)
		for j := range a.Environments {
			env := &a.Environments[j]
			env.Rules = slices.Clone(env.Rules)
			for k := range env.Rules {
				env.Rules[k].CloudAccounts = slices.Clone(env.Rules[k].CloudAccounts)
			}
		}
	}
	l.TagKeys = TagKeys{slices.Clone(l.TagKeys.Application), slices.Clone(l.TagKeys.Environment)}
	l.Events, l.AccessKeys = slices.Clone(l.Events), slices.Clone(l.AccessKeys)
	return l
}

// identify gives an ID to all that has none.
func (l *Landscape) identify() {
	set := func(id *string) {
		if *id == "" {
			*id = newNID().String()
		}
	}
	for i := range l.People {
		set(&l.People[i].ID)
	}
	for i := range l.Accounts {
		set(&l.Accounts[i].NID)
	}
	for i := range l.Applications {
		a := &l.Applications[i]
		set(&a.NID)
		for j := range a.Environments {
			set(&a.Environments[j].NID)
			for k := range a.Environments[j].Rules {
				set(&a.Environments[j].Rules[k].ID)
			}
		}
	}
	for i := range l.AccessKeys {
		set(&l.AccessKeys[i].ID)
	}
}
