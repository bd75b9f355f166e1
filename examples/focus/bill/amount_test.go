package bill

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
)

func TestAmounts(t *testing.T) {
	sixty := strings.Repeat("9", 60)
	for text, want := range map[string]string{
		"0": "0", "-0.00": "0", "0E-30": "0", "1": "1", "+1.50": "1.5", "-12.30": "-12.3", ".5": "0.5", "5.": "5", "007": "7",
		"1.2E-7": "0.00000012", "1.2e-07": "0.00000012", "3e+3": "3000", "-4E2": "-400", "0.00000080000": "0.0000008",
		sixty: sixty, "-0." + sixty: "-0." + sixty, sixty + "." + sixty: sixty + "." + sixty, "1E59": "1" + strings.Repeat("0", 59),
		"1000000000000000000000.00000000000000000001": "1000000000000000000000.00000000000000000001",
	} {
		var d apd.Decimal
		if err := parseAmount(&d, text); err != nil || AmountText(&d) != want {
			t.Errorf("%q: got %s, %v, want %s", text, AmountText(&d), err, want)
		}
	}
	for text, want := range map[string]string{
		"": "is not an amount", "-": "is not an amount", ".": "is not an amount", "--1": "is not an amount", "1,5": "it has a comma", "1.234,5": "it has a comma",
		"$1": "is not an amount", "1 ": "is not an amount", "1e": "is not an amount", "1e+-3": "is not an amount", "1e1.5": "is not an amount",
		"NaN": "is not an amount", "Infinity": "is not an amount", "1_000": "is not an amount", "0x10": "is not an amount", "1.2.3": "is not an amount",
		"1E60": "more than 60 digits", "1E-61": "more than 60 digits", "1E999999999999999999999": "more than 60 digits", "1" + sixty: "more than 60 digits", "." + sixty + "1": "more than 60 digits",
	} {
		var d apd.Decimal
		if err := parseAmount(&d, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %s, %v, want an error with %q", text, AmountText(&d), err, want)
		}
	}
}

var contract = regexp.MustCompile(`^-?\d+(\.\d+)?$`)

// What is taken has the value that it says, and can be written as the contract wants it.
func FuzzAmount(f *testing.F) {
	for _, seed := range []string{"0", "-1.50", "1.2E-7", ".5", "5.", "1,5", "9e59", "1E-61", "NaN", "+3", "-0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var d apd.Decimal
		if parseAmount(&d, text) != nil {
			return
		}
		want, ok := new(big.Rat).SetString(text)
		written := AmountText(&d)
		got, ok2 := new(big.Rat).SetString(written)
		if !ok || !ok2 || got.Cmp(want) != 0 || !contract.MatchString(written) || written == "-0" {
			t.Errorf("%q: got %q", text, written)
		}
		sum := apd.Decimal{}
		if err := parseAmount(&sum, "123.000000000000000000000000000000000000000000000000000000000001"); err != nil {
			t.Fatal(err)
		}
		before, _ := new(big.Rat).SetString(AmountText(&sum))
		add(&sum, &d)
		after, _ := new(big.Rat).SetString(AmountText(&sum))
		if after.Cmp(before.Add(before, want)) != 0 {
			t.Errorf("adding %q gives %s", text, AmountText(&sum))
		}
	})
}
