package apitest

import (
	"strings"

	"github.com/klarity-go/klarity/internal/currency"
)

// isCurrency reports whether code is one of the codes of package currency, which are separated
// by spaces. The list is the SDK's, too; the check is not.
func isCurrency(code string) bool {
	return len(code) == 3 && strings.Contains(" "+currency.Accepted+" ", " "+code+" ")
}
