package gql_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
)

const testSchema = `
type Query {
	text: String
	number: Int
	must: String!
	fails: String
	mustFail: String!
	item(id: ID): Item
	items(limit: Int = 2, size: Size): [Item]
	strict: Strict
	echo(text: String, number: Int, float: Float, flag: Boolean, id: ID, size: Size, texts: [String], matrix: [[Int!]], input: Input, any: Any): Any
	needs(text: String!): Any
	wrong: Int
	wrongEnum: Size
	wrongList: [Int]
	wrongItem: Item
	unmarshalable: Any
	missing: String
	nothing: Item
}
type Mutation { add(n: Int!): Int! fail: Int }
type Item { name: String size: Size children(limit: Int!): [Item!] must: String! }
type Strict { item: StrictItem! items: [StrictItem!]! text: String }
type StrictItem { must: String! ok: String }
enum Size { SMALL LARGE }
scalar Any
input Input { text: String! number: Int = 5 inner: Input sizes: [Size!] }
`

func load(t testing.TB) *gql.Schema {
	t.Helper()
	s, err := gql.Load(testSchema)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func value(v any) gql.Resolver {
	return func(map[string]any) (any, error) { return v, nil }
}

func failure(text string) gql.Resolver {
	return func(map[string]any) (any, error) { return nil, errors.New(text) }
}

func item(name string) map[string]any {
	return map[string]any{
		"name": name, "size": "SMALL", "must": "have",
		"children": gql.Resolver(func(args map[string]any) (any, error) {
			var list []any
			for i := range min(args["limit"].(int), 100) {
				list = append(list, item(name+"."+string(rune('a'+i))))
			}
			return list, nil
		}),
	}
}

func queries() map[string]gql.Resolver {
	return map[string]gql.Resolver{
		"text": value("hello"), "number": value(7), "must": value(nil),
		"fails": failure("no text today"), "mustFail": failure("no text ever"),
		"item": func(args map[string]any) (any, error) {
			id, _ := args["id"].(string)
			return item(id), nil
		},
		"items": func(args map[string]any) (any, error) {
			limit, _ := args["limit"].(int)
			var list []any
			for i := range min(limit, 100) {
				list = append(list, item(string(rune('a'+i))))
			}
			return list, nil
		},
		"strict": value(map[string]any{
			"text": "t", "item": map[string]any{"must": failure("broken"), "ok": "x"},
			"items": []any{map[string]any{"must": "m", "ok": "x"}, map[string]any{"must": nil, "ok": "y"}},
		}),
		"echo":          func(args map[string]any) (any, error) { return args, nil },
		"needs":         func(args map[string]any) (any, error) { return args, nil },
		"wrong":         value("text"),
		"wrongEnum":     value("MEDIUM"),
		"wrongList":     value(5),
		"wrongItem":     value("item"),
		"unmarshalable": value(func() {}),
		"nothing":       value(nil),
	}
}

// run executes a document with the resolvers above and returns the response's JSON.
func run(t testing.TB, s *gql.Schema, r gql.Request, root map[string]gql.Resolver) string {
	t.Helper()
	op, errs := s.Prepare(r)
	resp := gql.Response{Errors: errs}
	if errs == nil {
		resp = op.Execute(root)
	}
	body, err := json.Marshal(resp)
	if err != nil {
		t.Fatalf("%v in %+v", err, resp)
	}
	return string(body)
}
