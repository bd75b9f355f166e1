package apitest

import (
	"encoding/json"
	"fmt"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
)

// queries returns the resolvers of the queries.
func (x execution) queries() map[string]gql.Resolver {
	return map[string]gql.Resolver{
		"accountsV2":            x.accounts,
		"accountV2":             x.account,
		"applicationsPaginated": x.applications,
		"application":           x.application,
		"people":                x.people,
		"globalTagKeys":         x.tagKeys,
	}
}

func (x execution) accounts(args map[string]any) (any, error) {
	page, pages, err := x.page(len(x.landscape.Accounts), args)
	if err != nil {
		return nil, err
	}
	var list = make([]any, 0, page.to-page.from)
	for _, a := range x.landscape.Accounts[page.from:page.to] {
		list = append(list, x.accountObject(a))
	}
	return map[string]any{"accounts": list, "count": len(x.landscape.Accounts), "pages": pages}, nil
}

// account returns null for an account that does not exist; what Klarity does is not public.
func (x execution) account(args map[string]any) (any, error) {
	if a := x.landscape.account(args["id"]); a != nil {
		return x.accountObject(*a), nil
	}
	return nil, nil
}

func (x execution) accountObject(a Account) map[string]any {
	costs := make([]any, len(a.Costs))
	for i, c := range a.Costs {
		costs[i] = map[string]any{"chargeType": orNull(c.ChargeType), "cost": x.amount(c.Cost)}
	}
	contacts := make([]any, 0, len(a.ContactIDs))
	for _, id := range a.ContactIDs {
		if p := x.landscape.person(id); p != nil {
			contacts = append(contacts, personObject(*p))
		}
	}
	var metadata any
	if len(a.Metadata) > 0 {
		metadata = a.Metadata
	}
	return map[string]any{
		"nid": a.NID, "provider": orNull(a.Provider), "providerId": orNull(a.ProviderID), "name": orNull(a.Name),
		"displayName": orNull(a.DisplayName), "description": orNull(a.Description), "metadata": metadata,
		"status": orNull(a.Status), "providerType": orNull(a.ProviderType), "chargeTypeCosts": costs,
		"contacts": contacts, "owner": x.owner(a.OwnerID),
	}
}

func (x execution) applications(args map[string]any) (any, error) {
	page, pages, err := x.page(len(x.landscape.Applications), args)
	if err != nil {
		return nil, err
	}
	list := make([]any, 0, page.to-page.from)
	for _, a := range x.landscape.Applications[page.from:page.to] {
		list = append(list, x.applicationObject(a))
	}
	return map[string]any{"results": list, "count": len(x.landscape.Applications), "pages": pages}, nil
}

// application returns null for an application that does not exist; what Klarity does is not
// public.
func (x execution) application(args map[string]any) (any, error) {
	if a := x.landscape.application(args["id"]); a != nil {
		return x.applicationObject(*a), nil
	}
	return nil, nil
}

func (x execution) applicationObject(a Application) map[string]any {
	environments := func(args map[string]any) (any, error) {
		page, _, err := x.page(len(a.Environments), args)
		if err != nil {
			return nil, err
		}
		list := make([]any, 0, page.to-page.from)
		for _, e := range a.Environments[page.from:page.to] {
			list = append(list, map[string]any{
				"nid": e.NID, "name": orNull(e.Name), "displayName": orNull(e.DisplayName), "environmentType": orNull(e.Type),
			})
		}
		return map[string]any{"environments": list}, nil
	}
	return map[string]any{
		"nid": a.NID, "name": orNull(a.Name), "displayName": orNull(a.DisplayName), "description": orNull(a.Description),
		"owner": x.owner(a.OwnerID), "cost": map[string]any{"currentMonth": x.amount(a.CurrentMonth)},
		"environmentsV2": gql.Resolver(environments),
	}
}

func (x execution) people(map[string]any) (any, error) {
	list := make([]any, len(x.landscape.People))
	for i, p := range x.landscape.People {
		list[i] = personObject(p)
	}
	return list, nil
}

func (x execution) tagKeys(map[string]any) (any, error) {
	keys := x.landscape.TagKeys
	return map[string]any{"application": anyList(keys.Application), "environment": anyList(keys.Environment)}, nil
}

// A span is the part of a list that is on a page.
type span struct{ from, to int }

// page returns the page of a list of n elements that the arguments limit and page choose, and
// the number of pages. A page beyond the last one is empty.
func (x execution) page(n int, args map[string]any) (page span, pages int, err error) {
	limit, ok := args["limit"].(int)
	if !ok {
		limit = x.config.maxPage
	}
	number, _ := args["page"].(int)
	switch {
	case limit < 1 || limit > x.config.maxPage:
		return page, 0, fmt.Errorf("limit must be between 1 and %d", x.config.maxPage)
	case number < 0:
		return page, 0, fmt.Errorf("page must not be negative: the first one is 0")
	}
	pages = n / limit
	if n%limit > 0 {
		pages++
	}
	if number >= pages {
		return span{n, n}, pages, nil
	}
	page.from = number * limit
	page.to = page.from + min(limit, n-page.from)
	return page, pages, nil
}

func (x execution) owner(id string) any {
	if p := x.landscape.person(id); p != nil {
		return personObject(*p)
	}
	return nil
}

func (x execution) amount(decimal string) any {
	if decimal == "" || x.config.textAmounts {
		return orNull(decimal)
	}
	return json.Number(decimal)
}

func personObject(p Person) map[string]any {
	return map[string]any{"id": p.ID, "name": orNull(p.Name), "email": orNull(p.Email)}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func anyList(texts []string) []any {
	list := make([]any, len(texts))
	for i, t := range texts {
		list[i] = t
	}
	return list
}

// person returns the person with an ID, nil if there is none, as its neighbours do.
func (l *Landscape) person(id any) *Person {
	for i := range l.People {
		if l.People[i].ID == id {
			return &l.People[i]
		}
	}
	return nil
}

func (l *Landscape) account(nid any) *Account {
	for i := range l.Accounts {
		if l.Accounts[i].NID == nid {
			return &l.Accounts[i]
		}
	}
	return nil
}

func (l *Landscape) application(nid any) *Application {
	for i := range l.Applications {
		if l.Applications[i].NID == nid {
			return &l.Applications[i]
		}
	}
	return nil
}

func (l *Landscape) environment(nid any) *Environment {
	for i := range l.Applications {
		for j := range l.Applications[i].Environments {
			if e := &l.Applications[i].Environments[j]; e.NID == nid {
				return e
			}
		}
	}
	return nil
}
