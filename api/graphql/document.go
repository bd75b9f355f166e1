package graphql

import (
	"strings"

	"github.com/klarity-go/klarity/internal/transport"
)

// operation is what a document asks for, as far as sending it has to know.
type operation struct {
	query bool   // it is certain that repeating the document does no harm
	name  string // of the only operation; empty when it has none, or there are several
}

// kind is "query" or "mutation", which also stands for what cannot be told apart.
func (o operation) kind() string {
	if o.query {
		return "query"
	}
	return "mutation"
}

// String returns the kind and the name.
func (o operation) String() string {
	if o.name == "" {
		return o.kind()
	}
	return o.kind() + " " + transport.Head(o.name, 100)
}

// parseDocument reads a GraphQL document just enough to tell whether all of its operations
// are queries. A document that breaks the grammar where this matters is not a query.
func parseDocument(document string) operation {
	p := parser{rest: strings.TrimPrefix(document, "\uFEFF")}
	var names []string
	queries := 0
	for {
		t := p.next()
		if t.kind == stringToken { // a description
			t = p.next()
		}
		switch {
		case t.kind == endToken && queries > 0 && queries == len(names):
			op := operation{query: true}
			if len(names) == 1 {
				op.name = names[0]
			}
			return op
		case t.kind == endToken && len(names) == 1:
			return operation{name: names[0]}
		case t.is("{"): // a query without a keyword
			names = append(names, "")
			queries++
			if !p.skipSelection(t) {
				return operation{}
			}
		case t.is("query"), t.is("mutation"), t.is("subscription"):
			if t.is("query") {
				queries++
			}
			name := ""
			if t = p.next(); t.kind == nameToken {
				name, t = t.text, p.next()
			}
			names = append(names, name)
			if !p.skipSelection(t) {
				return operation{}
			}
		case t.is("fragment"):
			if !p.skipSelection(p.next()) {
				return operation{}
			}
		default:
			return operation{}
		}
	}
}

// skipSelection reads from t to the end of the definition, which is that of the first braces
// outside of all other brackets, and reports whether there is one.
func (p *parser) skipSelection(t token) bool {
	var open []byte
	for ; ; t = p.next() {
		switch {
		case t.kind == invalidToken, t.kind == endToken:
			return false
		case t.kind != punctuatorToken:
			continue
		}
		switch c := t.text[0]; c {
		case '(', '[', '{':
			open = append(open, c)
		case ')', ']', '}':
			n := len(open)
			if n == 0 || pairs[c] != open[n-1] {
				return false
			}
			open = open[:n-1]
			if c == '}' && n == 1 {
				return true
			}
		}
	}
}

var pairs = map[byte]byte{')': '(', ']': '[', '}': '{'}
