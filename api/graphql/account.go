package graphql

import (
	"cmp"
	"context"
	"iter"

	"github.com/klarity-go/klarity/api/graphql/operations"
)

// Accounts yields all accounts, in the API's order, a page at a time.
//
// An error comes in the place of an element. When a page has data beside its errors, the
// elements come first, and the loop may go on: the next pages follow. An account that is added
// or removed meanwhile may be missed, or come twice: the API has pages, and no snapshot.
//
// The operation is accountsV2 (docs.klarity.nordcloudapp.com/usage/api-actions).
func (c *Client) Accounts(ctx context.Context, opts ...PageOption) iter.Seq2[*Account, error] {
	size := pageSize(opts)
	return list(ctx, "GetAccounts", func(ctx context.Context, n int) (page[Account], error) {
		data, err := operations.GetAccounts(ctx, generated{c: c}, size, n)
		if p := data.AccountsV2; p != nil {
			return page[Account]{p.Accounts, p.Pages}, err
		}
		return page[Account]{}, err
	})
}

// Account returns the account with a nid. When the response has neither an account nor an
// error, which may be how the API says that there is none, the error matches [ErrResponse].
//
// The operation is accountV2 (github.com/andreainnocenti/ibmcloud-klarity-finops).
func (c *Client) Account(ctx context.Context, nid string) (*AccountDetails, error) {
	data, err := operations.GetAccount(ctx, generated{c: c}, nid)
	if err == nil && data.AccountV2 == nil {
		err = incomplete("query", "GetAccount", "the account; perhaps there is none with this nid")
	}
	return data.AccountV2, err
}

// NewAccount is an account to connect.
type NewAccount struct {
	Provider   Provider // required
	ProviderID string   // the provider's ID of the account; required
	Name       string   // required
	OwnerID    string   // the ID of a Person; required

	// DisplayName is the Name when it is empty. AddAccountV2 does not send it.
	DisplayName string
	// Description may be empty. AddAccountV2 does not send it.
	Description string

	// Creds are what Klarity reads the account with. None are sent when they are empty, which
	// AddAccountV2 does not allow.
	Creds Creds
}

// AddAccount connects an account and returns its ID, which is its nid too.
//
// The operation is addAccountV3, with the providerType CLOUD, the only one that is known. It is
// what a public program sends (github.com/andreainnocenti/ibmcloud-klarity-finops); Klarity's
// documentation shows [Client.AddAccountV2].
func (c *Client) AddAccount(ctx context.Context, a NewAccount) (id string, err error) {
	err = need("AddAccount", field{"Provider", string(a.Provider)}, field{"ProviderID", a.ProviderID},
		field{"Name", a.Name}, field{"OwnerID", a.OwnerID})
	if err != nil {
		return "", err
	}
	provider, err := enumLiteral("AddAccount: Provider", string(a.Provider))
	if err != nil {
		return "", err
	}
	// The type of the provider is not public for this operation, so it is a literal.
	document := `mutation AddAccount($creds: String, $description: String!, $displayName: String!, $name: String!, $ownerID: ID!, $providerID: ID!) {
  addAccountV3(input: {creds: $creds, description: $description, displayName: $displayName, name: $name, ownerId: $ownerID, provider: ` + provider + `, providerId: $providerID, providerType: CLOUD}) {
    id
  }
}`
	variables := struct {
		Creds       string `json:"creds,omitempty"`
		Description string `json:"description"`
		DisplayName string `json:"displayName"`
		Name        string `json:"name"`
		OwnerID     string `json:"ownerID"`
		ProviderID  string `json:"providerID"`
	}{string(a.Creds), a.Description, cmp.Or(a.DisplayName, a.Name), a.Name, a.OwnerID, a.ProviderID}
	var data struct{ AddAccountV3 *operations.Created }
	err = c.do(ctx, document, variables, &data, secrets{variables: a.Creds.secrets()})
	return created("AddAccount", data.AddAccountV3, err)
}

// AddAccountV2 connects an account as Klarity's documentation shows it
// (docs.klarity.nordcloudapp.com/usage/api-actions) and returns its ID. The operation is
// addAccountV2, which needs Creds.
func (c *Client) AddAccountV2(ctx context.Context, a NewAccount) (id string, err error) {
	err = need("AddAccountV2", field{"Provider", string(a.Provider)}, field{"ProviderID", a.ProviderID},
		field{"Name", a.Name}, field{"OwnerID", a.OwnerID}, field{"Creds", string(a.Creds)})
	if err != nil {
		return "", err
	}
	data, err := operations.AddAccountV2(ctx, generated{c, secrets{variables: a.Creds.secrets()}},
		a.Provider, a.ProviderID, a.Name, a.OwnerID, string(a.Creds))
	return created("AddAccountV2", data.AddAccountV2, err)
}

// AccountUpdate is what an account becomes. All fields but the last are sent always: take them
// from [Client.Accounts], and change what is to change.
type AccountUpdate struct {
	Provider    Provider // required
	ProviderID  string   // required
	Name        string   // required
	DisplayName string   // the Name when it is empty
	Description string   // may be empty

	// OwnerID is the ID of a Person. When it is empty it is not sent: what the API does then
	// is not public.
	OwnerID string
}

// UpdateAccount changes an account. The operation is updateAccountV3
// (github.com/andreainnocenti/ibmcloud-klarity-finops, from version 1.2.0).
func (c *Client) UpdateAccount(ctx context.Context, nid string, a AccountUpdate) error {
	err := need("UpdateAccount", field{"nid", nid}, field{"Provider", string(a.Provider)},
		field{"ProviderID", a.ProviderID}, field{"Name", a.Name})
	if err != nil {
		return err
	}
	provider, err := enumLiteral("UpdateAccount: Provider", string(a.Provider))
	if err != nil {
		return err
	}
	document := `mutation UpdateAccount($nid: ID!, $description: String!, $displayName: String!, $name: String!, $ownerID: ID, $providerID: ID!) {
  updateAccountV3(nid: $nid, input: {description: $description, displayName: $displayName, name: $name, ownerId: $ownerID, provider: ` + provider + `, providerId: $providerID}) {
    id
  }
}`
	variables := struct {
		NID         string `json:"nid"`
		Description string `json:"description"`
		DisplayName string `json:"displayName"`
		Name        string `json:"name"`
		OwnerID     string `json:"ownerID,omitempty"`
		ProviderID  string `json:"providerID"`
	}{nid, a.Description, cmp.Or(a.DisplayName, a.Name), a.Name, a.OwnerID, a.ProviderID}
	var data struct{ UpdateAccountV3 *operations.Created }
	err = c.Do(ctx, document, variables, &data)
	if err == nil && data.UpdateAccountV3 == nil {
		err = incomplete("mutation", "UpdateAccount", "the account")
	}
	return err
}

// RemoveAccount disconnects an account. The operation is removeAccountV3
// (github.com/andreainnocenti/ibmcloud-klarity-finops, from version 1.2.0).
func (c *Client) RemoveAccount(ctx context.Context, nid string) error {
	if err := need("RemoveAccount", field{"nid", nid}); err != nil {
		return err
	}
	data, err := operations.RemoveAccount(ctx, generated{c: c}, nid)
	if err == nil && data.RemoveAccountV3 == nil {
		err = incomplete("mutation", "RemoveAccount", "the account")
	}
	return err
}
