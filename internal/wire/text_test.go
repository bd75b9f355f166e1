package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// stockJSON returns what encoding/json writes for v without HTML escapes.
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

// checkText compares what both modes write for s with encoding/json.
func checkText(t *testing.T, s string) {
	t.Helper()
	want := stockJSON(t, s)
	if got := string(AppendPlainText([]byte("x"), s)); got != "x"+want {
		t.Errorf("AppendPlainText(%q): got %s, want %s", s, got, "x"+want)
	}
	if !utf8.ValidString(s) {
		want = ""
	}
	b := append(make([]byte, 0, 64), 'x') // with the capacity for copying words
	got, err := AppendText(b, s)
	if (err == nil) != utf8.ValidString(s) {
		t.Errorf("AppendText(%q): got error %v, want one if it is not UTF-8, which is %v", s, err, !utf8.ValidString(s))
	}
	if string(got) != "x"+want {
		t.Errorf("AppendText(%q): got %s, want %s", s, got, "x"+want)
	}
}

func TestTextIsWrittenAsByEncodingJSON(t *testing.T) {
	// Every byte and every kind of character, at every position in a word of 8 bytes, in
	// texts of 1 to 26 bytes and more.
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
				t.Errorf("OverLength(%q, %d): got %v, want %v", s, limit, got, want)
			}
			if got, want := UnderLength(s, limit), n < limit; got != want {
				t.Errorf("UnderLength(%q, %d): got %v, want %v", s, limit, got, want)
			}
		}
	})
}
