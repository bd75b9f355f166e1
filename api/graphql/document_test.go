package graphql

import (
	"strconv"
	"strings"
	"testing"
)

func TestParseDocument(t *testing.T) {
	for document, want := range map[string]string{
		`{ a }`:                       "query",
		`query { a }`:                 "query",
		`query Q { a }`:               "query Q",
		"\uFEFF query Q { a }":        "query Q",
		"#mutation\nquery Q{a}":       "query Q",
		"query#mutation\rQ,{a}":       "query Q",
		`query mutation { mutation }`: "query mutation",
		`query Q($a: T = {b: [1, -2.5e+3]}) @d(c: "}") { a(b: {c: "{"}) { d } }`: "query Q",
		`query Q { a(b: "mutation M { a }", c: "\"}", d: "") }`:                  "query Q",
		`query Q { a(b: """ mutation M { "a" \""" } """) }`:                      "query Q",
		`query Q { ...f ... on T { a } } fragment f on T { b }`:                  "query Q",
		`fragment f on T { b } query Q { ...f }`:                                 "query Q",
		`"it reads" query Q { a }`:                                               "query Q",
		`query A { a } query B { b }`:                                            "query",
		`{ a } { b }`:                                                            "query",

		`mutation { a }`:                       "mutation",
		`mutation M { a }`:                     "mutation M",
		`mutation query { a }`:                 "mutation query",
		`subscription S { a }`:                 "mutation S",
		"#query Q\nmutation M { a }":           "mutation M",
		"# {a}\rmutation M { a }":              "mutation M",
		`query Q { a } mutation M { b }`:       "mutation",
		`{ a } mutation M { b }`:               "mutation",
		`{ a(b: "") } mutation M { b }`:        "mutation",
		`{ a(b: """""") } mutation M { b }`:    "mutation",
		`{ a(b: """\\""") mutation { """) }`:   "query", // in a block string a backslash escapes only its end
		`fragment f on T { b }`:                "mutation",
		``:                                     "mutation",
		`query`:                                "mutation",
		`query Q`:                              "mutation",
		`query Q {`:                            "mutation",
		`query Q { a ) }`:                      "mutation",
		`query Q { a } }`:                      "mutation",
		`query Q { a(b: "c }`:                  "mutation",
		"query Q { a(b: \"\n\") }":             "mutation",
		"query Q { a(b: \"\\\n\") }":           "mutation",
		`query Q { a(b: """c") }`:              "mutation",
		`query Q { a ; b }`:                    "mutation",
		`Query Q { a }`:                        "mutation",
		`type T { a: B }`:                      "mutation",
		"query Q { a \x00 }":                   "mutation",
		"query Q\u00a0{ a }":                   "mutation",
		`7`:                                    "mutation",
		`"a"`:                                  "mutation",
		"query " + strings.Repeat("(", 100000): "mutation",
	} {
		if got := parseDocument(document).String(); got != want {
			t.Errorf("%.80q: got %q, want %q", document, got, want)
		}
	}
}

// Whatever a document holds, it is taken for a query only if it remains one when all that the
// server ignores is put around it and stops being one beside a mutation; as text in an
// argument it changes nothing.
func FuzzParseDocument(f *testing.F) {
	for _, seed := range []string{`{ a }`, `query Q($a: T = {b: 1}) { a(b: """ \""" """) }`, `mutation M { a }`,
		`query A { a } fragment f on T { b }`, "#x\n{a}", `"`, `"""`, `{a(b:"\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		op := parseDocument(document)
		document = strings.TrimPrefix(document, "\uFEFF")
		if op.query {
			if around := parseDocument("#{\n , " + document + "\n,#}"); around != op {
				t.Errorf("%q: %v, and between comments %v", document, op, around)
			}
			for _, mixed := range []string{document + "\nmutation M { a }", "mutation M { a } " + document} {
				if parseDocument(mixed).query {
					t.Errorf("%q is taken for a query", mixed)
				}
			}
			if !strings.Contains(document, "{") {
				t.Errorf("%q is taken for a query", document)
			}
		}
		block := strings.ReplaceAll(document, `"""`, `\"""`)
		for strings.HasSuffix(block, `"`) || strings.HasSuffix(block, `\`) {
			block += " "
		}
		for _, text := range []string{quoteGraphQL(document), `"""` + block + `"""`} {
			if op := parseDocument("query Q { a(b: " + text + ") }"); !op.query || op.name != "Q" {
				t.Errorf("%q in an argument makes %v", text, op)
			}
			if parseDocument("query Q { a(b: " + text + ") } mutation M { a }").query {
				t.Errorf("%q in an argument hides a mutation", text)
			}
		}
	})
}

// quoteGraphQL makes a string of a document.
func quoteGraphQL(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ':
			b.WriteString(`\u00` + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
