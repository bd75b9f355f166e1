package wire

import (
	"strings"

	"github.com/klarity-go/klarity/internal/currency"
)

// CurrencyRule says what IsCurrency accepts.
const CurrencyRule = "must be a currency code of ISO 4217, three capital letters"

// IsCurrency reports whether s is one of the codes of package currency, which says which these
// are and why.
func IsCurrency(s string) bool {
	return currencies[s]
}

var currencies = func() map[string]bool {
	codes := map[string]bool{}
	for _, code := range strings.Fields(currency.Accepted) {
		codes[code] = true
	}
	return codes
}()
