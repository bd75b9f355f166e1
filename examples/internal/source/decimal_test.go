package source

import (
	"strings"
	"testing"
)

func TestAmounts(t *testing.T) {
	for _, c := range []struct{ text, plain, comma, point string }{
		{"12.50", "12.50", "!", "12.50"},
		{"1234", "1234", "1234", "1234"},
		{"-3", "-3", "-3", "-3"},
		{"1,5", "!", "1.5", "!"},
		{"1,234", "!", "1.234", "1234"},
		{"1.234", "1.234", "1234", "1.234"},
		{"1.234,56", "!", "1234.56", "!"},
		{"1,234.56", "!", "!", "1234.56"},
		{"1.234.567", "!", "1234567", "!"},
		{"1,234,567.8", "!", "!", "1234567.8"},
		{"1 234 567,8", "!", "1234567.8", "!"},
		{"1\u00a0234,8", "!", "1234.8", "!"},
		{"1\u202f234.8", "!", "!", "1234.8"},
		{"1'234'567.80", "!", "!", "1234567.80"},
		{"1’234", "!", "1234", "1234"},
		{"12.34,5", "12.34,5", "12.34,5", "12.34,5"}, // no amount: for the SDK to refuse
		{"1.23.456", "1.23.456", "1.23.456", "1.23.456"},
		{"1,2,3", "1,2,3", "1,2,3", "1,2,3"},
		{"12,50 €", "12,50 €", "12,50 €", "12,50 €"},
		{"null", "null", "null", "null"},
		{",5", ",5", ",5", ",5"},
		{"1e3", "1e3", "1e3", "1e3"},
	} {
		for d, want := range map[Decimal]string{DecimalPlain: c.plain, DecimalComma: c.comma, DecimalPoint: c.point} {
			got, err := d.amount(cell{text: c.text})
			if err != nil {
				got = "!"
				if !strings.Contains(err.Error(), "-decimal ") {
					t.Errorf("%q with %q: got the error %v, want one that names the flag", c.text, d, err)
				}
			}
			if got != want {
				t.Errorf("%q with %q: got %q, want %q", c.text, d, got, want)
			}
			// The number of a workbook's cell is what it is.
			if got, err := d.amount(cell{"1.234", cellNumber}); got != "1.234" || err != nil {
				t.Errorf("a number with %q: got %q, %v, want 1.234", d, got, err)
			}
		}
	}
}
