package gql_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
)

// nest returns n levels of items within one another.
func nest(n int) string {
	return "{ items " + strings.Repeat("{ children(limit: 1) ", n) + "{ name }" + strings.Repeat("}", n+1)
}

// bomb returns a document whose fragments spread one another twice each.
func bomb(n int) string {
	var b strings.Builder
	b.WriteString(`{ item(id: "x") { ...f0 } }`)
	for i := range n {
		fmt.Fprintf(&b, " fragment f%d on Item { a: children(limit: 1) { ...f%d } b: children(limit: 1) { ...f%d } }", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment f%d on Item { name }", n)
	return b.String()
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// fragments returns n fragments on Query with a field each, all of them spread at once.
func fragments(n int, field string) string {
	return "{" + numbered(n, " ...f%d") + "}" + numbered(n, " fragment f%d on Query { "+field+" }")
}

func TestHostileDocumentsAreRefusedSoon(t *testing.T) {
	s := load(t)
	for _, test := range []struct{ name, query, want string }{
		{"deep", nest(18), `"data"`},
		{"too deep", nest(19), "levels deep"},
		{"much too deep", nest(1500), "nesting"},
		{"deep values", `{ echo(any: ` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `) }`, "nesting"},
		{"deep types", `query($v: ` + strings.Repeat("[", 100_000) + "Int" + strings.Repeat("]", 100_000) + `) { text }`, "nesting"},
		{"fragments that double", bomb(10), "more than 1000 fields"},
		{"fragments that double deeply", bomb(60), "levels deep"},
		{"many fields", "{" + strings.Repeat(" text", 1001) + "}", "more than 1000 fields"},
		{"one field many times", "{" + strings.Repeat(" text", 999) + "}", `"data"`},
		{"many aliases", "{" + numbered(999, " a%d: text") + "}", `"data"`},
		{"many tokens", "{" + strings.Repeat(" text", 20_000) + "}", "token limit"},
		{"many comments", strings.Repeat("#\n", 20_000) + "{ text }", "token limit"},
		{"many bytes", "{ text }" + strings.Repeat(" ", 1<<20), "1048584 bytes"},
		{"long name", "{ " + strings.Repeat("x", 1<<17) + " }", "Cannot query field"},
		{"long names", "{" + numbered(999, " "+strings.Repeat("x", 200)+"%d") + "}", "Cannot query field"},
		{"long arguments", "{ items(" + numbered(1000, strings.Repeat("x", 1000)+"%d: 1 ") + ") { name } }", "Unknown argument"},
		{"many unknown types", "query(" + numbered(1000, "$v%d: "+strings.Repeat("X", 1000)+" ") + ") { text }", "Unknown type"},
		{"many variables", "query(" + numbered(3000, "$v%d: Int ") + ") { text }", "never used"},
		{"many directives", "{ text" + strings.Repeat(" @skip(if: false)", 2000) + "}", "can only be used once"},
		{"many operations", numbered(900, "query q%d { text } "), "operationName must name one"},
		{"one fragment many times", "{" + strings.Repeat(" ...f", 900) + "} fragment f on Query { text number }", `"data"`},
		{"many fragments", fragments(450, "text"), `"data"`},
		{"many fragments that conflict", fragments(190, `x: items { x: children(limit: 1) { x: name } }`), `"data"`},
		{"many fields of many kinds", "{" + numbered(300, ` items { children(limit: 1) { a%d: name } }`) + "}", `"data"`},
		{"fragments that nobody uses", "{ ...f0 }" + numbered(300, " fragment f%d on Query { text ...g%[1]d } fragment g%[1]d on Query { number }"), "never used"},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			got := run(t, s, gql.Request{Query: test.query}, queries())
			if took := time.Since(start); took > 20*time.Second { // a tenth of a second, without the race detector
				t.Errorf("took %v", took)
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("got %.500s, want %q in it", got, test.want)
			}
			if len(got) > 200_000 {
				t.Errorf("got a response of %d bytes", len(got))
			}
		})
	}
}
