package source

import (
	"fmt"
	"strconv"
	"strings"
)

// errNumber is the error for an amount that is a JSON number. It says what to write instead, in
// a form that the API takes: a decimal number as a string, without sign and exponent.
func errNumber(number string) error {
	const example = `a string with a decimal number, without sign and exponent, such as "12.50"`
	if number[0] == '-' {
		return fmt.Errorf("the number %.40s is negative, which no cost may be: write %s", number, example)
	}
	if text, ok := withoutExponent(number); ok {
		return fmt.Errorf("the number %s must be a string: %q", number, text)
	}
	return fmt.Errorf("the number %.40s must be %s", number, example)
}

// withoutExponent writes a JSON number that is not negative without an exponent, digit by
// digit. It reports false if that would be too long for a message.
func withoutExponent(number string) (string, bool) {
	const maxDigits = 40
	mantissa, power, found := strings.Cut(strings.ToLower(number), "e")
	exponent, err := strconv.Atoi(power)
	if found && err != nil || max(exponent, -exponent, len(mantissa)) > maxDigits {
		return "", false
	}
	if exponent == 0 {
		return mantissa, true
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	whole = strings.Repeat("0", max(0, -exponent)) + whole
	fraction += strings.Repeat("0", max(0, exponent))
	point := len(whole) + exponent
	digits := whole + fraction
	whole = strings.TrimLeft(digits[:point], "0")
	fraction = strings.TrimRight(digits[point:], "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return whole + fraction, true
}
