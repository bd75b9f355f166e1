package bill

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSlug is how long a slug may be: a type has two of them and at most 255 characters.
const maxSlug = 120

// slug is a name as a part of a type: in lower case, letters and digits of any script as they are,
// and one hyphen for all that stands between them. It is "" for a name without any.
func slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(unicode.ToLower(r))
	}
	text := b.String()
	if utf8.RuneCountInString(text) > maxSlug {
		text = cut(text, maxSlug-1-hashDigits) + "-" + hash(text)
	}
	return text
}

// slugs remembers the slugs of names: there are few different ones in a bill.
type slugs map[string]string

// The bounds of what is remembered of a file in which they are neither few nor short.
const (
	maxRemembered = 10_000
	maxName       = 1000
)

func (s slugs) of(name string) string {
	if found, ok := s[name]; ok {
		return found
	}
	if len(s) >= maxRemembered {
		clear(s)
	}
	text := slug(name)
	if len(name) <= maxName {
		s[strings.Clone(name)] = text
	}
	return text
}
