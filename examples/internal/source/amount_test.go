package source

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// Whoever follows the advice for an amount that is a number is not refused again.
func TestAdviceForAmountIsWhatTheAPITakes(t *testing.T) {
	quoted := regexp.MustCompile(`"([^"]*)"$`)
	record := func(value string) (*models.EstateRecord, error) {
		return decodeItem([]byte(`{"id":"a","type":"vm","costs":{"currency":"EUR","values":[{"date":"2026-11-01","value":`+value+`}]}}`), Position{Line: 1}, (*decoder).record)
	}
	const example = "12.50"
	for number, want := range map[string]string{
		"12.5": "12.5", "0": "0", "0.00": "0.00", "7": "7",
		"1.25e1": "12.5", "1.25E+1": "12.5", "125e-1": "12.5", "1e3": "1000", "0.001e3": "1", "1.5e-3": "0.0015", "0e0": "0",
		"1e-2": "0.01", "10e-1": "1", "0e5": "0", "12.5e0": "12.5", "12.5e00": "12.5", "1.25e40": "12500000000000000000000000000000000000000",
		"-1": example, "-1.25e1": example, "-0": example, "1e41": example, "1e-41": example, "1e99999999999999999999": example,
		strings.Repeat("9", 5000): example, "-" + strings.Repeat("9", 5000): example,
	} {
		_, err := record(number)
		if err == nil {
			t.Errorf("%.50s: got no error, want one", number)
			continue
		}
		advice := quoted.FindStringSubmatch(err.Error())
		if advice == nil || advice[1] != want || len(err.Error()) > 250 {
			t.Errorf("%.50s: got the advice %q in %.300s, want %q", number, advice, err, want)
			continue
		}
		r, err := record(`"` + advice[1] + `"`)
		if err == nil {
			err = api.CheckRecord(r, "")
		}
		if err != nil {
			t.Errorf("%.50s: the advice %q is refused again: %v", number, advice[1], err)
		}
		if want == example {
			continue
		}
		a, _ := new(big.Rat).SetString(number)
		b, _ := new(big.Rat).SetString(advice[1])
		if a.Cmp(b) != 0 {
			t.Errorf("%s: the advice %q is another amount", number, advice[1])
		}
	}
}
