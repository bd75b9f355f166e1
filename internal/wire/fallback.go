package wire

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Values of types that only encoding/json knows how to write. Before one of them is
// written it is looked through: encoding/json would replace bytes that are not UTF-8
// without a word, and would follow a deep enough value until the stack ends.

// maxVisits is how many values a value may hold, counted as often as they are referred to.
const maxVisits = 1 << 22

// appendFallback appends a value through encoding/json.
func (e *Encoder) appendFallback(b []byte, v any, depth int) ([]byte, *FieldError) {
	if e.plain {
		return e.marshal(b, v)
	}
	// The methods of v are the caller's. They run in a goroutine of their own, so that one
	// that panics, or ends its goroutine as t.FailNow does, costs this record and no more.
	var (
		out      = b
		err      *FieldError
		returned bool
		done     = make(chan struct{})
	)
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				err = notJSON(fmt.Sprintf("%T panicked: %v", v, p))
			}
		}()
		out, err = e.appendLooked(b, v, depth)
		returned = true
	}()
	<-done
	if !returned && err == nil {
		err = notJSON(fmt.Sprintf("%T ended its goroutine", v))
	}
	return out, err
}

// appendLooked appends a value through encoding/json after it was looked through.
func (e *Encoder) appendLooked(b []byte, v any, depth int) ([]byte, *FieldError) {
	l := look{left: maxVisits}
	if err := l.through(reflect.ValueOf(v), depth); err != nil {
		return b, err
	}
	start := len(b)
	b, err := e.marshal(b, v)
	if err == nil {
		err = checkRaw(b[start:], l.texts && !l.json)
	}
	return b, err
}

func (e *Encoder) marshal(b []byte, v any) ([]byte, *FieldError) {
	e.raw.Reset()
	enc := json.NewEncoder(&e.raw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, notJSON(err.Error())
	}
	return append(b, bytes.TrimSuffix(e.raw.Bytes(), []byte("\n"))...), nil
}

func notJSON(why string) *FieldError {
	if len(why) > maxMessage {
		why = cut(why, maxMessage) + "…"
	}
	return &FieldError{Rule: "must be a value that can be written as JSON", Got: why}
}

// appendRaw appends JSON that the caller has as text, without the white space in it.
func (e *Encoder) appendRaw(b []byte, raw json.RawMessage) ([]byte, *FieldError) {
	if raw == nil {
		return append(b, "null"...), nil
	}
	if len(b)+len(raw) > e.stop {
		return b, e.tooLarge()
	}
	e.raw.Reset()
	if err := json.Compact(&e.raw, raw); err != nil {
		return b, notJSON(err.Error())
	}
	if !e.plain {
		if err := checkRaw(e.raw.Bytes(), false); err != nil {
			return b, err
		}
	}
	return append(b, e.raw.Bytes()...), nil
}

// checkRaw looks for texts in JSON that are none: bytes that are not UTF-8, and halves of
// surrogate pairs, which one reader replaces and the next refuses. With replaced, the
// escape of U+FFFD stands where encoding/json found a byte that is not UTF-8: the character
// itself it does not escape. What a MarshalJSON has replaced cannot be told.
func checkRaw(raw []byte, replaced bool) *FieldError {
	if !utf8.Valid(raw) {
		return invalidUTF8(string(raw))
	}
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return nil
		}
		raw = raw[i:]
		if raw[1] != 'u' {
			raw = raw[2:]
			continue
		}
		if replaced && string(raw[2:6]) == "fffd" {
			return &FieldError{Rule: "must be UTF-8 text", Got: "has a byte that is not"}
		}
		high := surrogate(raw)
		if high == 0 {
			raw = raw[6:]
			continue
		}
		if high != 'h' || surrogate(raw[6:]) != 'l' {
			return &FieldError{Rule: "must be UTF-8 text", Got: "has half of a surrogate pair, " + string(raw[:6])}
		}
		raw = raw[12:]
	}
}

// surrogate tells whether raw begins with the escape of the first half of a surrogate pair
// ('h'), of the second ('l'), or of neither (0).
func surrogate(raw []byte) byte {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' || raw[2]|0x20 != 'd' {
		return 0
	}
	switch raw[3] | 0x20 {
	case '8', '9', 'a', 'b':
		return 'h'
	case 'c', 'd', 'e', 'f':
		return 'l'
	}
	return 0
}

// look looks through a value before encoding/json writes it.
type look struct {
	left  int
	texts bool // it holds texts that only encoding/json gets to see, from MarshalText
	json  bool // it holds JSON that a method makes, which may have any escape in it
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// through looks through v, which stands depth levels deep. What a type writes by a method
// of its own is looked at when it is written.
func (l *look) through(v reflect.Value, depth int) *FieldError {
	if depth > maxDepth {
		return tooDeep()
	}
	if l.left--; l.left < 0 {
		return &FieldError{Rule: givenUp}
	}
	if !v.IsValid() {
		return nil
	}
	if l.writesItself(v) {
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return invalidUTF8(v.String())
		}
	case reflect.Pointer, reflect.Interface:
		return l.through(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return l.throughItems(v, depth)
	case reflect.Map:
		return l.throughMap(v, depth)
	case reflect.Struct:
		return l.throughFields(v, depth)
	}
	return nil
}

// writesItself reports whether encoding/json would ask a method of v's type for its JSON,
// or for its text.
func (l *look) writesItself(v reflect.Value) bool {
	t := v.Type()
	if v.CanAddr() {
		t = reflect.PointerTo(t) // has the methods of both
	}
	if t.Implements(jsonMarshaler) {
		l.json = true
		return true
	}
	text := t.Implements(textMarshaler)
	l.texts = l.texts || text
	return text
}

func (l *look) throughItems(v reflect.Value, depth int) *FieldError {
	switch v.Type().Elem().Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return nil
	}
	for i := range v.Len() {
		if err := l.through(v.Index(i), depth+1); err != nil {
			return err.At(i)
		}
	}
	return nil
}

func (l *look) throughMap(v reflect.Value, depth int) *FieldError {
	for it := v.MapRange(); it.Next(); {
		key := it.Key()
		if key.Kind() != reflect.String {
			l.texts = l.texts || key.Type().Implements(textMarshaler)
		} else if !utf8.ValidString(key.String()) {
			return invalidUTF8(key.String()).OfKey(key.String())
		}
		if err := l.through(it.Value(), depth+1); err != nil {
			return err.member(fmt.Sprint(key))
		}
	}
	return nil
}

func (l *look) throughFields(v reflect.Value, depth int) *FieldError {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if !f.IsExported() && !f.Anonymous || tag == "-" {
			continue
		}
		if err := l.through(v.Field(i), depth+1); err != nil {
			name, _, _ := strings.Cut(tag, ",")
			return err.member(cmp.Or(name, f.Name))
		}
	}
	return nil
}
