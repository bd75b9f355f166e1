package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/klarity-go/klarity/api/graphql"
)

// landscape is what could be read.
type landscape struct {
	applications []*graphql.Application
	costs        map[string]string // of the current month, by the application's nid
	accounts     []*graphql.Account
	people       []*graphql.Person

	applicationsRead, peopleRead bool // as a whole
	gaps                         []error
}

// read reads everything that the tree needs, or what a plan does. What cannot be read is a gap:
// the rest is of use without it.
func read(ctx context.Context, c *graphql.Client, forPlan bool) *landscape {
	l := &landscape{costs: make(map[string]string), applicationsRead: true}
	applications, accounts := make(nids), make(nids)
	for application, err := range c.Applications(ctx) {
		if err != nil {
			l.applicationsRead = false
			l.gap("applications", err)
			continue
		}
		if application.EnvironmentsV2 == nil { // null, and no error beside it
			l.applicationsRead = false
			l.gap("environments of application "+application.Name, errors.New("the response has none, not even an empty list"))
		}
		if applications.add(application.NID) {
			l.applications = append(l.applications, application)
		}
	}
	if l.gaps != nil && len(l.applications) == 0 {
		return l // the key is wrong, or the API is out of reach
	}
	if forPlan {
		l.readPeople(ctx, c)
		return l
	}
	for application, err := range c.ApplicationCosts(ctx) {
		if err != nil {
			l.gap("costs of applications", err)
			continue
		}
		if application.Cost != nil {
			l.costs[application.NID] = application.Cost.CurrentMonth.String()
		}
	}
	for account, err := range c.Accounts(ctx) {
		if err != nil {
			l.gap("accounts", err)
			continue
		}
		if accounts.add(account.NID) {
			l.accounts = append(l.accounts, account)
		}
	}
	return l
}

func (l *landscape) readPeople(ctx context.Context, c *graphql.Client) {
	var err error
	if l.people, err = c.People(ctx); err != nil {
		l.gap("people", err)
	}
	l.peopleRead = err == nil
}

// nids are those that were read. What moves to the next page meanwhile comes twice.
type nids map[string]bool

// add reports whether a nid is new. An empty one always is.
func (n nids) add(nid string) bool {
	if nid != "" && n[nid] {
		return false
	}
	n[nid] = true
	return true
}

func (l *landscape) gap(what string, err error) {
	l.gaps = append(l.gaps, fmt.Errorf("the %s could not be read as a whole: %w", what, err))
}

// complete reports whether enough was read to tell what of a plan is missing.
func (l *landscape) complete() bool { return l.applicationsRead && l.peopleRead }
