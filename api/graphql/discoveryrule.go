package graphql

import (
	"context"

	"github.com/klarity-go/klarity/api/graphql/operations"
)

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
