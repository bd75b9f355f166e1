package graphql

import _ "embed"

//go:embed schema.graphql
var schema string

// Schema returns the schema of Klarity's GraphQL API as far as it is public, in the schema
// language of GraphQL, with the source of each operation in its comments. The API's own schema
// is larger: a document that does not fit to this one may still be right.
func Schema() string { return schema }
