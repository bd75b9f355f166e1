package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// stockJSON is what encoding/json writes for v without escaping HTML.
func stockJSON(t *testing.T, v any) string {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatalf("encoding/json: %v", err)
	}
	return strings.TrimSuffix(buf.String(), "\n")
}

// checkText compares both ways of writing s with encoding/json.
func checkText(t *testing.T, s string) {
	t.Helper()
	want := stockJSON(t, s)
	if got := string(AppendPlainText([]byte("x"), s)); got != "x"+want {
		t.Errorf("AppendPlainText(%q) = %s, want %s", s, got[1:], want)
	}
	got, err := AppendText(append(make([]byte, 0, 64), 'x'), s) // with room, and so by words if it is not too long
	switch {
	case !utf8.ValidString(s):
		if err == nil || string(got) != "x" {
			t.Errorf("AppendText(%q) = %s, %v, want it refused and nothing appended", s, got, err)
		}
	case err != nil:
		t.Errorf("AppendText(%q) = %v", s, err)
	case string(got) != "x"+want:
		t.Errorf("AppendText(%q) = %s, want %s", s, got[1:], want)
	}
}

func TestTextIsWrittenAsByEncodingJSON(t *testing.T) {
	// Every byte and every kind of character at every place of a word of eight bytes, in
	// texts of every length around that.
	kinds := []string{"é", "\u2028", "\u2029", "\u2027", "\ufffd", "😀", "\xff", "\xe2\x80", "\xed\xa0\x80", "\xc0\x80"}
	for c := range 256 {
		kinds = append(kinds, string([]byte{byte(c)}))
	}
	for _, kind := range kinds {
		for before := range 18 {
			for _, after := range []int{0, 1, 7, 8, 9} {
				checkText(t, strings.Repeat("a", before)+kind+strings.Repeat("~", after))
			}
		}
		checkText(t, kind+kind+kind)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"b\\c/d", "\x00\b\f\n\r\t\x1f\x7f", "<>&", "\u2028\u2029", "日本語😀", "\xff", "ok\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkText(t, s)
		n := utf8.RuneCountInString(s)
		for limit := range 12 {
			if got, want := OverLength(s, limit), n > limit; got != want {
				t.Errorf("OverLength(%q, %d) = %v", s, limit, got)
			}
			if got, want := UnderLength(s, limit), n < limit; got != want {
				t.Errorf("UnderLength(%q, %d) = %v", s, limit, got)
			}
		}
	})
}
