package bill

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/klarity-go/klarity/api"
)

// tags are what the Tags cell of a row says. The specification has a JSON object of texts, numbers
// and booleans in it (specification/attributes/key_value_format.md).
type tags struct {
	short    map[string]*string
	metadata map[string]any // what cannot be a tag, or nil
	odd      bool           // the cell holds something else than an object
}

// The bounds of what tags may have as JSON, within those of the contract: in the metadata beside
// all other texts.
const (
	maxTagBytes     = maxBytes * 9 / 10
	maxLongTagBytes = maxBytes * 4 / 10
)

// parseTags parses a cell. A text, a number or a boolean is the tag's value; a list or an object is
// it as JSON; null clears the tag. What is too long for a tag of Klarity, or one too many, is in the
// metadata as long_tags, and a cell that holds no object as tags_text: the amount of its row can be
// read, and so nothing is refused.
func parseTags(cell string) tags {
	if cell == "" {
		return tags{}
	}
	object, leftOut := tagObject(cell)
	if object == nil {
		return tags{odd: true, metadata: map[string]any{"tags_text": cut(cell, maxMetadata)}}
	}
	t := tags{short: map[string]*string{}}
	long := map[string]any{}
	size, longSize := 0, 0
	for _, key := range slices.Sorted(maps.Keys(object)) {
		value, isNull := tagValue(object[key])
		bytes := jsonSize(key) + jsonSize(value)
		switch {
		case key != "" && utf8.RuneCountInString(key) <= maxText && utf8.RuneCountInString(value) <= maxText &&
			len(t.short) < maxTags && size+bytes <= maxTagBytes:
			size += bytes
			t.short[key] = api.Tag(value)
			if isNull {
				t.short[key] = api.ClearedTag()
			}
		case longSize+bytes <= maxLongTagBytes:
			longSize += bytes
			long[key] = value
		default:
			leftOut++
		}
	}
	t.metadata = map[string]any{}
	if len(long) > 0 {
		t.metadata["long_tags"] = long
	}
	if leftOut > 0 {
		t.metadata["tags_left_out"] = leftOut
	}
	return t
}

// tagObject returns the keys and values of a cell, or nil if it holds none. Google has a list of
// them in BigQuery, each with a key, a value, and where it comes from; its CSV has the list as JSON.
// https://docs.cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/focus-export
// There a key may come several times, a label of the resource before that of its project: the
// first one stays, and repeated says how many others there were.
func tagObject(cell string) (object map[string]json.RawMessage, repeated int) {
	if json.Unmarshal([]byte(cell), &object) == nil {
		return object, 0
	}
	var list []struct {
		Key   *string         `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	if json.Unmarshal([]byte(cell), &list) != nil {
		return nil, 0
	}
	object = map[string]json.RawMessage{}
	for _, tag := range list {
		if tag.Key == nil || tag.Value == nil {
			return nil, 0
		}
		if _, found := object[*tag.Key]; found {
			repeated++
			continue
		}
		object[*tag.Key] = tag.Value
	}
	return object, repeated
}

// tagValue is a value as text.
func tagValue(raw json.RawMessage) (text string, isNull bool) {
	if bytes.Equal(raw, []byte("null")) {
		return "", true
	}
	if err := json.Unmarshal(raw, &text); err == nil {
		return text, false
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return string(raw), false // it was parsed before
	}
	return compact.String(), false
}

// jsonSize is the most that a text can take as a member of an object in JSON.
func jsonSize(text string) int {
	n := len(`"":,`)
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c == 0x7f:
			n += len(`\u0000`)
		case c == '"' || c == '\\':
			n += 2
		case c == 0xe2: // U+2028 and U+2029 may be escaped
			n += 4
		default:
			n++
		}
	}
	return n
}
