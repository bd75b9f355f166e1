package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type (
	named     map[string]any
	namedText string
	celsius   float64
	tagged    struct {
		Visible string `json:"visible"`
		Empty   string `json:"empty,omitempty"`
		Hidden  string `json:"-"`
		private string
		*inner
	}
	inner    struct{ Inside []string }
	chain    struct{ Next *chain }
	upper    string   // has MarshalText
	itself   string   // has MarshalJSON
	panicky  struct{} // its MarshalJSON panics
	leaving  struct{} // its MarshalText ends the goroutine
	parting  string   // its String, which makes the path of an error, ends the goroutine
	farewell struct{} // its MarshalJSON panics with a parting
	refusing struct{} // its MarshalJSON returns an error
)

func (u upper) MarshalText() ([]byte, error)   { return []byte(strings.ToUpper(string(u))), nil }
func (i itself) MarshalJSON() ([]byte, error)  { return []byte(i), nil }
func (panicky) MarshalJSON() ([]byte, error)   { panic("out of cheese") }
func (leaving) MarshalText() ([]byte, error)   { runtime.Goexit(); return nil, nil }
func (parting) String() string                 { runtime.Goexit(); return "" }
func (farewell) MarshalJSON() ([]byte, error)  { panic(parting("")) }
func (*refusing) MarshalJSON() ([]byte, error) { return nil, fmt.Errorf("not today") }

var noon = time.Date(2022, 5, 1, 12, 0, 0, 123456789, time.FixedZone("", 7200))

func pointer[T any](v T) *T { return &v }

func TestValuesAreWrittenAsByEncodingJSON(t *testing.T) {
	for _, v := range []any{
		nil, true, false, "text", "<é>\u2028", 0, -1, math.MaxInt, int64(math.MaxInt64), int8(-8), int16(-16), int32(-32), int64(-64),
		uint(1), uint8(8), uint16(16), uint32(32), uint64(math.MaxUint64), uintptr(7),
		1.5, 1e21, 1e-7, float32(0.1), float32(1e-7), json.Number("1.50"), json.Number(""),
		map[string]any{}, map[string]any(nil), []any{}, []any(nil), []any{nil, []any{}, map[string]any{"k": []any{1}}},
		map[string]string{"b": "2", "a": "1"}, map[string]string(nil), map[string]string{},
		[]string{"x", "y"}, []string(nil), []string{},
		noon, &noon, (*time.Time)(nil), time.Time{},
		json.RawMessage(` { "a" : [ 1 , 2 ] , "s" : "\u00e9 \ud83d\ude00 \\ud800" } `), json.RawMessage(nil), json.RawMessage("null"),
		pointer("p"), (*string)(nil), pointer(3), pointer(any("deep")), (*int)(nil), pointer(pointer(pointer(1))),
		named{"k": named{"j": 1}}, namedText("t"), celsius(21.5), []named{{"a": 1}}, []byte("bytes"), []byte(nil), [2]int{1, 2}, [3]byte{1},
		[]map[string]any{{"a": 1}, nil}, map[int]string{2: "b", 1: "a", 10: "c"}, map[upper]int{"k": 1}, map[namedText]bool{"k": true},
		tagged{Visible: "v", private: "p"}, &tagged{inner: &inner{[]string{"i"}}}, (*tagged)(nil), struct{}{},
		upper("up"), itself(` [ "<" ] `), []itself{"1", "2"}, (*refusing)(nil), &chain{&chain{&chain{}}}, time.Second, []error{nil},
	} {
		m := map[string]any{"value": v, "": v, "list": []any{v}}
		want := stockJSON(t, m)
		for _, e := range []*Encoder{{}, {plain: true}} {
			got, err := e.AppendObject(nil, m, 0)
			if err != nil {
				t.Errorf("%T (plain %v): got error %v, want none", v, e.plain, err)
			}
			if string(got) != want {
				t.Errorf("%T (plain %v):\ngot  %s\nwant %s", v, e.plain, got, want)
			}
			if n := len(e.members); n != 0 {
				t.Errorf("%T (plain %v): got %d members in the scratch space, want 0", v, e.plain, n)
			}
			if n := len(e.texts); n != 0 {
				t.Errorf("%T (plain %v): got %d texts in the scratch space, want 0", v, e.plain, n)
			}
		}
	}
}

// cyclic returns values that contain themselves.
func cyclic() map[string]any {
	m := map[string]any{}
	m["again"] = m
	s := []any{nil, nil}
	s[0], s[1] = s, s
	n := named{}
	n["again"] = n
	c := &chain{}
	c.Next = c
	var p any
	p = &p
	mixed := map[string]any{}
	mixed["list"] = []any{named{"back": mixed}}
	return map[string]any{"map": m, "slice": s, "named map": n, "pointer": c, "interface": p, "mixed": mixed}
}

func TestValuesThatContainThemselves(t *testing.T) {
	for name, v := range cyclic() {
		for _, e := range []*Encoder{{}, {plain: true}} {
			_, err := e.AppendObject(nil, map[string]any{"v": v}, 1000)
			if err == nil {
				t.Errorf("%s (plain %v): got no error, want one", name, e.plain)
				continue
			}
			if got, most := len(err.Field), maxPath+len("…"); got > most {
				t.Errorf("%s (plain %v): got a path of %d bytes, want at most %d", name, e.plain, got, most)
			}
		}
	}
}

func TestDepth(t *testing.T) {
	nest := func(levels int) map[string]any {
		m := map[string]any{"bottom": true}
		for range levels - 1 {
			m = map[string]any{"m": m}
		}
		return m
	}
	var e Encoder
	if _, err := e.AppendObject(nil, nest(maxDepth), 0); err != nil {
		t.Errorf("%d levels: got error %v, want none", maxDepth, err)
	}
	if _, err := e.AppendObject(nil, nest(maxDepth+1), 0); err == nil {
		t.Errorf("%d levels: got no error, want %v", maxDepth+1, tooDeep())
	} else if err.Rule != tooDeep().Rule {
		t.Errorf("%d levels: got %v, want %v", maxDepth+1, err, tooDeep())
	}
	plain := Encoder{plain: true} // has no limit, like encoding/json
	deep := nest(3 * maxDepth)
	got, err := plain.AppendObject(nil, deep, 0)
	if err != nil {
		t.Errorf("plain, %d levels: got error %v, want none", 3*maxDepth, err)
	}
	if want := stockJSON(t, deep); string(got) != want {
		t.Errorf("plain, %d levels: got %d bytes %.100s, want %d bytes %.100s", 3*maxDepth, len(got), got, len(want), want)
	}
	var long *chain
	for range 100_000 {
		long = &chain{long}
	}
	if _, err := e.AppendObject(nil, map[string]any{"c": long}, 0); err == nil {
		t.Error("100,000 pointers in a chain: got no error, want one")
	}
}

// The JSON of a value of 40 levels, each of which refers to the next one twice, has more than
// 2^40 bytes.
func TestValuesThatGrowWithoutEnd(t *testing.T) {
	var list any = []any{"leaf"}
	var foreign any = []named{{"leaf": 1}}
	for range 40 {
		list = []any{list, list}
		foreign = [2]any{foreign, foreign}
	}
	for name, v := range map[string]any{"known types": list, "other types": foreign} {
		var e Encoder
		_, err := e.AppendObject(nil, map[string]any{"v": v}, 1000)
		if err == nil {
			t.Errorf("%s: got no error, want one", name)
			continue
		}
		if err.Field != "" {
			t.Errorf("%s: got field %q, want none", name, err.Field)
		}
		if want := "has more than 8000 bytes"; err.Got != want {
			t.Errorf("%s: got %q, want %q", name, err.Got, want)
		}
	}
}

func TestUnwritableValues(t *testing.T) {
	const bad = "a\xffb"
	for _, tc := range []struct {
		v    any
		want string
	}{
		{math.NaN(), `v: must be a number that JSON can hold; is NaN`},
		{float32(math.Inf(-1)), `v: must be a number that JSON can hold; is -Inf`},
		{json.Number("1,5"), `v: must be a number as JSON writes it; is "1,5"`},
		{bad, `v: must be UTF-8 text; has the byte 0xff at offset 1`},
		{pointer(bad), `v: must be UTF-8 text; has the byte 0xff at offset 1`},
		{[]string{"", bad}, `v[1]: must be UTF-8 text; has the byte 0xff at offset 1`},
		{[]any{map[string]any{bad: 1}}, `v[0]["a\xffb"]: must have a key that is UTF-8 text; has the byte 0xff at offset 1`},
		{map[string]string{"k": bad}, `v.k: must be UTF-8 text; has the byte 0xff at offset 1`},
		{map[string]string{bad: ""}, `v["a\xffb"]: must have a key that is UTF-8 text; has the byte 0xff at offset 1`},
		{named{"cost centre": bad}, `v["cost centre"]: must be UTF-8 text; has the byte 0xff at offset 1`},
		{map[namedText]int{bad: 1}, `v["a\xffb"]: must have a key that is UTF-8 text; has the byte 0xff at offset 1`},
		{[1]namedText{bad}, `v[0]: must be UTF-8 text; has the byte 0xff at offset 1`},
		{&tagged{Visible: bad}, `v.visible: must be UTF-8 text; has the byte 0xff at offset 1`},
		{tagged{inner: &inner{[]string{bad}}}, `v.inner.Inside[0]: must be UTF-8 text; has the byte 0xff at offset 1`},
		{json.RawMessage(`"` + bad + `"`), `v: must be UTF-8 text; has the byte 0xff at offset 2`},
		{json.RawMessage(`"\ud800"`), `v: must be UTF-8 text; has half of a surrogate pair, \ud800`},
		{json.RawMessage(`"\\\uDC00"`), `v: must be UTF-8 text; has half of a surrogate pair, \uDC00`},
		{json.RawMessage(`["\ud83d\ud83d"]`), `v: must be UTF-8 text; has half of a surrogate pair, \ud83d`},
		{itself(`"\ud83dx"`), `v: must be UTF-8 text; has half of a surrogate pair, \ud83d`},
		{json.RawMessage(``), `v: must be a value that can be written as JSON; unexpected end of JSON input`},
		{json.RawMessage(`{"a":}`), `v: must be a value that can be written as JSON; invalid character '}' looking for beginning of value`},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), `v: must be a time that JSON can hold; is "10000-01-01 00:00:00 +0000 UTC"`},
		{make(chan int), `v: must be a value that can be written as JSON; json: unsupported type: chan int`},
		{func() {}, `v: must be a value that can be written as JSON; json: unsupported type: func()`},
		{complex(1, 2), `v: must be a value that can be written as JSON; json: unsupported type: complex128`},
		{panicky{}, `v: must be a value that can be written as JSON; wire.panicky panicked: out of cheese`},
		{leaving{}, `v: must be a value that can be written as JSON; wire.leaving ended its goroutine`},
		{[]any{map[leaving]int{{}: 1}}, `v[0]: must be a value that can be written as JSON; map[wire.leaving]int ended its goroutine`},
		{map[parting]string{"k": bad}, `v: must be a value that can be written as JSON; map[wire.parting]string ended its goroutine`},
		{farewell{}, `v: must be a value that can be written as JSON; wire.farewell ended its goroutine`},
		{&refusing{}, `v: must be a value that can be written as JSON; json: error calling MarshalJSON for type *wire.refusing: not today`},
		{[]float64{math.NaN()}, `v: must be a value that can be written as JSON; json: unsupported value: NaN`},
	} {
		var e Encoder
		got, err := e.AppendObject([]byte("x"), map[string]any{"v": tc.v}, 1_000_000)
		if err == nil {
			t.Errorf("%T: got %s and no error, want the error %s", tc.v, got, tc.want)
		} else if err.Error() != tc.want {
			t.Errorf("%T:\ngot  %s\nwant %s", tc.v, err, tc.want)
		}
	}
}

func TestPathsStayShort(t *testing.T) {
	err := Invalid("leaf", strings.Repeat("é", 500), "must be short")
	for i := range 200 {
		err = err.At(i).Key(strings.Repeat("ü", 300)).Under("müsli")
	}
	if got, most := len(err.Field), maxPath+len("…"); got > most {
		t.Errorf("got a path of %d bytes, want at most %d: %s", got, most, err.Field)
	}
	if want := `müsli["ü`; !strings.HasPrefix(err.Field, want) {
		t.Errorf("got the path %s, want the prefix %s", err.Field, want)
	}
	if want := "[0].leaf"; !strings.HasSuffix(err.Field, want) {
		t.Errorf("got the path %s, want the suffix %s", err.Field, want)
	}
	if got := strings.Count(err.Field, "…"); got > 4 {
		t.Errorf("got %d ellipses in the path, want at most 4: %s", got, err.Field)
	}
	if got, most := len(err.Got), maxQuoted+len(`is ""…`); got > most {
		t.Errorf("got a value of %d bytes, want at most %d: %s", got, most, err.Got)
	}
	if got := err.Error(); !utf8.ValidString(got) {
		t.Errorf("got %q, want no character that is cut", got)
	}
}
