package wire

import (
	"encoding/json"
	"math"
)

// objectFinder finds what is wrong in one free-form object. It walks through the objects and
// arrays in it, and lets the Encoder write everything else.
type objectFinder struct {
	*Finder
	buf  []byte      // the JSON so far, with null for what cannot be written
	lost int         // bytes of text that cannot be written
	ends *FieldError // why the walk ended before all was seen
}

// Object adds what is wrong in a free-form object, and the error for one whose JSON has more
// than limit bytes; 0 means no limit.
//
// Once maxBroken rules are found, no value is tried any more that only encoding/json can
// write: that may run a method of the caller's, which may take its time.
func (f *Finder) Object(field string, m map[string]any, limit int) {
	if len(m) == 0 {
		return
	}
	f.stop = math.MaxInt
	if limit > 0 {
		f.stop = giveUpAt * limit
	}
	o := &objectFinder{Finder: f, buf: f.Buf[len(f.Buf):]}
	f.Enter(field)
	o.find(m, 0)
	f.Leave()
	f.skipForeign = false
	switch size := o.size(); {
	case limit == 0:
	case o.ends == nil && size > limit:
		f.Add(TooLarge(field, size, limit))
	case o.ends != nil && o.ends.Rule == givenUp:
		f.Add(muchTooLarge(field, limit))
	}
}

func (o *objectFinder) find(v any, depth int) {
	switch v := v.(type) {
	case map[string]any:
		if v != nil && !o.tooMuch(depth) {
			members(o, v, func(v any) { o.find(v, depth+1) })
			return
		}
	case map[string]string:
		if v != nil {
			members(o, v, func(s string) { o.leaf(s, depth+1) })
			return
		}
	case []any:
		if v != nil && !o.tooMuch(depth) {
			items(o, v, func(v any) { o.find(v, depth+1) })
			return
		}
	case []string:
		if v != nil {
			items(o, v, func(s string) { o.leaf(s, depth+1) })
			return
		}
	}
	if o.ends == nil {
		o.leaf(v, depth)
	}
}

// size is the number of bytes of JSON so far.
func (o *objectFinder) size() int { return len(o.buf) + o.lost }

// members finds what is wrong with the keys of an object, and calls find for each value.
func members[V any](o *objectFinder, m map[string]V, find func(V)) {
	o.buf = append(o.buf, '{')
	for _, v := range appendSorted(nil, m) {
		b, err := AppendText(o.buf, v.Key)
		if err != nil {
			o.Add(err.OfKey(v.Key))
			b = AppendPlainText(b, v.Key)
		}
		o.buf = append(b, ':')
		o.enterMember(v.Key)
		find(v.Value)
		o.Leave()
		if o.ends != nil {
			return
		}
		o.buf = append(o.buf, ',')
	}
	o.buf = CloseObject(o.buf)
}

// items calls find for each item of an array.
func items[V any](o *objectFinder, a []V, find func(V)) {
	o.buf = append(o.buf, '[')
	for i, v := range a {
		o.EnterItem(i)
		find(v)
		o.Leave()
		if o.ends != nil {
			return
		}
		o.buf = append(o.buf, ',')
	}
	o.buf = CloseArray(o.buf)
}

// leaf finds what is wrong with a value that the Encoder writes at once.
func (o *objectFinder) leaf(v any, depth int) {
	if o.size() > o.stop {
		o.end(o.tooLarge())
		return
	}
	o.skipForeign = o.full()
	b, err := o.appendValue(o.buf, v, depth)
	switch {
	case err == nil:
		o.buf = b
	case err.Rule == givenUp:
		o.end(err)
	default:
		o.Add(err)
		o.buf = append(o.buf, "null"...)
		o.lost += textSize(v)
	}
}

// textSize returns the number of bytes of a value that is a text.
func textSize(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case *string:
		return len(*v)
	case json.Number:
		return len(v)
	case json.RawMessage:
		return len(v)
	}
	return 0
}

// tooMuch reports whether the object ends here, because it nests too deep or is too large. A
// value that contains itself has no end.
func (o *objectFinder) tooMuch(depth int) bool {
	switch {
	case depth >= maxDepth:
		o.end(tooDeep())
	case o.size() > o.stop:
		o.end(o.tooLarge())
	}
	return o.ends != nil
}

// end ends the walk. That the object is too large is added when its path is left.
func (o *objectFinder) end(err *FieldError) {
	o.ends = err
	if err.Rule != givenUp {
		o.Add(err)
	}
}
