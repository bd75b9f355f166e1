package apitest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	maxListed  = 5   // violations that an error message lists; the others are counted
	maxTextLen = 300 // bytes of a path or of a rule in a message
)

// A violation is a rule that a request breaks, and the path to the value that breaks it.
type violation struct {
	path path
	rule string
}

func (v violation) String() string {
	at := v.path.String()
	if at == "" {
		at = "body"
	}
	return truncate(at) + ": " + truncate(v.rule)
}

// itemIndex returns the index of the record or the enrichment that the violation is in, and
// false if it concerns the request as a whole.
func (v violation) itemIndex() (int, bool) {
	if len(v.path) < 2 || !v.path[1].isIndex || v.path[0].key != "records" && v.path[0].key != "enrichments" {
		return 0, false
	}
	return v.path[1].index, true
}

// summarize joins violations to one message, sorted by the items they are in.
func summarize(violations []violation) string {
	slices.SortStableFunc(violations, func(a, b violation) int {
		i, _ := a.itemIndex()
		j, _ := b.itemIndex()
		return i - j
	})
	var b strings.Builder
	for i, v := range violations {
		if i == maxListed {
			fmt.Fprintf(&b, "; and %d more", len(violations)-maxListed)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(v.String())
	}
	return b.String()
}

func truncate(s string) string {
	if len(s) <= maxTextLen {
		return s
	}
	return strings.ToValidUTF8(s[:maxTextLen], "") + "…"
}

// A path is the location of a value in a body.
type path []step

type step struct {
	key     string
	index   int
	isIndex bool // whether the step is an index or a key
}

func (p path) clone() path { return slices.Clone(p) }

func (p path) key(key string) path { return append(p.clone(), step{key: key}) }

func (p path) item(i int) path { return append(p.clone(), step{index: i, isIndex: true}) }

// String renders a path as records[3].tags.owner. A key that is not a plain word is
// quoted: records[3].tags["cost.center"].
func (p path) String() string {
	var b strings.Builder
	for _, s := range p {
		switch {
		case s.isIndex:
			fmt.Fprintf(&b, "[%d]", s.index)
		case !isPlainWord(s.key):
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

func isPlainWord(s string) bool {
	for _, r := range s {
		switch {
		case r == '_', r == '-', '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		default:
			return false
		}
	}
	return s != ""
}
