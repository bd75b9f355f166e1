package wire

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// FieldError says which field of a record breaks which rule.
type FieldError struct {
	// Field is where the value stands in the record's JSON, such as
	// costs.values[3].date, tags["cost centre"] or metadata.license.expires. It is empty
	// when the rule is about the record as a whole. The middle of a very long path is left
	// out.
	Field string

	// Rule is what the contract demands, such as "must have at most 255 characters".
	Rule string

	// Got describes the value: its size ("has 300 characters") or its beginning, quoted
	// (`is "12,50"`). It may be empty where the rule says it all.
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

// The path of an error is made from its end to its beginning while the error travels up,
// so that a record without one pays nothing for it.

// Under moves the error below the property name.
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

// At moves the error below item i of an array.
func (e *FieldError) At(i int) *FieldError { return e.Under("[" + strconv.Itoa(i) + "]") }

// Key moves the error below a key of an object whose keys are the caller's free choice.
func (e *FieldError) Key(key string) *FieldError { return e.Under("[" + quote(key) + "]") }

// OfKey turns the error of a text into one of a key.
func (e *FieldError) OfKey(key string) *FieldError {
	e.Rule = "must have a key that is UTF-8 text"
	return e.Key(key)
}

// member moves the error below a key of a free-form object, where a key that looks like a
// name is written like one.
func (e *FieldError) member(key string) *FieldError {
	if isName(key) {
		return e.Under(key)
	}
	return e.Key(key)
}

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
	maxQuoted  = 64  // bytes of a value or key that are shown
	maxMessage = 160 // bytes of another error's message that are shown
)

// bounded leaves out the middle of a path that is too long.
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

// quote returns the beginning of s, quoted and without anything that would disturb a log.
func quote(s string) string {
	if len(s) <= maxQuoted {
		return strconv.Quote(s)
	}
	return strconv.Quote(cut(s, maxQuoted)) + "…"
}

// cut returns at most the first n bytes of s, whole characters.
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

func plural(n int, unit string) string {
	if n == 1 {
		return strconv.Itoa(n) + " " + unit
	}
	if unit == "entry" {
		return strconv.Itoa(n) + " entries"
	}
	return strconv.Itoa(n) + " " + unit + "s"
}
