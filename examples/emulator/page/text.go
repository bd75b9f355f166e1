package page

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// money returns a decimal with commas between thousands and at least two decimals, so that
// those in a column can be compared. "" stays empty.
func money(decimal string) string {
	sign, digits := "", decimal
	if strings.HasPrefix(decimal, "-") {
		sign, digits = "−", decimal[1:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if strings.Trim(whole+fraction, "0123456789") != "" || decimal == "" || len(whole) > maxDigits {
		return decimal // whatever it is, it is no sum to be made readable
	}
	whole = cmp.Or(whole, "0")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	return sign + whole + "." + fraction
}

// maxShown is how many bytes of one text are shown; the JSON has all of it.
const maxShown = 600

// clip returns the beginning of a text that is too long to be shown.
func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	cut := maxShown
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… (%s bytes)", s[:cut], console.Count(len(s)))
}
