package overview

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func TestDecimalText(t *testing.T) {
	for in, want := range map[string]string{
		"": "0.00", "0": "0.00", "000": "0.00", "7": "7.00", ".5": "0.50", "12.5": "12.50", "12.500": "12.50",
		"12.505": "12.505", "999": "999.00", "1000": "1,000.00", "1234567.891": "1,234,567.891",
		"0.000000000000000000000000000001": "0.000000000000000000000000000001",
		"18446744073709551616":             "18,446,744,073,709,551,616.00",
		"9999999999999999999":              "9,999,999,999,999,999,999.00",
	} {
		d, ok := parseDecimal(in)
		if got := d.String(); !ok || got != want {
			t.Errorf("%q: got %q, %t, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{".", "1.", "-1", "+1", "1e3", "1,5", "1.2.3", " 1", "NaN", "٣", strings.Repeat("1", maxDigits+1)} {
		if d, ok := parseDecimal(in); ok {
			t.Errorf("%q: got %s, want a refusal", in, d)
		}
	}
}

func TestShares(t *testing.T) {
	for _, c := range []struct{ part, whole, want string }{
		{"0", "0", ""}, {"0", "5", "0.0 %"}, {"5", "5", "100.0 %"}, {"1", "3", "33.3 %"}, {"2", "3", "66.7 %"},
		{"0.0001", "1000", "<0.1 %"}, {"999.9999", "1000", ">99.9 %"}, {"1", "2000", "0.1 %"}, {"1", "2001", "<0.1 %"},
		{"1", "8", "12.5 %"}, {"0.5", "1000000000000000000000", "<0.1 %"},
	} {
		part, _ := parseDecimal(c.part)
		whole, _ := parseDecimal(c.whole)
		if got := part.share(whole); got != c.want {
			t.Errorf("%s of %s: got %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

// anyDecimal returns a decimal of the contract, often at the limits of 64 bits.
func anyDecimal(r *rand.Rand) string {
	digits := func(most int) string {
		var b strings.Builder
		for range r.IntN(most + 1) {
			b.WriteByte(byte('0' + r.IntN(10)))
		}
		return b.String()
	}
	switch r.IntN(5) {
	case 0:
		return digits(30) + "." + strconv.Itoa(r.IntN(10)) + digits(30)
	case 1:
		return "18446744073709551615"
	case 2:
		return digits(19)
	case 3:
		return "0" + digits(3) + ".00" + strconv.Itoa(r.IntN(10)) + "0"
	}
	return digits(5) + "." + strconv.Itoa(r.IntN(100))
}

// rat is the independent way to an exact number.
func rat(s string) *big.Rat {
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(s, ",", ""), ".")
	n, ok := new(big.Rat).SetString("0" + whole + "." + fraction + "0")
	if !ok {
		panic(s)
	}
	return n
}

func TestDecimalSumsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var sum decimal
		want, copied := new(big.Rat), decimal{}
		for range r.IntN(12) {
			s := anyDecimal(r)
			d, ok := parseDecimal(s)
			if !ok {
				t.Fatalf("%q was refused", s)
			}
			copied = sum // a copy must not change with the original
			before := copied.String()
			other, _ := parseDecimal(anyDecimal(r))
			if got, want := d.cmp(other), rat(d.String()).Cmp(rat(other.String())); got != want {
				t.Fatalf("%s cmp %s: got %d, want %d", d, other, got, want)
			}
			sum.add(d)
			want.Add(want, rat(s))
			if copied.String() != before {
				t.Fatalf("a copy of %s became %s", before, copied)
			}
		}
		if got := rat(sum.String()); got.Cmp(want) != 0 {
			t.Fatalf("got %s, want %s", sum, want.FloatString(40))
		}
	}
}
