package graphql

import (
	"cmp"
	"context"

	"github.com/klarity-go/klarity/api/graphql/operations"
)

// NewEnvironment is an environment, or stage, of an application to create.
type NewEnvironment struct {
	ApplicationNID string          // required
	Name           string          // required
	Type           EnvironmentType // required
	OwnerID        string          // the ID of a Person; required
	DisplayName    string          // the Name when it is empty
}

// AddEnvironment creates an environment and returns its ID. That this is its nid, too, is
// likely, and not stated in any public source. No public operation changes or removes one.
//
// The operation is addEnvironmentV2 (docs.klarity.nordcloudapp.com/usage/api-actions).
func (c *Client) AddEnvironment(ctx context.Context, e NewEnvironment) (id string, err error) {
	err = need("AddEnvironment", field{"ApplicationNID", e.ApplicationNID}, field{"Name", e.Name},
		field{"Type", string(e.Type)}, field{"OwnerID", e.OwnerID})
	if err != nil {
		return "", err
	}
	data, err := operations.AddEnvironment(ctx, generated{c: c}, e.ApplicationNID, e.Name, cmp.Or(e.DisplayName, e.Name), e.Type, e.OwnerID)
	return created("AddEnvironment", data.AddEnvironmentV2, err)
}

// NewDiscoveryRule is a rule to create: the resources of some accounts belong to an
// environment.
type NewDiscoveryRule struct {
	EnvironmentID string // required
	Name          string // required

	// CloudAccounts are the accounts whose resources match, one at least. Whether they are
	// named by their nid or their provider's ID is not public.
	CloudAccounts []string
}

// AddDiscoveryRule creates a discovery rule and returns its ID. Klarity's pages know rules by
// resource type, tag, resource group and project, too: how they are written here is not public.
// Nor is there a public operation that lists, changes or removes rules.
//
// The operation is addDiscoveryRule (docs.klarity.nordcloudapp.com/usage/api-actions).
func (c *Client) AddDiscoveryRule(ctx context.Context, r NewDiscoveryRule) (id string, err error) {
	var first string
	if len(r.CloudAccounts) > 0 {
		first = r.CloudAccounts[0]
	}
	err = need("AddDiscoveryRule", field{"EnvironmentID", r.EnvironmentID}, field{"Name", r.Name}, field{"CloudAccounts", first})
	if err != nil {
		return "", err
	}
	data, err := operations.AddDiscoveryRule(ctx, generated{c: c}, r.EnvironmentID, r.Name, r.CloudAccounts)
	return created("AddDiscoveryRule", data.AddDiscoveryRule, err)
}
