package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// decoder decodes one JSON value that is known to be valid.
//
// encoding/json is not strict enough: it accepts "Name" for "name", uses the last of two
// equal keys, does not distinguish an absent "value" from null (which would clear a day's
// cost), and silently replaces invalid characters.
type decoder struct {
	data []byte
	pos  int
}

var (
	errUnknown   = errors.New("unknown field")
	errDuplicate = errors.New("duplicate field")
)

// syntaxError has the byte offset, from 0, at which a text stops being JSON in UTF-8.
type syntaxError struct {
	at  int
	err error
}

func (e *syntaxError) Error() string { return e.err.Error() }

func (e *syntaxError) Unwrap() error { return e.err }

var errNotUTF8 = errors.New("not UTF-8: save the file as UTF-8")

// checkSyntax returns a *syntaxError unless b is one JSON value in UTF-8.
func checkSyntax(b []byte) error {
	if json.Valid(b) {
		if at := invalidUTF8(b); at >= 0 {
			return &syntaxError{at, errNotUTF8}
		}
		return nil
	}
	err := json.Unmarshal(b, new(json.RawMessage))
	at := 0
	if syntaxErr, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = max(0, int(syntaxErr.Offset)-1)
	}
	return &syntaxError{at, fmt.Errorf("not JSON: %w", err)}
}

// invalidUTF8 returns the offset of the first invalid byte in b, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	i := 0
	for {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
}

// peek returns the first byte of the next value, which determines its kind.
func (d *decoder) peek() byte {
	for {
		switch c := d.data[d.pos]; c {
		case ' ', '\t', '\r', '\n':
			d.pos++
		default:
			return c
		}
	}
}

// skip consumes the next byte that is not white space, such as a colon.
func (d *decoder) skip() {
	d.peek()
	d.pos++
}

// expect returns an error unless the next value begins with c.
func (d *decoder) expect(c byte, noun string) error {
	got := d.peek()
	if got == c {
		return nil
	}
	return fmt.Errorf("must be %s, not %s", noun, kindOf(got))
}

// kindOf names the kind of a value by its first byte.
func kindOf(first byte) string {
	switch first {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return "a number"
	}
	return strconv.QuoteRune(rune(first))
}

// object decodes an object. It calls each for every key; each must consume the value.
func (d *decoder) object(each func(key string) error) error {
	if err := d.expect('{', "an object"); err != nil {
		return err
	}
	d.pos++
	for d.peek() != '}' {
		if d.data[d.pos] == ',' {
			d.skip()
			continue
		}
		key, err := d.stringValue()
		if err != nil {
			return err
		}
		d.skip() // the colon
		switch err := each(key); err {
		case nil:
		case errUnknown, errDuplicate: // not errors.Is: in a nested object they are wrapped, and name their own key
			return fmt.Errorf("%w %.60q", err, key)
		default:
			return prefixPath(quoteKey(key), err)
		}
	}
	d.pos++
	return nil
}

// fields is like object, and refuses duplicate keys.
func (d *decoder) fields(each func(key string) error) error {
	seen := make([]string, 0, 8)
	return d.object(func(key string) error {
		if slices.Contains(seen, key) {
			return errDuplicate
		}
		seen = append(seen, key)
		return each(key)
	})
}

// array decodes an array. It calls each for every element; each must consume the element.
func (d *decoder) array(each func(i int) error) error {
	if err := d.expect('[', "an array"); err != nil {
		return err
	}
	d.pos++
	for i := 0; d.peek() != ']'; {
		if d.data[d.pos] == ',' {
			d.skip()
			continue
		}
		if err := each(i); err != nil {
			return prefixPath(fmt.Sprintf("[%d]", i), err)
		}
		i++
	}
	d.pos++
	return nil
}

// stringValue decodes a string.
func (d *decoder) stringValue() (string, error) {
	if err := d.expect('"', "a string"); err != nil {
		return "", err
	}
	start := d.pos + 1
	escaped := false
	for d.pos = start; d.data[d.pos] != '"'; d.pos++ {
		if d.data[d.pos] == '\\' {
			escaped = true
			d.pos++
		}
	}
	d.pos++
	if !escaped {
		return string(d.data[start : d.pos-1]), nil
	}
	return unescape(d.data[start-1 : d.pos])
}

// unescape decodes a quoted string. It refuses a lone surrogate, which encoding/json would
// replace by U+FFFD.
func unescape(quoted []byte) (string, error) {
	for i := 0; i < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		i++
		if quoted[i] != 'u' {
			continue
		}
		switch high, low := surrogateHalf(quoted, i-1), surrogateHalf(quoted, i+5); {
		case high == 'h' && low == 'l':
			i += 10
		case high != 0:
			return "", fmt.Errorf(`\%s is half of a character (a lone surrogate)`, quoted[i:i+5])
		default:
			i += 4
		}
	}
	var s string
	err := json.Unmarshal(quoted, &s)
	return s, err
}

// surrogateHalf reports whether the escape at b[i] is the high ('h') or the low ('l') half
// of a surrogate pair, or neither (0).
func surrogateHalf(b []byte, i int) byte {
	if i+6 > len(b) || b[i] != '\\' || b[i+1] != 'u' || b[i+2]|0x20 != 'd' {
		return 0
	}
	switch c := b[i+3] | 0x20; {
	case c == '8', c == '9', c == 'a', c == 'b':
		return 'h'
	case c >= 'c' && c <= 'f':
		return 'l'
	}
	return 0
}

// anyValue decodes a value of any kind. A number becomes a json.Number.
func (d *decoder) anyValue() (any, error) {
	switch d.peek() {
	case '{':
		return d.anyObject()
	case '[':
		list := []any{}
		err := d.array(func(int) error {
			x, err := d.anyValue()
			list = append(list, x)
			return err
		})
		return list, err
	case '"':
		return d.stringValue()
	}
	switch text := d.literal(); text {
	case "null":
		return nil, nil
	case "true", "false":
		return text == "true", nil
	default:
		return json.Number(text), nil
	}
}

func (d *decoder) anyObject() (map[string]any, error) {
	m := map[string]any{}
	err := d.object(func(key string) error {
		if _, duplicate := m[key]; duplicate {
			return errDuplicate
		}
		x, err := d.anyValue()
		m[key] = x
		return err
	})
	return m, err
}

// literal consumes a number, true, false or null and returns its text.
func (d *decoder) literal() string {
	d.peek()
	start := d.pos
	if end := bytes.IndexAny(d.data[start:], " \t\r\n,]}"); end >= 0 {
		d.pos += end
	} else {
		d.pos = len(d.data)
	}
	return string(d.data[start:d.pos])
}
