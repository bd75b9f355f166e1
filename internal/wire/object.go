package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

const (
	// maxDepth is how many levels of objects and arrays a free-form object may have. Real
	// data has far fewer; a map that contains itself reaches the limit.
	maxDepth = 1000

	// giveUpAt is the multiple of its size limit at which the writing of an object stops.
	// An object that is smaller is written to its end, so that the error has its size. The
	// JSON of a value that refers to the same part again and again would otherwise fill the
	// memory.
	giveUpAt = 8
)

// AppendObject appends a free-form object whose JSON has at most limit bytes; 0 means no limit.
func (e *Encoder) AppendObject(b []byte, m map[string]any, limit int) ([]byte, *FieldError) {
	start := len(b)
	e.stop = math.MaxInt
	if limit > 0 {
		e.stop = start + giveUpAt*limit
	}
	b, err := e.appendMap(b, m, 0)
	if err != nil {
		if err.Rule == givenUp && limit > 0 {
			err = muchTooLarge("", limit)
		}
		return b, err
	}
	if size := len(b) - start; limit > 0 && size > limit {
		return b, TooLarge("", size, limit)
	}
	return b, nil
}

func (e *Encoder) appendMap(b []byte, m map[string]any, depth int) ([]byte, *FieldError) {
	if m == nil {
		return append(b, "null"...), nil
	}
	if depth >= maxDepth || len(b) > e.stop {
		return e.tooMuch(b, m, depth)
	}
	// Nested objects append to e.members as well, and may reallocate it. The loop below
	// then goes on in the old array, in which these members are unchanged.
	first := len(e.members)
	e.members = appendSorted(e.members, m)
	b = append(b, '{')
	for _, v := range e.members[first:] {
		var err *FieldError
		if b, err = e.appendText(b, v.Key); err != nil {
			return b, err.OfKey(v.Key)
		}
		b = append(b, ':')
		if b, err = e.appendValue(b, v.Value, depth+1); err != nil {
			return b, err.member(v.Key)
		}
		b = append(b, ',')
	}
	clear(e.members[first:])
	e.members = e.members[:first]
	return CloseObject(b), nil
}

func (e *Encoder) appendArray(b []byte, a []any, depth int) ([]byte, *FieldError) {
	if a == nil {
		return append(b, "null"...), nil
	}
	if depth >= maxDepth || len(b) > e.stop {
		return e.tooMuch(b, a, depth)
	}
	b = append(b, '[')
	for i, v := range a {
		var err *FieldError
		if b, err = e.appendValue(b, v, depth+1); err != nil {
			return b, err.At(i)
		}
		b = append(b, ',')
	}
	return CloseArray(b), nil
}

// appendValue appends a value of a free-form object. It writes the types that decoders and
// programs commonly use; any other type is written by encoding/json.
func (e *Encoder) appendValue(b []byte, v any, depth int) ([]byte, *FieldError) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case string:
		if len(b)+len(v) > e.stop {
			return b, e.tooLarge()
		}
		return e.appendText(b, v)
	case bool:
		return strconv.AppendBool(b, v), nil
	case float64:
		return AppendFloat(b, v, 64)
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case json.Number:
		return appendNumber(b, v)
	case map[string]any:
		return e.appendMap(b, v, depth)
	case []any:
		return e.appendArray(b, v, depth)
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case int32:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int16:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int8:
		return strconv.AppendInt(b, int64(v), 10), nil
	case uint:
		return strconv.AppendUint(b, uint64(v), 10), nil
	case uint64:
		return strconv.AppendUint(b, v, 10), nil
	case uint32:
		return strconv.AppendUint(b, uint64(v), 10), nil
	case uint16:
		return strconv.AppendUint(b, uint64(v), 10), nil
	case uint8:
		return strconv.AppendUint(b, uint64(v), 10), nil
	case float32:
		return AppendFloat(b, float64(v), 32)
	case *string:
		if v == nil {
			return append(b, "null"...), nil
		}
		return e.appendValue(b, *v, depth)
	case []string:
		return e.appendTexts(b, v)
	case map[string]string:
		return e.appendTextMap(b, v)
	case time.Time:
		return appendTime(b, v)
	case json.RawMessage:
		return e.appendRaw(b, v, depth)
	}
	return e.appendFallback(b, v, depth)
}

func (e *Encoder) appendText(b []byte, s string) ([]byte, *FieldError) {
	if e.plain {
		return AppendPlainText(b, s), nil
	}
	return AppendText(b, s)
}

func (e *Encoder) appendTexts(b []byte, a []string) ([]byte, *FieldError) {
	if a == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i, s := range a {
		if len(b)+len(s) > e.stop {
			return b, e.tooLarge()
		}
		var err *FieldError
		if b, err = e.appendText(b, s); err != nil {
			return b, err.At(i)
		}
		b = append(b, ',')
	}
	return CloseArray(b), nil
}

func (e *Encoder) appendTextMap(b []byte, m map[string]string) ([]byte, *FieldError) {
	if m == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '{')
	for _, t := range e.SortStrings(m) {
		if len(b)+len(t.Key)+len(t.Value) > e.stop {
			return b, e.tooLarge()
		}
		var err *FieldError
		if b, err = e.appendText(b, t.Key); err != nil {
			return b, err.OfKey(t.Key)
		}
		b = append(b, ':')
		if b, err = e.appendText(b, t.Value); err != nil {
			return b, err.member(t.Key)
		}
		b = append(b, ',')
	}
	e.DropStrings()
	return CloseObject(b), nil
}

func appendTime(b []byte, t time.Time) ([]byte, *FieldError) {
	out, err := t.AppendText(append(b, '"'))
	if err != nil {
		return b, &FieldError{Rule: "must be a time that JSON can hold", Got: "is " + quote(t.String())}
	}
	return append(out, '"'), nil
}

// tooMuch returns the error for a value that nests too deep or whose JSON is too large.
func (e *Encoder) tooMuch(b []byte, v any, depth int) ([]byte, *FieldError) {
	if depth >= maxDepth {
		if e.plain { // encoding/json detects cycles and has no other limit
			return e.marshal(b, v)
		}
		return b, tooDeep()
	}
	return b, e.tooLarge()
}

func tooDeep() *FieldError {
	return &FieldError{Rule: tooDeepRule, Got: "goes deeper, or contains itself"}
}

var tooDeepRule = "must not nest deeper than " + strconv.Itoa(maxDepth) + " levels"

// givenUp is the rule in the error for an object that was not written to its end.
const givenUp = "is too large to be written"

func (e *Encoder) tooLarge() *FieldError { return &FieldError{Rule: givenUp} }

// endsObject reports whether the error ends the inspection of a value: one that contains itself
// has no end.
func (e *FieldError) endsObject() bool { return e.Rule == tooDeepRule || e.Rule == givenUp }
