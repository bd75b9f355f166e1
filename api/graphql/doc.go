// Package graphql sends operations to Klarity's GraphQL API, which is the API behind
// Klarity's own pages: accounts, applications, environments, people and rules are read and
// changed there. Estate records are sent to another API, with package
// [github.com/klarity-go/klarity/api].
//
// A [Client] is made once from an API key:
//
//	client, err := graphql.New("ID/SECRET")
//
// [NewFromEnv] takes the key from KLARITY_API_KEY, and the endpoint, where it is not the one of
// Klarity's documentation, from KLARITY_REGION (eu, us or uk) or KLARITY_GRAPHQL_URL.
//
// # Operations
//
// Everything that public sources show has a method. Lists are iterators over all pages:
//
//	for account, err := range client.Accounts(ctx) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(account.Provider, account.ProviderID, account.Name)
//	}
//
// [Client.Accounts], [Client.Applications] (with their environments), [Client.ApplicationCosts],
// [Client.People] and [Client.GlobalTagKeys] read; [Client.Account] and [Client.Application] read
// one; [Client.AddApplication], [Client.AddEnvironment], [Client.AddDiscoveryRule],
// [Client.AddPerson], [Client.AddAccount] and [Client.AddEvent] create; [Client.UpdateApplication],
// [Client.UpdateAccount], [Client.UpdateGlobalTagKeys] and [Client.RemoveAccount] change;
// [Client.CreateAccessKey] makes a key. Their comments name the sources. The schema that they stand
// on, [Schema], is put together from these: none is published.
//
// The schema of the API itself is larger. [Client.Do] sends any document:
//
//	var data struct {
//		AccountsV2 struct {
//			Count int
//		}
//	}
//	err := client.Do(ctx, `query { accountsV2(limit: 1, page: 0) { count } }`, nil, &data)
//
// Creation returns an ID, where reads and updates take a nid. For accounts the two are the same
// value; for the others that is likely, and not stated in any public source.
//
// # API keys
//
// An API key has an ID and a secret. Both together, with a slash between them, open the API.
// Keys are kept on Klarity's pages (docs.klarity.nordcloudapp.com/usage/api-manage): in the
// top-left corner select the main menu, then Users and Permissions, then the tab Global API
// keys. To create a key needs a user with Full access permissions.
//
// To create a key:
//
//  1. Select + Add New Api Key.
//  2. Enter a Description, which is required, and an Expiration Date, which is optional.
//  3. Select a Role, which is required.
//  4. Select + Add New Api Key to confirm.
//  5. Save the secret somewhere safe: it cannot be seen again once the page is left.
//
// To edit a key: select the icon with three dots on its row, then Edit API Key; change the
// Description, the Expiration Date or the Role; select + Edit API Key to save.
//
// To recreate the secret of a key: select the icon with three dots on its row, then Recreate
// API Secret Key, and confirm with Recreate API Secret Key. Save the new secret: it, too, is
// shown only once. Whether the old one ends at once is not stated; count on it.
//
// To delete a key: select the icon with three dots on its row, then Delete API Key, and confirm
// with Delete API Key.
//
// A new key may take up to five minutes until it works (docs.klarity.nordcloudapp.com/events).
// How the API responds before that, and to a wrong key, is not public: see [ErrKey]. Which roles
// there are, and what each permits, is not public either; a public program that changes accounts
// and tag keys (github.com/andreainnocenti/ibmcloud-klarity-finops) asks for a key with the role
// Full access.
//
// # What has no public operation
//
// Klarity's schema is larger than what is public. No public operation finds an estate record,
// or the nid that names it: the pages show estate records below their accounts and
// environments, and under Unassigned estate records. Who knows the schema, from the API
// playground that Klarity offers after logging in, sends a query of their own with Do.
//
// Nor does a public operation register an External Integration, whose ID and secret package api
// needs, though Klarity's documentation says that the GraphQL API can
// (docs.klarity.nordcloudapp.com/usage/ei-api). On the pages: select
// Main, then External Integrations, then Add New Integration. The last stage, the summary, shows
// the ID and, once, the secret.
//
// # Failures
//
// The error of an operation that was sent is an [*Error]. It holds the status, what the server
// said and every error of a response of GraphQL, with its path and extensions. Data beside
// errors is decoded all the same. errors.Is distinguishes [ErrKey], [ErrRateLimited],
// [ErrResponse] and [ErrOutcomeUnknown].
//
// A query that fails with 408, 429 or 5xx (but for 501 and 505), with a response that is cut off,
// or without any is sent again as [RetryPolicy] says. A mutation is sent again only when the
// connection was refused before anything was sent; an error of one that was sent and may have taken
// effect matches ErrOutcomeUnknown. A Retry-After holds for all requests of a client. At most 32
// MiB of a response are read.
//
// The key goes to the configured endpoint only, over https or to loopback, and follows no
// redirect. No error, log line, span or formatted value shows its secret. Secrets in the
// variables of an operation that is sent with Do are not known as such: they are not logged, but
// a server's message that repeats them is passed on. The credentials of AddAccount ([Creds]) and the
// secret of CreateAccessKey are known, and appear in none.
package graphql
