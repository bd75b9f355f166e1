package apitest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	maxNamed = 5   // violations that an error message names; the others are counted
	maxShown = 300 // bytes of a path or of a rule in a message
)

// A violation is one rule that a request breaks, and where.
type violation struct {
	path path
	rule string
}

func (v violation) String() string {
	at := v.path.String()
	if at == "" {
		at = "body"
	}
	return clip(at) + ": " + clip(v.rule)
}

// item returns the index of the record or the enrichment that the violation is about,
// and false when it is about the request as a whole.
func (v violation) item() (int, bool) {
	if len(v.path) < 2 || !v.path[1].item || v.path[0].key != "records" && v.path[0].key != "enrichments" {
		return 0, false
	}
	return v.path[1].index, true
}

// summary joins violations to one message, in the order of the items they are about.
func summary(found []violation) string {
	slices.SortStableFunc(found, func(a, b violation) int {
		i, _ := a.item()
		j, _ := b.item()
		return i - j
	})
	var b strings.Builder
	for i, v := range found {
		if i == maxNamed {
			fmt.Fprintf(&b, "; and %d more", len(found)-maxNamed)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(v.String())
	}
	return b.String()
}

func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}

// A path leads to a value inside of a body.
type path []step

type step struct {
	key   string
	index int
	item  bool // index counts; otherwise key does
}

func (p path) clone() path { return slices.Clone(p) }

func (p path) key(key string) path { return append(p.clone(), step{key: key}) }

func (p path) item(i int) path { return append(p.clone(), step{index: i, item: true}) }

// String renders a path as records[3].tags.owner. A key that is not a plain word is
// quoted: records[3].tags["cost.center"].
func (p path) String() string {
	var b strings.Builder
	for _, s := range p {
		switch {
		case s.item:
			fmt.Fprintf(&b, "[%d]", s.index)
		case !plainWord(s.key):
			fmt.Fprintf(&b, "[%s]", strconv.Quote(s.key))
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.key)
		}
	}
	return b.String()
}

func plainWord(s string) bool {
	for _, r := range s {
		switch {
		case r == '_', r == '-', '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		default:
			return false
		}
	}
	return s != ""
}
