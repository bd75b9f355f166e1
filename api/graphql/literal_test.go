package graphql

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	gql "github.com/vektah/gqlparser/v2/parser"
)

// A text comes out of a document as it went in, whatever is in it, and never gets out of its
// string.
func FuzzStringLiteral(f *testing.F) {
	for _, seed := range []string{
		"", `"`, `\`, `\"`, `"""`, `"""block"""`, `\u0041`, `\u{1F600}`, "\x00\x01\x1f\x7f\u0080\u009f", "\r\n\t\b\f", "\u2028\u2029\ufeff\ufffd\uffff",
		"😀\U0010ffff", "\xed\xa0\xbd\xed\xb8\x80", "\xff\xfe", "a\"}) { removeAccountV3(nid: \"1\") { id } } #", "${x} $x @skip(if: true) ...F",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		literal := stringLiteral(text)
		if strings.ContainsFunc(literal, func(r rune) bool { return r < ' ' }) || !utf8.ValidString(literal) {
			t.Fatalf("%q has control characters", literal)
		}
		document := "mutation M { f(a: " + literal + ") }"
		parsed, err := gql.ParseQuery(&ast.Source{Input: document})
		if err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		if len(parsed.Operations) != 1 || len(parsed.Operations[0].SelectionSet) != 1 {
			t.Fatalf("%s has more than one field", document)
		}
		got := parsed.Operations[0].SelectionSet[0].(*ast.Field).Arguments[0].Value
		if want := strings.ToValidUTF8(text, "\ufffd"); got.Kind != ast.StringValue || !sameText(got.Raw, want) {
			t.Errorf("got %q, want %q", got.Raw, want)
		}
		if op := parseDocument(document); op.query || op.name != "M" {
			t.Errorf("%s is read as %+v", document, op)
		}
	})
}

// sameText compares texts whose replaced bytes may have become one replacement or several.
func sameText(a, b string) bool {
	fold := func(s string) string {
		for strings.Contains(s, "\ufffd\ufffd") {
			s = strings.ReplaceAll(s, "\ufffd\ufffd", "\ufffd")
		}
		return s
	}
	return fold(a) == fold(b)
}

// What other lexers may take for the end of a line, or leave out, is escaped.
func TestStringLiteralEscapes(t *testing.T) {
	const text = "\x00\t\n\r\x7f\u0085\u2028\u2029\ufeff\"\\é😀"
	want := `"\u0000\u0009\n\u000d\u007f\u0085\u2028\u2029\ufeff\"\\é😀"`
	if got := stringLiteral(text); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEnumLiteral(t *testing.T) {
	for _, ok := range []string{"AWS", "aws", "_x9", "A_B", "nulls"} {
		if got, err := enumLiteral("Provider", ok); got != ok || err != nil {
			t.Errorf("%q: got %q, %v", ok, got, err)
		}
	}
	for _, bad := range []string{"", "9A", "A B", "A-B", "A}", `"A"`, "Ä", "A\n", "true", "false", "null", "$x", "A,b: C"} {
		if got, err := enumLiteral("Provider", bad); err == nil || !strings.Contains(err.Error(), "Provider") {
			t.Errorf("%q: got %q, %v", bad, got, err)
		}
	}
}
