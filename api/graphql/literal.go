package graphql

import (
	"fmt"
	"strings"
)

// stringLiteral returns s as a string of GraphQL (spec.graphql.org, section 2.9.4). Quotes,
// backslashes and control characters are escaped, which leaves no way out of the string. All other
// characters stand for themselves: an escape takes four digits, which do not reach beyond U+FFFF,
// and not every implementation reads two of them as one character. Bytes that are no UTF-8 become
// U+FFFD.
func stringLiteral(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ' || 0x7f <= r && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r) // RuneError for what is no UTF-8
		}
	}
	b.WriteByte('"')
	return b.String()
}

// enumLiteral returns a value of an enumeration as it stands in a document.
func enumLiteral(what, value string) (string, error) {
	for i := range len(value) {
		if !nameStart(value[i]) && (i == 0 || !digit(value[i])) {
			return "", notAnEnum(what, value)
		}
	}
	switch value {
	case "", "true", "false", "null": // they mean something else
		return "", notAnEnum(what, value)
	}
	return value, nil
}

func notAnEnum(what, value string) error {
	return &configError{fmt.Errorf("%s: %.60q is no value of an enumeration: want a name of letters, digits and underscores", what, value)}
}
