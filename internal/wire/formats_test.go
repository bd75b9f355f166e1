package wire

import (
	"regexp"
	"strings"
	"testing"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/currency"
)

var (
	decimal = regexp.MustCompile(`^(\d*)(\.\d{1,})?$`)
	month   = regexp.MustCompile(`^2\d{3}-(0[1-9]|1[0-2])$`)
	uuid    = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	letters = regexp.MustCompile(`^[A-Z]{3}$`)
)

func checkFormats(t *testing.T, s string) {
	t.Helper()
	if got, want := IsDecimal(s), s != "" && decimal.MatchString(s); got != want {
		t.Errorf("IsDecimal(%q): got %v, want %v", s, got, want)
	}
	if got, want := IsMonth(s), month.MatchString(s); got != want {
		t.Errorf("IsMonth(%q): got %v, want %v", s, got, want)
	}
	if got, want := IsUUID(s), uuid.MatchString(s); got != want {
		t.Errorf("IsUUID(%q): got %v, want %v", s, got, want)
	}
	if IsUUID(s) && !strfmt.IsUUID(s) {
		t.Errorf("strfmt.IsUUID(%q): got false, want true, as IsUUID returns", s)
	}
	if IsCurrency(s) && !letters.MatchString(s) {
		t.Errorf("IsCurrency(%q): got true, want false: it is not three capital letters", s)
	}
}

func FuzzFormats(f *testing.F) {
	for _, s := range []string{
		"", ".", "5", ".5", "5.", "5.5", "0012.500", "-1", "+1", "1e3", "1,5", "1.5.5", "١", "12.5\n", "123456789.123456789",
		"2022-01", "2022-12", "2022-13", "2022-00", "1999-12", "2999-09", "2022-1", "2022-011", "2022-10\n", "22-10",
		"6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7", "6F3C9D52-7F0E-4D0C-9B6A-0D5F0E8A41C7", "6f3c9d527f0e4d0c9b6a0d5f0e8a41c7",
		"{6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7}", "urn:uuid:6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7",
		"6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41cg", "6f3c9d5207f0e-4d0c-9b6a-0d5f0e8a41c7",
		"EUR", "eur", "XXX", "EUR ", "E\x00R", "€",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkFormats(t, s) })
}

func TestDecimalsOfEveryLength(t *testing.T) {
	for n := 1; n <= 20; n++ {
		digits := strings.Repeat("0918273645", 2)[:n]
		checkFormats(t, digits)
		for i := range n {
			for c := range 256 {
				s := digits[:i] + string([]byte{byte(c)}) + digits[i+1:]
				checkFormats(t, s)
				if c == '.' {
					for k := range n {
						checkFormats(t, s[:k]+"."+s[k+1:])
					}
				}
			}
		}
	}
}

func TestUUIDIsStricterThanStrfmt(t *testing.T) {
	const nid = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"
	for _, s := range []string{strings.ReplaceAll(nid, "-", ""), "{" + nid + "}", "urn:uuid:" + nid} {
		if !strfmt.IsUUID(s) {
			t.Errorf("strfmt.IsUUID(%q): got false, want true", s)
		}
		if IsUUID(s) {
			t.Errorf("IsUUID(%q): got true, want false", s)
		}
	}
}

func TestCurrencies(t *testing.T) {
	listed := map[string]bool{}
	for _, code := range strings.Fields(currency.Accepted) {
		if listed[code] {
			t.Errorf("the list has %s twice", code)
		}
		listed[code] = true
	}
	for i := range 26 * 26 * 26 {
		code := string([]byte{'A' + byte(i/676), 'A' + byte(i/26%26), 'A' + byte(i%26)})
		if got := IsCurrency(code); got != listed[code] {
			t.Errorf("IsCurrency(%q): got %v, want %v as in the list", code, got, listed[code])
		}
		delete(listed, code)
	}
	for code := range listed {
		t.Errorf("the list has %q, which are not three capital letters", code)
	}
	for _, code := range []string{"", "EU", "EURO", "eur", "Eur", "€", "ABC", "XTS", "XXX", "EU\x00", "\x00\x00\x00", "[[["} {
		if IsCurrency(code) {
			t.Errorf("IsCurrency(%q): got true, want false", code)
		}
	}
}

func TestPatternWithoutAFunction(t *testing.T) {
	const pattern = `^[a-c]\d$`
	for range 2 { // the second time with the compiled pattern of the first
		for s, want := range map[string]bool{"b7": true, "d7": false} {
			if got := Matches(s, pattern); got != want {
				t.Errorf("Matches(%q, %q): got %v, want %v", s, pattern, got, want)
			}
		}
	}
}
