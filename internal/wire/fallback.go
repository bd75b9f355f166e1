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

// Values of types that only encoding/json can write are inspected first, by reflection:
// encoding/json replaces bytes that are not UTF-8 without an error, and a value that is
// nested deeply enough overflows the stack.

// maxVisits is how many values a value may contain. One that is referred to twice counts
// twice.
const maxVisits = 1 << 22

// appendFallback appends a value of a type that appendValue does not know.
func (e *Encoder) appendFallback(b []byte, v any, depth int) ([]byte, *FieldError) {
	if e.plain {
		return e.marshal(b, v)
	}
	if e.skipForeign {
		return append(b, "null"...), nil
	}
	// Writing v may call methods of the caller's types. They run in a goroutine of their
	// own, so that a method that panics, or ends its goroutine as t.FailNow does, is an
	// error of this record only.
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
		out, err = e.appendInspected(b, v, depth)
		returned = true
	}()
	<-done
	if !returned && err == nil {
		err = notJSON(fmt.Sprintf("%T ended its goroutine", v))
	}
	return out, err
}

// appendInspected inspects v and appends it as encoding/json writes it.
func (e *Encoder) appendInspected(b []byte, v any, depth int) ([]byte, *FieldError) {
	in := inspector{left: maxVisits}
	if err := in.inspect(reflect.ValueOf(v), depth); err != nil {
		return b, err
	}
	start := len(b)
	b, err := e.marshal(b, v)
	if err == nil {
		err = checkRaw(b[start:], in.marshalsText && !in.marshalsJSON)
	}
	if err == nil && (in.marshalsText || in.marshalsJSON) {
		err = e.checkNesting(b[start:], depth)
	}
	return b, err
}

// marshal appends v as encoding/json writes it, without HTML escapes.
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

// appendRaw appends JSON from the caller without the white space between its tokens.
func (e *Encoder) appendRaw(b []byte, raw json.RawMessage, depth int) ([]byte, *FieldError) {
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
		if err := e.checkNesting(e.raw.Bytes(), depth); err != nil {
			return b, err
		}
	}
	return append(b, e.raw.Bytes()...), nil
}

// checkRaw returns an error if valid JSON contains strings that are not valid Unicode: bytes
// that are not UTF-8, or unpaired surrogates, which some JSON parsers replace and others
// reject.
//
// If escapedIsInvalid is true, the escape \ufffd is an error too: in what encoding/json makes
// of text, it replaces a byte that is not UTF-8, because the character U+FFFD itself is not
// escaped. In the output of a MarshalJSON method it may be either.
func checkRaw(raw []byte, escapedIsInvalid bool) *FieldError {
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
		if escapedIsInvalid && string(raw[2:6]) == "fffd" {
			return &FieldError{Rule: "must be UTF-8 text", Got: "has a byte that is not"}
		}
		half := surrogate(raw)
		if half == notSurrogate {
			raw = raw[6:]
			continue
		}
		if half != highSurrogate || surrogate(raw[6:]) != lowSurrogate {
			return &FieldError{Rule: "must be UTF-8 text", Got: "has half of a surrogate pair, " + string(raw[:6])}
		}
		raw = raw[12:]
	}
}

// surrogateHalf is which half of a surrogate pair an escape is.
type surrogateHalf int

const (
	notSurrogate  surrogateHalf = iota
	highSurrogate               // the first half, \ud800 to \udbff
	lowSurrogate                // the second half, \udc00 to \udfff
)

// surrogate reports which half of a surrogate pair the escape at the beginning of raw is.
func surrogate(raw []byte) surrogateHalf {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' || raw[2]|0x20 != 'd' {
		return notSurrogate
	}
	switch raw[3] | 0x20 { // in lower case
	case '8', '9', 'a', 'b':
		return highSurrogate
	case 'c', 'd', 'e', 'f':
		return lowSurrogate
	}
	return notSurrogate
}

// inspector inspects a value before encoding/json writes it.
type inspector struct {
	left         int  // how many more values may be visited
	marshalsText bool // whether MarshalText makes some of the text, which is not inspected
	marshalsJSON bool // whether MarshalJSON makes some of the JSON, which may have any escape
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// inspect inspects v, which is at the given depth. Values whose type has a MarshalJSON or a
// MarshalText method are left to checkRaw, which sees their output.
func (in *inspector) inspect(v reflect.Value, depth int) *FieldError {
	if depth > maxDepth {
		return tooDeep()
	}
	if in.left--; in.left < 0 {
		return &FieldError{Rule: givenUp}
	}
	if !v.IsValid() {
		return nil
	}
	if in.marshals(v) {
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return invalidUTF8(v.String())
		}
	case reflect.Pointer, reflect.Interface:
		return in.inspect(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return in.inspectItems(v, depth)
	case reflect.Map:
		return in.inspectMap(v, depth)
	case reflect.Struct:
		return in.inspectFields(v, depth)
	}
	return nil
}

// marshals reports whether encoding/json calls MarshalJSON or MarshalText to write v, and
// notes which.
func (in *inspector) marshals(v reflect.Value) bool {
	t := v.Type()
	if v.CanAddr() {
		t = reflect.PointerTo(t) // has the methods of t as well
	}
	if t.Implements(jsonMarshaler) {
		in.marshalsJSON = true
		return true
	}
	text := t.Implements(textMarshaler)
	in.marshalsText = in.marshalsText || text
	return text
}

func (in *inspector) inspectItems(v reflect.Value, depth int) *FieldError {
	switch v.Type().Elem().Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return nil
	}
	for i := range v.Len() {
		if err := in.inspect(v.Index(i), depth+1); err != nil {
			return err.At(i)
		}
	}
	return nil
}

func (in *inspector) inspectMap(v reflect.Value, depth int) *FieldError {
	// Of several entries with an error, the one with the lowest key has the error that is
	// returned: a map has no order, and the same record has the same error again.
	var (
		first *FieldError
		where string
	)
	for it := v.MapRange(); it.Next(); {
		key, err := in.inspectEntry(it.Key(), it.Value(), depth)
		if err != nil && err.endsObject() {
			return err
		}
		if err != nil && (first == nil || key < where) {
			first, where = err, key
		}
	}
	return first
}

// inspectEntry inspects an entry of a map. With an error it returns the key as text.
func (in *inspector) inspectEntry(key, value reflect.Value, depth int) (string, *FieldError) {
	if key.Kind() != reflect.String {
		in.marshalsText = in.marshalsText || key.Type().Implements(textMarshaler)
	} else if !utf8.ValidString(key.String()) {
		return key.String(), invalidUTF8(key.String()).OfKey(key.String())
	}
	err := in.inspect(value, depth+1)
	if err == nil {
		return "", nil
	}
	name := fmt.Sprint(key)
	return name, err.member(name)
}

func (in *inspector) inspectFields(v reflect.Value, depth int) *FieldError {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if !f.IsExported() && !f.Anonymous || tag == "-" {
			continue
		}
		if err := in.inspect(v.Field(i), depth+1); err != nil {
			name, _, _ := strings.Cut(tag, ",")
			return err.member(cmp.Or(name, f.Name))
		}
	}
	return nil
}
