package bill

import (
	"errors"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// maxDigits is how many digits an amount may have before the decimal point, and after it. No bill
// has as many; an exponent alone could ask for a sum with millions.
const maxDigits = 60

// parseAmount parses the numeric format of FOCUS: digits with a point, a sign, and an exponent.
// https://github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec/blob/main/specification/attributes/numeric_format.md
func parseAmount(to *apd.Decimal, text string) error {
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 {
		return errNoAmount
	}
	digits, exponent, scientific := cutExponent(digits)
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole+fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		if strings.Contains(text, ",") {
			return errors.New("is not an amount such as -1234.5 or 1.2E-7: it has a comma")
		}
		return errNoAmount
	}
	shift := 0
	if scientific {
		power := strings.TrimLeft(exponent, "+-")
		if shift = digitsValue(power); shift < 0 || len(exponent)-len(power) > 1 {
			return errNoAmount
		}
		if exponent[0] == '-' {
			shift = -shift
		}
	}
	if len(strings.TrimLeft(whole, "0"))+shift > maxDigits || len(fraction)-shift > maxDigits {
		return errors.New("has more than 60 digits before or after the decimal point")
	}
	if _, _, err := to.SetString(text); err != nil {
		return errNoAmount
	}
	return nil
}

var errNoAmount = errors.New("is not an amount such as -1234.5 or 1.2E-7")

// cutExponent splits a number before its exponent.
func cutExponent(text string) (digits, exponent string, found bool) {
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// digitsValue is the value of a short number, -1 if it is none; a long one is a large value.
func digitsValue(s string) int {
	if s == "" || !allDigits(s) {
		return -1
	}
	n := 0
	for i := range len(s) {
		if n = 10*n + int(s[i]-'0'); n > 1000 {
			return 1000
		}
	}
	return n
}

// exact adds without rounding: a precision of 0 is as many digits as it takes.
var exact = apd.BaseContext.WithPrecision(0)

// add adds to a sum. It cannot fail: amounts have few digits, and nothing is rounded.
func add(sum, amount *apd.Decimal) {
	if _, err := exact.Add(sum, sum, amount); err != nil {
		panic(err) // a bug: every amount was checked by parseAmount
	}
}

// AmountText returns an amount as a plain decimal number, without zeros that say nothing, and
// without an exponent.
func AmountText(d *apd.Decimal) string {
	if d.IsZero() {
		return "0"
	}
	var reduced apd.Decimal
	reduced.Reduce(d)
	return reduced.Text('f')
}
