package graphql

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/klarity-go/klarity/api/graphql/operations"
)

// GlobalTagKeys returns the keys of tags that resources are mapped to applications and
// environments by.
//
// The operation is globalTagKeys (github.com/andreainnocenti/ibmcloud-klarity-finops).
func (c *Client) GlobalTagKeys(ctx context.Context) (*TagKeys, error) {
	data, err := operations.GetGlobalTagKeys(ctx, generated{c: c})
	if err == nil && data.GlobalTagKeys == nil {
		err = incomplete("query", "GetGlobalTagKeys", "the tag keys")
	}
	return data.GlobalTagKeys, err
}

// UpdateGlobalTagKeys replaces the keys of tags that resources are mapped by, both lists as a
// whole: to add a key, read them first. The program that this operation is known from says that
// the API refuses to remove all keys, so at least one is needed.
//
// What is returned is the scalar of the response, in JSON: its type and meaning are not public.
//
// The operation is updateGlobalTagKeys (github.com/andreainnocenti/ibmcloud-klarity-finops).
func (c *Client) UpdateGlobalTagKeys(ctx context.Context, keys TagKeys) (json.RawMessage, error) {
	if len(keys.Application)+len(keys.Environment) == 0 {
		return nil, &configError{errors.New("UpdateGlobalTagKeys: there are no keys, and the API refuses to remove all")}
	}
	// An empty list is sent as one: null might leave the keys as they are.
	application, environment := append([]string{}, keys.Application...), append([]string{}, keys.Environment...)
	data, err := operations.UpdateGlobalTagKeys(ctx, generated{c: c}, application, environment)
	return data.UpdateGlobalTagKeys, err
}
