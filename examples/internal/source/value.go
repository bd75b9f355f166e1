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

// value walks over one JSON value that is known to be valid.
//
// encoding/json alone would not do: it takes "Name" for "name", the last of two equal
// keys, an absent "value" for a null (which would clear a day's cost), and replaces broken
// text silently.
type value struct {
	b []byte
	i int
}

var (
	errUnknown = errors.New("unknown field")
	errTwice   = errors.New("stands twice")
)

// syntaxError says at which byte, from 0, a text stops being JSON in UTF-8.
type syntaxError struct {
	at  int
	err error
}

func (e *syntaxError) Error() string { return e.err.Error() }

var errNotUTF8 = errors.New("not UTF-8: save the file as UTF-8")

// syntax returns a *syntaxError unless b is one JSON value in UTF-8.
func syntax(b []byte) error {
	if json.Valid(b) {
		if at := invalidUTF8(b); at >= 0 {
			return &syntaxError{at, errNotUTF8}
		}
		return nil
	}
	err := json.Unmarshal(b, new(json.RawMessage))
	at := 0
	if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = max(0, int(bad.Offset)-1)
	}
	return &syntaxError{at, fmt.Errorf("not JSON: %w", err)}
}

// invalidUTF8 returns where b stops being UTF-8, or -1.
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

// kind returns the first byte of the value ahead, which tells what it is.
func (v *value) kind() byte {
	for {
		switch c := v.b[v.i]; c {
		case ' ', '\t', '\r', '\n':
			v.i++
		default:
			return c
		}
	}
}

// skip steps over a byte that is known to come, such as a colon.
func (v *value) skip() {
	v.kind()
	v.i++
}

// want fails unless the value ahead begins with c.
func (v *value) want(c byte, noun string) error {
	got := v.kind()
	if got == c {
		return nil
	}
	return fmt.Errorf("%s is wanted, not %s", noun, nounOf(got))
}

func nounOf(kind byte) string {
	switch kind {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a text"
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return "a number"
	}
	return strconv.QuoteRune(rune(kind))
}

// object calls each for the members of the object ahead; each reads the member's value.
func (v *value) object(each func(key string) error) error {
	if err := v.want('{', "an object"); err != nil {
		return err
	}
	v.i++
	for v.kind() != '}' {
		if v.b[v.i] == ',' {
			v.skip()
			continue
		}
		key, err := v.text()
		if err != nil {
			return err
		}
		v.skip() // the colon
		switch err := each(key); err {
		case nil:
		case errUnknown:
			return fmt.Errorf("%w %.60q", err, key)
		case errTwice:
			return fmt.Errorf("the field %.60q %w", key, err)
		default:
			return under(plain(key), err)
		}
	}
	v.i++
	return nil
}

// fields is object for one whose members are known: none may stand twice.
func (v *value) fields(each func(key string) error) error {
	seen := make([]string, 0, 8)
	return v.object(func(key string) error {
		if slices.Contains(seen, key) {
			return errTwice
		}
		seen = append(seen, key)
		return each(key)
	})
}

// array calls each for the elements of the array ahead; each reads the element.
func (v *value) array(each func(i int) error) error {
	if err := v.want('[', "an array"); err != nil {
		return err
	}
	v.i++
	for i := 0; v.kind() != ']'; {
		if v.b[v.i] == ',' {
			v.skip()
			continue
		}
		if err := each(i); err != nil {
			return under(fmt.Sprintf("[%d]", i), err)
		}
		i++
	}
	v.i++
	return nil
}

// text reads the string ahead.
func (v *value) text() (string, error) {
	if err := v.want('"', "a text"); err != nil {
		return "", err
	}
	start := v.i + 1
	escaped := false
	for v.i = start; v.b[v.i] != '"'; v.i++ {
		if v.b[v.i] == '\\' {
			escaped = true
			v.i++
		}
	}
	v.i++
	if !escaped {
		return string(v.b[start : v.i-1]), nil
	}
	return unescape(v.b[start-1 : v.i])
}

// unescape decodes a quoted string. Half of a surrogate pair is no character:
// encoding/json would turn it into U+FFFD.
func unescape(quoted []byte) (string, error) {
	for i := 0; i < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		i++
		if quoted[i] != 'u' {
			continue
		}
		switch high, low := surrogate(quoted, i-1), surrogate(quoted, i+5); {
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

// surrogate tells whether the escape at b[i] is the high ('h') or the low ('l') half of a
// surrogate pair.
func surrogate(b []byte, i int) byte {
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

// any reads whatever is ahead. A number stays the text that it is.
func (v *value) any() (any, error) {
	switch v.kind() {
	case '{':
		return v.anyObject()
	case '[':
		list := []any{}
		err := v.array(func(int) error {
			x, err := v.any()
			list = append(list, x)
			return err
		})
		return list, err
	case '"':
		return v.text()
	}
	switch word := v.word(); word {
	case "null":
		return nil, nil
	case "true", "false":
		return word == "true", nil
	default:
		return json.Number(word), nil
	}
}

func (v *value) anyObject() (map[string]any, error) {
	m := map[string]any{}
	err := v.object(func(key string) error {
		if _, twice := m[key]; twice {
			return errTwice
		}
		x, err := v.any()
		m[key] = x
		return err
	})
	return m, err
}

// word reads a number, true, false or null.
func (v *value) word() string {
	v.kind()
	start := v.i
	if end := bytes.IndexAny(v.b[start:], " \t\r\n,]}"); end >= 0 {
		v.i += end
	} else {
		v.i = len(v.b)
	}
	return string(v.b[start:v.i])
}
