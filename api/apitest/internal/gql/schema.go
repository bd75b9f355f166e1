// Package gql executes GraphQL documents: it validates a document against a schema, plans the
// chosen operation, and writes the response from what functions return for the fields.
//
// It is made for a small schema and for documents that nobody has looked at. Objects, enums,
// scalars and input objects are supported, interfaces and unions are not; introspection is
// refused. A document is bounded in bytes, tokens, selections and depth before anything that
// costs more than reading it, and a response in bytes.
package gql

import (
	"fmt"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// A Schema is what documents are validated against. It is safe for concurrent use.
type Schema struct {
	types *ast.Schema
	rules *rules.Rules
}

// Load parses a schema in GraphQL's schema language.
func Load(source string) (*Schema, error) {
	types, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: source})
	if err != nil {
		return nil, fmt.Errorf("gql: %w", err)
	}
	for name, t := range types.Types {
		if t.IsAbstractType() {
			return nil, fmt.Errorf("gql: the schema has an interface or union, %s, which is not supported", name)
		}
	}
	return &Schema{types, rules.NewDefaultRules()}, nil
}
