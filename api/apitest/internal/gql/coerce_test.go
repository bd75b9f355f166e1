package gql_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
)

func TestVariablesAndLiteralsAreCoercedAlike(t *testing.T) {
	s := load(t)
	for _, test := range []struct {
		typ, arg string
		variable string // JSON
		literal  string // "" if there is none
		want     string // of echo, or a part of the error
	}{
		{"String", "text", `"a\"b"`, `"a\"b"`, `{"text":"a\"b"}`},
		{"String", "text", `null`, `null`, `{"text":null}`},
		{"String", "text", `5`, `5`, ""},
		{"String", "text", `"block"`, `"""block"""`, `{"text":"block"}`},
		{"Int", "number", `5`, `5`, `{"number":5}`},
		{"Int", "number", `-2147483648`, `-2147483648`, `{"number":-2147483648}`},
		{"Int", "number", `5.5`, `5.5`, ""},
		{"Int", "number", `"5"`, `"5"`, ""},
		{"Int", "number", `2147483648`, `2147483648`, "32 bits"},
		{"Float", "float", `5`, `5`, `{"float":5}`},
		{"Float", "float", `1.5`, `1.5`, `{"float":1.5}`},
		{"Float", "float", `"1.5"`, `"1.5"`, ""},
		{"Boolean", "flag", `true`, `true`, `{"flag":true}`},
		{"Boolean", "flag", `"true"`, `"true"`, ""},
		{"ID", "id", `"x"`, `"x"`, `{"id":"x"}`},
		{"ID", "id", `7`, `7`, `{"id":"7"}`},
		{"ID", "id", `7.5`, `7.5`, ""},
		{"ID", "id", `9007199254740991`, `9007199254740991`, `{"id":"9007199254740991"}`},
		{"ID", "id", `9007199254740992`, ``, "a string or an integer"}, // a variable's number may not be exact any more
		{"Size", "size", `"SMALL"`, `SMALL`, `{"size":"SMALL"}`},
		{"Size", "size", `"small"`, `small`, "Size"},
		{"Size", "size", `5`, `"SMALL"`, "Size"},
		{"[String]", "texts", `["a",null]`, `["a", null]`, `{"texts":["a",null]}`},
		{"[String]", "texts", `"a"`, `"a"`, `{"texts":["a"]}`},
		{"[String]", "texts", `[]`, `[]`, `{"texts":[]}`},
		{"[String]", "texts", `["a",5]`, `["a", 5]`, ""},
		{"[[Int!]]", "matrix", `[[1],null,[]]`, `[[1], null, []]`, `{"matrix":[[1],null,[]]}`},
		{"[[Int!]]", "matrix", `[[null]]`, `[[null]]`, ""},
		{"Input", "input", `{"text":"a"}`, `{text: "a"}`, `{"input":{"number":5,"text":"a"}}`},
		{"Input", "input", `{"text":"a","number":null,"inner":{"text":"b"},"sizes":"LARGE"}`, `{text: "a", number: null, inner: {text: "b"}, sizes: LARGE}`,
			`{"input":{"inner":{"number":5,"text":"b"},"number":null,"sizes":["LARGE"],"text":"a"}}`},
		{"Input", "input", `{}`, `{}`, "text"},
		{"Input", "input", `{"text":null}`, `{text: null}`, ""},
		{"Input", "input", `{"text":"a","more":1}`, `{text: "a", more: 1}`, "more"},
		{"Input", "input", `"text"`, `"text"`, ""},
		{"Any", "any", `{"a":[1,null]}`, ``, `{"any":{"a":[1,null]}}`},
	} {
		t.Run(test.typ+" "+test.variable, func(t *testing.T) {
			var v any
			if err := json.Unmarshal([]byte(test.variable), &v); err != nil {
				t.Fatal(err)
			}
			check := func(what string, r gql.Request) {
				got := run(t, s, r, queries())
				if strings.HasPrefix(test.want, "{") {
					if want := `{"data":{"echo":` + test.want + `}}`; got != want {
						t.Errorf("%s: got  %s\nwant %s", what, got, want)
					}
				} else if !strings.Contains(got, `"message"`) || !strings.Contains(got, test.want) {
					t.Errorf("%s: got %s, want an error with %q", what, got, test.want)
				}
			}
			check("variable", gql.Request{
				Query:     "query($v: " + test.typ + ") { echo(" + test.arg + ": $v) }",
				Variables: map[string]any{"v": v, "unused": 1.0},
			})
			if test.literal != "" {
				check("literal", gql.Request{Query: "{ echo(" + test.arg + ": " + test.literal + ") }"})
			}
		})
	}
}

func TestVariablesThatAreMissing(t *testing.T) {
	s := load(t)
	for query, want := range map[string]string{
		`query($v: String!) { needs(text: $v) }`:                  `the variable $v: is required`,
		`query($v: String! = "d") { needs(text: $v) }`:            `{"data":{"needs":{"text":"d"}}}`,
		`query($v: String) { echo(text: $v) }`:                    `{"data":{"echo":{}}}`,
		`query($v: String) { echo(input: {text: $v}) }`:           `String!`,
		`query($v: String!) { echo(input: {text: $v}) }`:          `the variable $v: is required`,
		`query($v: Int) { echo(input: {text: "a", number: $v}) }`: `{"number":5,"text":"a"}`,
	} {
		if got := run(t, s, gql.Request{Query: query}, queries()); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s in it", query, got, want)
		}
	}
}
