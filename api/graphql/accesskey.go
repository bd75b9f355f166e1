package graphql

import "context"

// AccessKeyRole is what an API key may do.
type AccessKeyRole string

// RoleAdmin is the only role that a public source names for [Client.CreateAccessKey]. Which of
// the roles on Klarity's pages it is, is not public.
const RoleAdmin AccessKeyRole = "ADMIN"

// CreateAccessKey creates an API key. Save it at once: its secret cannot be read again. A new
// key may take up to five minutes until it works. Formatting a [Key] does not show its secret:
// string(key) is the whole.
//
// The operation is createAccessKey (docs.klarity.nordcloudapp.com/events). The types of its fields
// are not public, so its values are sent as literals, escaped, and not as variables; nor is there
// a public field for an expiration date. No error, log or span shows the response's body, since
// it may hold the secret.
func (c *Client) CreateAccessKey(ctx context.Context, role AccessKeyRole, description string) (Key, error) {
	if err := need("CreateAccessKey", field{"role", string(role)}, field{"description", description}); err != nil {
		return "", err
	}
	literal, err := enumLiteral("CreateAccessKey: role", string(role))
	if err != nil {
		return "", err
	}
	document := `mutation CreateAccessKey {
  createAccessKey(input: {role: ` + literal + `, description: ` + stringLiteral(description) + `}) {
    id
    secret
  }
}`
	// Decoding into a string would show a secret that is none in its error.
	var data struct{ CreateAccessKey map[string]any }
	err = c.do(ctx, document, nil, &data, secrets{data: true})
	id, _ := data.CreateAccessKey["id"].(string)
	secret, _ := data.CreateAccessKey["secret"].(string)
	switch {
	case id != "" && secret != "":
		return Key(id + "/" + secret), err // also beside an error: it is shown this once
	case err == nil:
		err = incomplete("mutation", "CreateAccessKey", "the ID and secret of the key")
	}
	return "", err
}
