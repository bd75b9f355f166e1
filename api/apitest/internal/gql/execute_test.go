package gql_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
)

func TestExecute(t *testing.T) {
	s := load(t)
	for _, test := range []struct {
		name, query, variables string
		want                   string
	}{
		{"order of the selection", `{ number text }`, ``, `{"data":{"number":7,"text":"hello"}}`},
		{"the other order", `{ text number }`, ``, `{"data":{"text":"hello","number":7}}`},
		{"aliases", `{ a: text b: text }`, ``, `{"data":{"a":"hello","b":"hello"}}`},
		{"typename", `{ __typename t: __typename item(id: "x") { __typename } }`, ``, `{"data":{"__typename":"Query","t":"Query","item":{"__typename":"Item"}}}`},
		{"named operation", `query q { text }`, ``, `{"data":{"text":"hello"}}`},
		{"fragment", `query { item(id: "x") { ...f name } } fragment f on Item { size }`, ``, `{"data":{"item":{"size":"SMALL","name":"x"}}}`},
		{"fragment twice", `{ item(id: "x") { ...f ...f } } fragment f on Item { name }`, ``, `{"data":{"item":{"name":"x"}}}`},
		{"inline fragment", `{ item(id: "x") { ... on Item { name } ... { size } } }`, ``, `{"data":{"item":{"name":"x","size":"SMALL"}}}`},
		{"merged fields", `{ item(id: "x") { name } item(id: "x") { size name } }`, ``, `{"data":{"item":{"name":"x","size":"SMALL"}}}`},
		{"merged across fragments", `{ item(id: "x") { children(limit: 1) { name } } ...f } fragment f on Query { item(id: "x") { children(limit: 1) { size } } }`, ``,
			`{"data":{"item":{"children":[{"name":"x.a","size":"SMALL"}]}}}`},
		{"nested arguments", `{ items(limit: 2) { n: name children(limit: 1) { name } } }`, ``,
			`{"data":{"items":[{"n":"a","children":[{"name":"a.a"}]},{"n":"b","children":[{"name":"b.a"}]}]}}`},
		{"empty list", `{ items(limit: 0) { name } }`, ``, `{"data":{"items":[]}}`},
		{"default of an argument", `{ items { name } }`, ``, `{"data":{"items":[{"name":"a"},{"name":"b"}]}}`},
		{"default of a variable", `query($n: Int = 1) { items(limit: $n) { name } }`, ``, `{"data":{"items":[{"name":"a"}]}}`},
		{"unset variable leaves the default", `query($n: Int) { items(limit: $n) { name } }`, ``, `{"data":{"items":[{"name":"a"},{"name":"b"}]}}`},
		{"null object", `{ nothing { name } }`, ``, `{"data":{"nothing":null}}`},
		{"skip and include", `query($yes: Boolean!, $no: Boolean!) {
			a: text @skip(if: $yes) b: text @skip(if: $no) c: text @include(if: $yes) d: text @include(if: $no)
			e: text @skip(if: false) @include(if: true) ... @include(if: $no) { f: text } ...g @skip(if: $yes)
		} fragment g on Query { g: text }`, `{"yes":true,"no":false}`, `{"data":{"b":"hello","c":"hello","e":"hello"}}`},
		{"include by a variable whose default is replaced by null", `query($v: Boolean = true) { text ... @include(if: $v) { number } }`, `{"v":null}`,
			`{"errors":[{"message":"the argument if of @include: must not be null"}]}`},
		{"skip by one", `query($v: Boolean = false) { text number @skip(if: $v) }`, `{"v":null}`, `{"errors":[{"message":"the argument if of @skip: must not be null"}]}`},

		{"error beside data", `{ fails text }`, ``, `{"data":{"fails":null,"text":"hello"},"errors":[{"message":"no text today","path":["fails"],"locations":[{"line":1,"column":3}]}]}`},
		{"error under an alias", `{ x: fails }`, ``, `{"data":{"x":null},"errors":[{"message":"no text today","path":["x"],"locations":[{"line":1,"column":3}]}]}`},
		{"non-null root", `{ text mustFail }`, ``, `{"data":null,"errors":[{"message":"no text ever","path":["mustFail"],"locations":[{"line":1,"column":8}]}]}`},
		{"null where the schema has none", `{ text must }`, ``, `{"data":null,"errors":[{"message":"the value must not be null","path":["must"],"locations":[{"line":1,"column":8}]}]}`},
		{"null goes up to what may be null", `{ text strict { text item { ok must } } number }`, ``,
			`{"data":{"text":"hello","strict":null,"number":7},"errors":[{"message":"broken","path":["strict","item","must"],"locations":[{"line":1,"column":32}]}]}`},
		{"null goes up through a list", `{ strict { items { must } } }`, ``,
			`{"data":{"strict":null},"errors":[{"message":"the value must not be null","path":["strict","items",1,"must"],"locations":[{"line":1,"column":20}]}]}`},
		{"value of the wrong type", `{ wrong }`, ``, `{"data":{"wrong":null},"errors":[{"message":"the value is a string, not a Int","path":["wrong"],"locations":[{"line":1,"column":3}]}]}`},
		{"value outside of the enum", `{ wrongEnum }`, ``, `{"data":{"wrongEnum":null},"errors":[{"message":"the value is a string, not a Size","path":["wrongEnum"],"locations":[{"line":1,"column":3}]}]}`},
		{"no list", `{ wrongList }`, ``, `{"data":{"wrongList":null},"errors":[{"message":"the value is a int, not a list","path":["wrongList"],"locations":[{"line":1,"column":3}]}]}`},
		{"no object", `{ wrongItem { name } }`, ``, `{"data":{"wrongItem":null},"errors":[{"message":"the value is a string, not an object","path":["wrongItem"],"locations":[{"line":1,"column":3}]}]}`},
		{"no JSON", `{ unmarshalable }`, ``, `{"data":{"unmarshalable":null},"errors":[{"message":"the value has no JSON: json: unsupported type: func()","path":["unmarshalable"],"locations":[{"line":1,"column":3}]}]}`},
		{"no resolver", `{ missing }`, ``, `{"data":{"missing":null},"errors":[{"message":"nothing is known of Query.missing","path":["missing"],"locations":[{"line":1,"column":3}]}]}`},
		{"a literal too large", `{ echo(number: 3000000000) }`, ``, `{"data":{"echo":null},"errors":[{"message":"the argument number: must be an integer of 32 bits","path":["echo"],"locations":[{"line":1,"column":3}]}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var variables map[string]any
			if test.variables != "" {
				if err := json.Unmarshal([]byte(test.variables), &variables); err != nil {
					t.Fatal(err)
				}
			}
			got := run(t, s, gql.Request{Query: test.query, Variables: variables}, queries())
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestMutationsAreExecutedInOrder(t *testing.T) {
	var sum int
	var order []int
	root := map[string]gql.Resolver{
		"add": func(args map[string]any) (any, error) {
			n := args["n"].(int)
			sum += n
			order = append(order, n)
			return sum, nil
		},
		"fail": failure("not this one"),
	}
	op, errs := load(t).Prepare(gql.Request{Query: `mutation m { c: add(n: 3) fail a: add(n: 1) b: add(n: 2) }`})
	if errs != nil || !op.Mutation || op.Name != "m" || op.Len() != 4 {
		t.Fatalf("got %+v, %v, want the mutation m with 4 fields", op, errs)
	}
	resp := op.Execute(root)
	if got, want := string(resp.Data), `{"c":3,"fail":null,"a":4,"b":6}`; got != want || len(resp.Errors) != 1 {
		t.Errorf("got %s and the errors %v, want %s and one error", got, resp.Errors, want)
	}
	if len(order) != 3 || order[0] != 3 || order[1] != 1 || order[2] != 2 {
		t.Errorf("got the order %v, want 3, 1, 2", order)
	}
}

func TestLastFieldOfAResponseIsBounded(t *testing.T) {
	got := run(t, load(t), gql.Request{Query: "{ text }"}, map[string]gql.Resolver{"text": value(strings.Repeat("x", 33<<20))})
	if !strings.HasPrefix(got, `{"data":null,"errors":[{"message":"the response has more than`) {
		t.Errorf("got %.100s", got)
	}
}

func TestResponseIsBounded(t *testing.T) {
	big := value(strings.Repeat("x", 1<<20))
	var query strings.Builder
	for i := range 40 {
		query.WriteString(" " + strings.Repeat("a", i+1) + ":text")
	}
	got := run(t, load(t), gql.Request{Query: "{" + query.String() + "}"}, map[string]gql.Resolver{"text": big})
	if want := `{"data":null,"errors":[{"message":"the response has more than 33554432 bytes"}]}`; got != want {
		t.Errorf("got %.300s, want %s", got, want)
	}
}

func TestErrorsOfAResponseAreBounded(t *testing.T) {
	list := make([]any, 5000)
	for i := range list {
		list[i] = map[string]any{"name": failure("no name")}
	}
	op, errs := load(t).Prepare(gql.Request{Query: `{ items { name } }`})
	if errs != nil {
		t.Fatal(errs)
	}
	if resp := op.Execute(map[string]gql.Resolver{"items": value(list)}); len(resp.Errors) != 1000 {
		t.Errorf("got %d errors, want 1000", len(resp.Errors))
	}
}
