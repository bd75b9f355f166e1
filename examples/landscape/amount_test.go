package main

import (
	"strings"
	"testing"
)

func TestAmountsAreExact(t *testing.T) {
	var sum amount
	for _, text := range []string{"0.1", "0.2", "1234567.891", "-7", "0"} {
		a, ok := parseAmount(text)
		if !ok {
			t.Fatalf("%s is not an amount", text)
		}
		sum.add(a)
	}
	if got := sum.String(); got != "1,234,561.191" {
		t.Errorf("got %s", got)
	}
	for text, want := range map[string]string{"12": "12.00", "-1234.5": "-1,234.50", "-123": "-123.00", ".5": "0.50", "1234": "1,234.00"} {
		if a, ok := parseAmount(text); !ok || a.String() != want {
			t.Errorf("%s: got %s, want %s", text, a, want)
		}
	}
}

// What is not an amount is shown as it is, and costs nothing to look at.
func TestWhatIsNoAmount(t *testing.T) {
	for _, text := range []string{"", "1e999999999", "1.2.3", "-", ".", "0x10", "1/3", "Inf", "EUR 5", strings.Repeat("9", 100)} {
		if a, ok := parseAmount(text); ok || text != "" && a.String() != text {
			t.Errorf("%q: got %s, %v", text, a, ok)
		}
	}
}
