package main

import (
	"math/big"
	"strings"
)

// amount is a sum of money, exact. The API's numbers have no currency that is public.
type amount struct {
	value  big.Rat
	digits int // behind the decimal point
	text   string
}

// parseAmount reads a number of JSON. One with an exponent, or with more than 60 characters,
// is no sum of money; it is shown and not added up.
func parseAmount(text string) (a amount, ok bool) {
	if text == "" || len(text) > 60 || strings.Trim(text, "-0123456789.") != "" {
		return amount{text: text}, false
	}
	if _, ok := a.value.SetString(text); !ok {
		return amount{text: text}, false
	}
	if _, fraction, found := strings.Cut(text, "."); found {
		a.digits = len(fraction)
	}
	return a, true
}

// add adds b to a.
func (a *amount) add(b amount) {
	a.value.Add(&a.value, &b.value)
	a.digits = max(a.digits, b.digits)
}

// String returns the sum with commas between thousands, and two decimals at least.
func (a amount) String() string {
	if a.text != "" {
		return a.text
	}
	whole, fraction, _ := strings.Cut(a.value.FloatString(max(a.digits, 2)), ".")
	sign := ""
	if rest, negative := strings.CutPrefix(whole, "-"); negative {
		sign, whole = "-", rest
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + fraction
}
