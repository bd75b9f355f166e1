package wire

import (
	"bytes"
	"encoding/json"
	"slices"
)

// checkNesting returns an error if JSON that a caller or a method of the caller's has made has
// an object with the same key twice, of which some parsers take the first and others the last
// value, or nests deeper than maxDepth together with what is around it. raw is valid JSON
// without white space, and stands at the given depth.
func (e *Encoder) checkNesting(raw []byte, depth int) *FieldError {
	defer e.dropKeys()
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '{', '[':
			if depth+len(e.firstKeys) >= maxDepth {
				return tooDeep()
			}
			e.firstKeys = append(e.firstKeys, len(e.keys))
		case '}', ']':
			last := len(e.firstKeys) - 1
			first := e.firstKeys[last]
			if key, found := findTwice(e.keys[first:]); found {
				return &FieldError{Rule: "must not have a key twice", Got: "has " + quote(string(key)) + " twice"}
			}
			clear(e.keys[first:])
			e.keys, e.firstKeys = e.keys[:first], e.firstKeys[:last]
		case '"':
			text := raw[i : i+textEnd(raw[i:])]
			i += len(text) - 1
			if i+1 < len(raw) && raw[i+1] == ':' {
				e.keys = append(e.keys, keyOf(text))
			}
		}
	}
	return nil
}

// dropKeys clears the scratch space of checkNesting.
func (e *Encoder) dropKeys() {
	clear(e.keys)
	e.keys, e.firstKeys = e.keys[:0], e.firstKeys[:0]
}

// textEnd returns the length of the JSON string that raw begins with.
func textEnd(raw []byte) int {
	for i := 1; ; i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// keyOf returns the key that a JSON string stands for.
func keyOf(text []byte) []byte {
	if bytes.IndexByte(text, '\\') >= 0 {
		var key string
		if json.Unmarshal(text, &key) == nil {
			return []byte(key)
		}
	}
	return text[1 : len(text)-1]
}

// findTwice returns a key that is in keys twice. It may change their order.
func findTwice(keys [][]byte) ([]byte, bool) {
	if len(keys) > fewMembers {
		slices.SortFunc(keys, bytes.Compare)
		for i := 1; i < len(keys); i++ {
			if bytes.Equal(keys[i-1], keys[i]) {
				return keys[i], true
			}
		}
		return nil, false
	}
	for i, key := range keys {
		for _, other := range keys[:i] {
			if bytes.Equal(key, other) {
				return key, true
			}
		}
	}
	return nil, false
}
