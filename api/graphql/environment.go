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
