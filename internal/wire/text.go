package wire

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// AppendText appends s as a JSON string. Text that is not UTF-8 is an error: JSON cannot
// represent it, and with the invalid bytes replaced it could identify another record.
func AppendText(b []byte, s string) ([]byte, *FieldError) {
	// Short text that JSON does not escape is copied as words, if b has the capacity for it
	// and the quotation marks.
	if len(s) <= 16 && cap(b)-len(b) >= 18 {
		if len(s) >= 8 {
			first, last := load(s, 0), load(s, len(s)-8)
			if special(first)|special(last) == 0 {
				return appendWords(b, first, last, len(s)), nil
			}
		} else {
			w := loadShort(s)
			padded := w | (' '*ones)<<(8*len(s)) // with spaces behind s, which are not special
			if special(padded) == 0 {
				return appendWord(b, w, len(s)), nil
			}
		}
	}
	b, ok := appendEscaped(b, s, false)
	if !ok {
		return b, invalidUTF8(s)
	}
	return b, nil
}

// AppendPlainText appends s as a JSON string as encoding/json does: each byte that is not
// UTF-8 is replaced by U+FFFD.
func AppendPlainText(b []byte, s string) []byte {
	b, _ = appendEscaped(b, s, true)
	return b
}

// AppendVerbatim appends s in quotation marks without escaping. It is for text that a rule
// restricts to characters that JSON does not escape.
func AppendVerbatim(b []byte, s string) []byte {
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendWords appends a text of n bytes, 8 to 16, that is given as its first and its last 8
// bytes. b has a spare capacity of at least n+2.
func appendWords(b []byte, first, last uint64, n int) []byte {
	text := b[len(b) : len(b)+n+2]
	text[0] = '"'
	binary.LittleEndian.PutUint64(text[1:], first)
	binary.LittleEndian.PutUint64(text[n-7:], last)
	text[n+1] = '"'
	return b[:len(b)+n+2]
}

// appendWord appends a text of n bytes, fewer than 8. b has a spare capacity of at least 10.
func appendWord(b []byte, w uint64, n int) []byte {
	text := b[len(b) : len(b)+10]
	text[0] = '"'
	binary.LittleEndian.PutUint64(text[1:], w)
	text[n+1] = '"'
	return b[:len(b)+n+2]
}

// OverLength reports whether s has more than limit characters. It counts them only if s has
// more than limit bytes.
func OverLength(s string, limit int) bool {
	return len(s) > limit && utf8.RuneCountInString(s) > limit
}

// UnderLength reports whether s has fewer than limit characters.
func UnderLength(s string, limit int) bool {
	return utf8.RuneCountInString(s) < limit
}

const (
	ones  = 0x0101010101010101 // the lowest bit of each byte
	highs = 0x8080808080808080 // the highest bit of each byte
)

// special returns zero if each byte of w is an ASCII character that JSON does not escape.
// Otherwise the lowest bit that is set is the high bit of the first byte that is not; bits
// above that one mean nothing.
//
// It subtracts 0x20 from each byte, which borrows for control characters; combines each byte
// with '"' and '\\' by exclusive or, which gives zero for these two, and subtracts 1, which
// borrows for zero; and takes the high bit of each byte, which is set unless it is ASCII.
func special(w uint64) uint64 {
	return ((w - 0x20*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones) | w) & highs
}

// load returns s[i:i+8] as a number in little-endian order.
func load(s string, i int) uint64 {
	_ = s[i+7] // one bounds check for all
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// loadShort returns s, which has fewer than 8 bytes, as a number in little-endian order.
func loadShort(s string) uint64 {
	n := len(s)
	switch {
	case n >= 4: // the first and the last four bytes, which overlap in equal bytes
		head := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
		tail := uint64(s[n-4]) | uint64(s[n-3])<<8 | uint64(s[n-2])<<16 | uint64(s[n-1])<<24
		return head | tail<<(8*(n-4))
	case n > 0:
		return uint64(s[0]) | uint64(s[n/2])<<(8*(n/2)) | uint64(s[n-1])<<(8*(n-1))
	}
	return 0
}

// asIs reports whether c is an ASCII character that JSON does not escape.
func asIs(c byte) bool { return c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' }

const hexDigits = "0123456789abcdef"

// appendEscaped appends s as a JSON string with escapes. A byte that is not UTF-8 is
// replaced by U+FFFD if replace is true. Otherwise appendEscaped returns false, and b with
// its previous length.
func appendEscaped(b []byte, s string, replace bool) ([]byte, bool) {
	before := len(b)
	b = append(b, '"')
	start := 0 // of the part of s that is not appended yet
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				if !replace {
					return b[:before], false
				}
				b = append(b, s[start:i]...)
				b = append(b, `\ufffd`...)
				start = i + size
			case r == '\u2028' || r == '\u2029':
				b = append(b, s[start:i]...)
				b = append(b, `\u202`...)
				b = append(b, hexDigits[r&0xF])
				start = i + size
			}
			i += size
			continue
		}
		if asIs(c) {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, c)
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"'), true
}

// appendEscape appends the escape of c in the form that encoding/json uses.
func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
}

// invalidUTF8 returns the error for s, which is not UTF-8.
func invalidUTF8(s string) *FieldError {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return &FieldError{
					Rule: "must be UTF-8 text",
					Got:  fmt.Sprintf("has the byte 0x%02x at offset %d", s[i], i),
				}
			}
		}
	}
	return &FieldError{Rule: "must be UTF-8 text"}
}
