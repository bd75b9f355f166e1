package wire

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// FieldError says which field of a record breaks which rule.
type FieldError struct {
	// Field is the path of the value in the record's JSON, such as costs.values[3].date,
	// tags["cost centre"] or metadata.license.expires. It is empty if the rule is about
	// the record as a whole. A path of more than maxPath bytes is shortened in the middle.
	Field string

	// Rule is what the contract requires, such as "must have at most 255 characters".
	Rule string

	// Got describes the value: its size ("has 300 characters") or its beginning, quoted
	// (`is "12,50"`). It is empty if Rule needs no explanation.
	Got string
}

// Error returns field, rule and value in one sentence:
//
//	costs.values[3].value: must be a decimal number with a dot, without sign or exponent; is "12,50"
func (e *FieldError) Error() string {
	var s strings.Builder
	if e.Field != "" {
		s.WriteString(e.Field)
		s.WriteString(": ")
	}
	s.WriteString(e.Rule)
	if e.Got != "" {
		s.WriteString("; ")
		s.WriteString(e.Got)
	}
	return s.String()
}

// The path of an error is built from its end to its beginning, while the error is returned
// through the callers. Encoding a valid record does no work for it.

// Under puts the property name before the path of the error.
func (e *FieldError) Under(name string) *FieldError {
	switch {
	case e.Field == "":
		e.Field = name
	case e.Field[0] == '[':
		e.Field = bounded(name + e.Field)
	default:
		e.Field = bounded(name + "." + e.Field)
	}
	return e
}

// At puts item i of an array before the path of the error.
func (e *FieldError) At(i int) *FieldError { return e.Under("[" + strconv.Itoa(i) + "]") }

// Key puts a key before the path of the error, always quoted: the keys of tags are free text.
func (e *FieldError) Key(key string) *FieldError { return e.Under("[" + quote(key) + "]") }

// OfKey turns the error of [AppendText] for a key into the error of its object.
func (e *FieldError) OfKey(key string) *FieldError {
	e.Rule = "must have a key that is UTF-8 text"
	return e.Key(key)
}

// member puts a key of a free-form object before the path of the error. It is quoted unless
// it looks like the name of a property.
func (e *FieldError) member(key string) *FieldError {
	if isName(key) {
		return e.Under(key)
	}
	return e.Key(key)
}

// isName reports whether key consists of ASCII letters, digits, "_" and "-", and begins with
// a letter or "_".
func isName(key string) bool {
	if key == "" || len(key) > maxQuoted {
		return false
	}
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case i > 0 && (c >= '0' && c <= '9' || c == '-'):
		default:
			return false
		}
	}
	return true
}

const (
	maxPath    = 256 // bytes of a path
	maxQuoted  = 64  // bytes of a value or a key in an error, before quoting
	maxMessage = 160 // bytes of the message of an error from elsewhere
)

// bounded replaces the middle of a path of more than maxPath bytes by an ellipsis.
func bounded(path string) string {
	if len(path) <= maxPath {
		return path
	}
	head, tail := maxPath*3/8, len(path)-maxPath*3/8
	for !utf8.RuneStart(path[head]) {
		head--
	}
	for !utf8.RuneStart(path[tail]) {
		tail++
	}
	return path[:head] + "…" + path[tail:]
}

// quote returns the beginning of s as a Go string literal, which is printable and on one line.
func quote(s string) string {
	if len(s) <= maxQuoted {
		return strconv.Quote(s)
	}
	return strconv.Quote(cut(s, maxQuoted)) + "…"
}

// cut returns at most the first n bytes of s, without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := n
	for end > n-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// plural returns n and the unit, which is given in the singular.
func plural(n int, unit string) string {
	if n == 1 {
		return strconv.Itoa(n) + " " + unit
	}
	if unit == "entry" {
		return strconv.Itoa(n) + " entries"
	}
	return strconv.Itoa(n) + " " + unit + "s"
}
