package apitest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// A packed object is the compact JSON of an object with its keys in order, or "" for none. An
// estate keeps metadata, tags and enrichments in this form, since a map of four keys takes ten
// times as much memory.
type packed string

// unpack returns the object, nil for none.
func (p packed) unpack() map[string]any {
	if p == "" {
		return nil
	}
	in := parser{data: []byte(p), maxObject: math.MaxInt, keys: make(map[string]string)}
	return in.value(true).(map[string]any)
}

// nulls says which keys are left out of a packed object because their value is null.
type nulls int

const (
	keepNulls nulls = iota
	dropNulls       // of the object itself
	dropDeep        // of the objects in it, too, but not of those in arrays
)

// A packer packs objects. Its buffers are used again, so that packing the same object once
// more allocates nothing.
type packer struct {
	buf  []byte
	keys []string // of the objects that are being packed, the outer ones first
}

// merge returns base with the keys of patch set, and those whose value is null removed. If
// deep, an object is merged into the object that base has under the same key.
func (p *packer) merge(base packed, patch map[string]any, deep bool) packed {
	drop := dropNulls
	if deep {
		drop = dropDeep
	}
	// What an integration sends again and again is what is there already.
	p.buf = p.appendObject(p.buf[:0], patch, drop)
	if base != "" && string(p.buf) != string(base) && len(base) > len("{}") {
		p.buf = p.appendObject(p.buf[:0], merge(base.unpack(), patch, deep), keepNulls)
	}
	return p.result(base)
}

// pack packs an object. previous is what its place held before.
func (p *packer) pack(object map[string]any, previous packed) packed {
	p.buf = p.appendObject(p.buf[:0], object, keepNulls)
	return p.result(previous)
}

func (p *packer) result(previous packed) packed {
	if string(p.buf) == string(previous) {
		return previous
	}
	return packed(p.buf)
}

// merge is packer.merge for maps; it changes base.
func merge(base, patch map[string]any, deep bool) map[string]any {
	if base == nil {
		base = make(map[string]any, len(patch))
	}
	for name, v := range patch {
		object, ok := v.(map[string]any)
		switch {
		case v == nil:
			delete(base, name)
		case ok && deep:
			old, _ := base[name].(map[string]any)
			base[name] = merge(old, object, deep)
		default:
			base[name] = v
		}
	}
	return base
}

func (p *packer) appendObject(dst []byte, object map[string]any, drop nulls) []byte {
	first := len(p.keys)
	for name, v := range object {
		if v != nil || drop == keepNulls {
			p.keys = append(p.keys, name)
		}
	}
	last := len(p.keys)
	slices.Sort(p.keys[first:])
	inner := drop
	if drop == dropNulls {
		inner = keepNulls
	}
	dst = append(dst, '{')
	for i := first; i < last; i++ {
		if i > first {
			dst = append(dst, ',')
		}
		name := p.keys[i]
		dst = append(appendString(dst, name), ':')
		dst = p.appendValue(dst, object[name], inner)
	}
	clear(p.keys[first:last])
	p.keys = p.keys[:first]
	return append(dst, '}')
}

// appendValue appends a value as the parser makes it where numbers are exact.
func (p *packer) appendValue(dst []byte, v any, drop nulls) []byte {
	switch v := v.(type) {
	case map[string]any:
		return p.appendObject(dst, v, drop)
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = p.appendValue(dst, element, keepNulls)
		}
		return append(dst, ']')
	case string:
		return appendString(dst, v)
	case json.Number:
		return append(dst, v...)
	case bool:
		if v {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case nil:
		return append(dst, "null"...)
	default:
		panic(fmt.Sprintf("apitest: a %T in an object", v))
	}
}

// appendString appends a JSON string. Of valid UTF-8, JSON wants nothing escaped but quotes,
// backslashes and control characters.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	written := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[written:i]...)
		if c < ' ' {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		} else {
			dst = append(dst, '\\', c)
		}
		written = i + 1
	}
	return append(append(dst, s[written:]...), '"')
}
