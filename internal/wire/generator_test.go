package wire_test

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/models"
)

// generator makes records from the bytes that a fuzzer gives it. Most break at most one rule:
// a record that breaks many says nothing about any one of them.
type generator struct{ in []byte }

func (g *generator) next() int {
	if len(g.in) == 0 {
		return 0
	}
	c := g.in[0]
	g.in = g.in[1:]
	return int(c)
}

// one returns a number below n.
func (g *generator) one(n int) int { return g.next() % n }

// rarely is true once in sixteen times.
func (g *generator) rarely() bool { return g.one(16) == 15 }

func (g *generator) number() uint64 {
	var n uint64
	for range 8 {
		n = n<<8 | uint64(g.next())
	}
	return n
}

// text returns a text with characters that have to be escaped or counted, or that are not UTF-8.
func (g *generator) text() string {
	switch g.one(12) {
	case 0:
		return ""
	case 1:
		return "quote \" backslash \\ slash / <html>&\u2028\u2029"
	case 2:
		return "\x00\x01\b\t\n\f\r\x1f\x7f"
	case 3:
		return "Größe 日本語 😀 \ufffd"
	case 4:
		if g.rarely() {
			return "bad \xff\xfe" // not UTF-8
		}
		return strings.Repeat("x", g.one(40))
	case 5: // at the limit of 255 characters, or one past it
		return strings.Repeat([]string{"x", "é", "😀"}[g.one(3)], 250+g.one(7))
	case 6:
		n := min(g.one(24), len(g.in))
		s := string(g.in[:n])
		g.in = g.in[n:]
		return s
	}
	return "plain " + strconv.Itoa(g.next())
}

// brokenJSON is not JSON, has strings that are not Unicode, a key twice, or too many levels.
var brokenJSON = []string{
	"", "{", "\"\xff\"", `"\ud800"`, `"\\\udc00"`, `{"a":[{"k":1,"\u006b":2}]}`, strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
}

type (
	genericMap map[string]any
	note       struct {
		Text string            `json:"text"`
		More map[string]string `json:"more,omitempty"`
	}
	loud string
)

func (l loud) MarshalText() ([]byte, error) { return []byte(strings.ToUpper(string(l))), nil }

// value returns a value of any Go type that JSON can represent, and some that it cannot.
func (g *generator) value(depth int) any {
	kinds := 30
	if depth > 4 {
		kinds = 22 // only those without parts
	}
	switch g.one(kinds) {
	case 0:
		return nil
	case 1:
		return g.next()&1 == 0
	case 2:
		return int(g.number())
	case 3:
		return int8(g.next())
	case 4:
		return int16(g.number())
	case 5:
		return int32(g.number())
	case 6:
		return int64(g.number())
	case 7:
		return uint(g.number())
	case 8:
		return uint8(g.next())
	case 9:
		return uint16(g.number())
	case 10:
		return uint32(g.number())
	case 11:
		return g.number()
	case 12:
		return math.Float64frombits(g.number())
	case 13:
		return math.Float32frombits(uint32(g.number()))
	case 14:
		return float64(g.next()) / 8
	case 15:
		return json.Number([]string{"", "0", "-1.5e3", "12", "1,5", "0x10"}[g.one(6)])
	case 16:
		return time.Unix(int64(g.number()>>uint(24+g.one(8))), int64(g.next())).In(time.FixedZone("", 900*(g.next()-128)))
	case 17:
		if g.one(4) == 3 {
			return json.RawMessage(brokenJSON[g.one(len(brokenJSON))])
		}
		return json.RawMessage([]string{`{ "a" : [ 1, 2 ] }`, "null", `"\ud83d\ude00 \\u"`, ` "é" `}[g.one(4)])
	case 18:
		s := g.text()
		return &s
	case 19:
		return []*string{nil}[0]
	case 20:
		return loud("loud")
	case 21:
		return note{Text: g.text()}
	case 22:
		return g.object(depth + 1)
	case 23:
		a := make([]any, g.one(4))
		for i := range a {
			a[i] = g.value(depth + 1)
		}
		return a
	case 24:
		return map[string]string{g.text(): g.text(), "k": g.text()}
	case 25:
		return []string{g.text(), g.text()}[:g.one(3)]
	case 26:
		return genericMap(g.object(depth + 1))
	case 27:
		return []map[string]any{g.object(depth + 1)}
	case 28:
		v := g.value(depth + 1)
		return &v
	}
	return g.text()
}

func (g *generator) object(depth int) map[string]any {
	if g.rarely() {
		return nil
	}
	m := map[string]any{}
	for range g.one(5) {
		m[g.text()] = g.value(depth)
	}
	if g.one(128) == 127 {
		m["tags"] = "reserved at the top"
	}
	return m
}

func (g *generator) uuid() strfmt.UUID {
	return []strfmt.UUID{
		"", "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7", "6F3C9D52-7F0E-4D0C-9B6A-0D5F0E8A41C7", "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7",
		"6f3c9d527f0e4d0c9b6a0d5f0e8a41c7", "{6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7}", "6f3c9d52", "\"nid\"\xff",
	}[g.one(8)]
}

func (g *generator) locator() *models.RecordLocator {
	l := &models.RecordLocator{NID: g.uuid()}
	if g.next()&1 == 0 {
		l.ID = g.text()
	}
	if g.next()&1 == 0 {
		l.Type = g.text()
	}
	if g.next()&1 == 0 {
		l.Name = g.text()
	}
	return l
}

func (g *generator) enrichment() *models.Enrichment {
	return &models.Enrichment{Data: g.object(0), Record: models.EnrichedRecord{NID: g.uuid()}}
}

func (g *generator) record() *models.EstateRecord {
	r := &models.EstateRecord{ID: g.text(), Type: g.text()}
	if g.next()&1 == 0 {
		r.Name = g.text()
	}
	if g.next()&1 == 0 {
		r.Metadata = g.object(0)
	}
	if g.next()&1 == 0 {
		r.Tags = g.tags()
	}
	if g.next()&1 == 0 {
		r.Costs = g.costs()
	}
	if g.next()&1 == 0 {
		r.ValidThrough = []string{"2022-05", "2022-06", "2999-12", "1999-12", "2022-13", "2022-5", "2022-05\n"}[min(g.one(16), 6)]
	}
	return r
}

func (g *generator) tags() map[string]*string {
	tags := map[string]*string{}
	for range g.one(6) {
		tags[g.text()] = nil
		v := g.text()
		tags[g.text()] = &v
	}
	if g.one(64) == 63 { // as many as there may be, or one more
		for i := range 1000 + g.one(2) - len(tags) {
			tags["tag "+strconv.Itoa(i)] = nil
		}
	}
	return tags
}

func (g *generator) costs() *models.Costs {
	c := &models.Costs{Currency: []string{"EUR", "USD", "BGN", "XAU", "", "eur", "ABC", "\xff"}[min(g.one(32), 7)]}
	if c.Currency == "\xff" && g.one(8) != 0 {
		c.Currency = "SEK"
	}
	if g.rarely() {
		return c
	}
	n := g.one(6)
	if g.one(64) == 63 {
		n = 999 + g.one(3)
	}
	c.Values = make([]models.CostElement, n)
	for i := range c.Values {
		day := time.Date(2022, 5, 1+i, 0, 0, 0, 0, time.UTC)
		if n < 10 {
			day = g.day(i)
		}
		c.Values[i].Date = strfmt.Date(day)
		if g.next()&3 != 3 {
			v := g.amount()
			c.Values[i].Value = &v
		}
	}
	return c
}

func (g *generator) day(i int) time.Time {
	switch g.one(32) {
	case 31:
		return time.Time{}.In(time.FixedZone("", 3600*g.one(3)))
	case 30:
		return time.Date(9999+g.one(3), 12, 31, 0, 0, 0, 0, time.UTC)
	case 29:
		return time.Date(-g.one(3), 1, 1, 0, 0, 0, 0, time.UTC)
	case 28:
		return time.Date(2022, 5, 1+g.one(4), 23, 0, 0, 0, time.UTC).In(time.FixedZone("", 3600*(g.one(24)-12)))
	case 27:
		return time.Date(2022, 5, 1+g.one(6), g.one(24), 0, 0, 0, time.UTC)
	}
	return time.Date(2022, 5, 1+i, 0, 0, 0, 0, time.UTC)
}

func (g *generator) amount() string {
	if g.rarely() {
		return []string{"", "-1", "1e3", "5.", ".", "1,50", "12.5.1", "\xff"}[g.one(8)]
	}
	return []string{"0", "12.50", ".5", "007", "123456789.987654321"}[g.one(5)]
}
