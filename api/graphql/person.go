package graphql

import (
	"context"
	"slices"

	"github.com/klarity-go/klarity/api/graphql/operations"
)

// People returns all people, in the API's order: it has no pages of them. When the response has
// errors beside data, those that are there are returned with the error.
//
// The operation is people (github.com/andreainnocenti/ibmcloud-klarity-finops).
func (c *Client) People(ctx context.Context) ([]*Person, error) {
	data, err := operations.GetPeople(ctx, generated{c: c})
	return slices.DeleteFunc(data.People, func(p *Person) bool { return p == nil }), err
}

// AddPerson creates a person, who can then own accounts, applications and environments, and
// returns their ID. No public operation changes or removes one.
//
// The operation is addPerson (docs.klarity.nordcloudapp.com/usage/api-actions).
func (c *Client) AddPerson(ctx context.Context, name, email string) (id string, err error) {
	if err := need("AddPerson", field{"name", name}, field{"email", email}); err != nil {
		return "", err
	}
	data, err := operations.AddPerson(ctx, generated{c: c}, name, email)
	return created("AddPerson", data.AddPerson, err)
}
