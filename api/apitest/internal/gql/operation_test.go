package gql_test

import (
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
)

func TestDocumentsThatAreRefused(t *testing.T) {
	s := load(t)
	for _, test := range []struct{ name, query, operation, want string }{
		{"empty", ``, "", "no operation"},
		{"white space", "  \n# nothing\n", "", "no operation"},
		{"syntax", `{ text`, "", `"line":1`},
		{"only a fragment", `fragment f on Query { text }`, "", "no operation"},
		{"unknown field", `{ texts }`, "", `Cannot query field`},
		{"unknown argument", `{ items(max: 1) { name } }`, "", `Unknown argument`},
		{"missing argument", `{ needs }`, "", `is required`},
		{"unknown fragment", `{ ...f }`, "", `Unknown fragment`},
		{"unused fragment", `{ text } fragment f on Query { text }`, "", `never used`},
		{"unused variable", `query($v: Int) { text }`, "", `never used`},
		{"undefined variable", `{ items(limit: $v) { name } }`, "", `not defined`},
		{"conflicting fields", `{ x: text x: number }`, "", `conflict`},
		{"conflicting arguments", `{ items(limit: 1) { name } items(limit: 2) { name } }`, "", `conflict`},
		{"object without a selection", `{ item }`, "", `selection of subfields`},
		{"scalar with a selection", `{ text { x } }`, "", `must not have a selection`},
		{"subscription", `subscription { text }`, "", `Schema`},
		{"cycle", `{ ...f } fragment f on Query { ...f }`, "", `Cannot spread fragment`},
		{"cycle of two", `{ item(id: 1) { ...f } } fragment f on Item { children(limit: 1) { ...g } } fragment g on Item { children(limit: 1) { ...f } }`, "", `Cannot spread fragment`},
		{"introspection", `{ __schema { types { name } } }`, "", `introspection is refused`},
		{"introspection of a type", `{ t: __type(name: "Item") { name } }`, "", `introspection is refused`},
		{"introspection in a fragment", `{ ...f } fragment f on Query { ... { __schema { description } } }`, "", `introspection is refused`},
		{"several operations", `query a { text } query b { number }`, "", `operationName must name one`},
		{"another operation", `query a { text }`, "b", `no operation of the name`},
		{"two of a name", `query a { text } query a { number }`, "a", `only one operation named`},
		{"a type definition", `type X { y: Int }`, "", `Unexpected`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, s, gql.Request{Query: test.query, OperationName: test.operation}, nil)
			if strings.Contains(got, `"data"`) || !strings.Contains(got, test.want) {
				t.Errorf("got %s, want no data and %q", got, test.want)
			}
		})
	}
}

func TestOperationNameChooses(t *testing.T) {
	got := run(t, load(t), gql.Request{Query: `query a { text } query b { number }`, OperationName: "b"}, queries())
	if want := `{"data":{"number":7}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestErrorsOfADocumentAreListedUpToALimit(t *testing.T) {
	_, errs := load(t).Prepare(gql.Request{Query: "{ " + strings.Repeat("unknown ", 100) + "}"})
	if len(errs) != 21 || !strings.Contains(errs[20].Message, "more errors") {
		t.Errorf("got %d errors, the last %+v, want 20 and how many more", len(errs), errs[len(errs)-1])
	}
}

func TestSchemasThatAreRefused(t *testing.T) {
	for _, source := range []string{
		`type Query {`, `type Query { a: Missing }`,
		`interface Node { id: ID } type Query { node: Node }`,
		`union U = A type A { x: Int } type Query { u: U }`,
	} {
		if _, err := gql.Load(source); err == nil {
			t.Errorf("%s: got no error", source)
		}
	}
}
