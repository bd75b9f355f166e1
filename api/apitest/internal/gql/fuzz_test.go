package gql_test

import (
	"encoding/json"
	"testing"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
)

// Whatever the document and the variables, the response is JSON, and has data or errors.
func FuzzExecute(f *testing.F) {
	for _, query := range []string{
		``, `{`, `{ text }`, `{ a: text b: text ... on Query { must } }`, `query q($v: Int = 1) { items(limit: $v) { name children(limit: 2) { must } } }`,
		`mutation { add(n: 1) fail }`, `{ ...f } fragment f on Query { ...f }`, bomb(3), nest(3), `{ strict { item { must } items { must ok } } }`,
		`{ echo(input: {text: "é\u00e9\n", inner: {text: """b"""}, sizes: [SMALL]}, matrix: [[1], null], id: 5, float: 1e9) }`,
		`query($v: String!, $b: Boolean!) { needs(text: $v) @skip(if: $b) text @include(if: $b) @defer }`, `{ __schema { types { name } } __typename }`,
		`query($v: [[Int!]], $i: Input) { echo(matrix: $v, input: $i) }`, `{ fails mustFail wrong wrongEnum wrongList wrongItem { name } missing nothing { name } }`,
		`{ item { name } items(limit: null) { name } }`, `{ items(limit: 2000000000) { name } }`, `subscription { text }`, `query a { text } query b { number }`, `{ text @oneOf @deprecated }`, "{ text\x00 }", "\ufeff{ text }",
	} {
		f.Add(query, "", []byte(`{"v":5,"b":true,"i":{"text":"x"}}`))
		f.Add(query, "b", []byte(`{"v":[["x"],null],"b":null}`))
	}
	s := load(f)
	f.Fuzz(func(t *testing.T, query, operation string, variables []byte) {
		var vars map[string]any
		_ = json.Unmarshal(variables, &vars)
		root := queries()
		root["add"], root["fail"] = value(1), failure("no")
		got := run(t, s, gql.Request{Query: query, OperationName: operation, Variables: vars}, root)
		var parsed struct {
			Data   map[string]any
			Errors []any
		}
		if err := json.Unmarshal([]byte(got), &parsed); err != nil {
			t.Fatalf("%v in %q", err, got)
		}
		if parsed.Data == nil && len(parsed.Errors) == 0 {
			t.Errorf("got %q, want data or errors", got)
		}
	})
}
