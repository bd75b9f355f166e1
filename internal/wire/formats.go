package wire

import (
	"regexp"
	"sync"
)

// A pattern or format of the contract that the generator knows has its own function here,
// which says the same as the regular expression in a fraction of the time. The text that
// passes consists of characters that need no escape in JSON.

const (
	// DecimalRule is what IsDecimal demands, in words.
	DecimalRule = "must be a decimal number with a dot, without sign or exponent"

	// MonthRule is what IsMonth demands, in words.
	MonthRule = "must be a month as YYYY-MM, from 2000-01 to 2999-12"

	// UUIDRule is what IsUUID demands, in words.
	UUIDRule = "must be a UUID: 32 hexadecimal digits, grouped 8-4-4-4-12 by hyphens"
)

// IsDecimal reports whether s matches ^(\d*)(\.\d{1,})?$ and is not empty.
func IsDecimal(s string) bool {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == len(s) {
		return i > 0
	}
	if s[i] != '.' || i+1 == len(s) {
		return false
	}
	for i++; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// IsMonth reports whether s matches ^2\d{3}-(0[1-9]|1[0-2])$.
func IsMonth(s string) bool {
	return len(s) == 7 && s[0] == '2' && isDigit(s[1]) && isDigit(s[2]) && isDigit(s[3]) && s[4] == '-' &&
		(s[5] == '0' && s[6] >= '1' && s[6] <= '9' || s[5] == '1' && s[6] >= '0' && s[6] <= '2')
}

// IsUUID reports whether s is a UUID in its usual form, of any version and in any case.
// The format "uuid" of strfmt takes more: 32 digits without hyphens, braces around them, a
// leading urn:uuid:. A nid in such a form would not be the one that the API gave out.
func IsUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if !isHex(s[i]) {
				return false
			}
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

var patterns sync.Map // of compiled regular expressions, by their text

// Matches reports whether s matches a pattern that has no function of its own here.
func Matches(s, pattern string) bool {
	re, ok := patterns.Load(pattern)
	if !ok {
		re, _ = patterns.LoadOrStore(pattern, regexp.MustCompile(pattern))
	}
	return re.(*regexp.Regexp).MatchString(s)
}
