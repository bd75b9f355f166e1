package wire

import (
	"regexp"
	"sync"
)

// The patterns and formats in the contract have functions of their own here, because a
// regular expression takes a multiple of the time. Whatever they accept consists of
// characters that JSON does not escape.

const (
	// DecimalRule says what IsDecimal accepts.
	DecimalRule = "must be a decimal number with a dot, without sign or exponent"

	// MonthRule says what IsMonth accepts.
	MonthRule = "must be a month as YYYY-MM, from 2000-01 to 2999-12"

	// UUIDRule says what IsUUID accepts.
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

// IsUUID reports whether s is a UUID of 36 characters, of any version and in upper or lower
// case. The format "uuid" of strfmt accepts more: 32 digits without hyphens, braces around
// them, a leading urn:uuid:. The API does not issue a nid in these forms.
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

var patterns sync.Map // from pattern (string) to *regexp.Regexp

// Matches reports whether s matches a pattern that has no function of its own here. It
// panics if the pattern is not a regular expression.
func Matches(s, pattern string) bool {
	re, ok := patterns.Load(pattern)
	if !ok {
		re, _ = patterns.LoadOrStore(pattern, regexp.MustCompile(pattern))
	}
	return re.(*regexp.Regexp).MatchString(s)
}
