package source

import (
	"fmt"
	"strings"
)

// maxAmount bounds the length of an amount that is quoted in an error.
const maxAmount = 41

// errNumber is the error for an amount that is a JSON number. It says what to write instead, in
// a form that the API takes: a decimal number as a string, without sign and exponent.
func errNumber(number string) error {
	const example = `a string with a decimal number, without sign and exponent, such as "12.50"`
	if number[0] == '-' {
		return fmt.Errorf("the number %.40s is negative, which no cost may be: write %s", number, example)
	}
	text := number
	if strings.ContainsAny(number, "eE") {
		text, _ = plainNumber(number) // "" if it would be too long
	}
	if text != "" && len(text) <= maxAmount {
		return fmt.Errorf("the number %.40s must be a string: %q", number, text)
	}
	return fmt.Errorf("the number %.40s must be %s", number, example)
}
