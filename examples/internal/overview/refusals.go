package overview

import (
	"slices"
	"strings"

	"github.com/klarity-go/klarity/api"
)

// The bounds of refusals.
const (
	maxReasons     = 100
	maxPlaces      = 5 // of each reason
	maxRefusedRows = 300
)

// refusals are the items that were not accepted.
type refusals struct {
	items     int
	byRule    map[rule]*reason
	reasons   []*reason // those of byRule, in the order of the input
	rows      []refusal
	uncounted int // items whose reason is not in byRule
}

// rule is what reasons have in common that differ in quoted text and numbers only, such as the
// value that was refused.
type rule struct{ outcome, text string }

// reason is the first reason by a rule, and how often there is one.
type reason struct {
	outcome, text string // text is that of the first one
	items         int
	alike         bool // there are others with another text
	places        []string
}

// refusal is an item that was refused.
type refusal struct {
	place, outcome, reason string
	key                    api.Key
}

func (r *refusals) init() { r.byRule = make(map[rule]*reason) }

func (r *refusals) add(it Item) {
	r.items++
	text, outcome := cut(it.Reason), knownOutcome(it.Outcome)
	if len(r.rows) < maxRefusedRows {
		key := api.Key{Type: keep(it.Key.Type), ID: keep(it.Key.ID), NID: keep(it.Key.NID)}
		r.rows = append(r.rows, refusal{keep(it.Place), outcome, keep(text), key})
	}
	by := rule{outcome, common(text)}
	group := r.byRule[by]
	if group == nil {
		if len(r.reasons) == maxReasons {
			r.uncounted++
			return
		}
		group = &reason{outcome: outcome, text: keep(text)}
		r.byRule[by] = group
		r.reasons = append(r.reasons, group)
	}
	group.items++
	group.alike = group.alike || text != group.text
	if len(group.places) < maxPlaces && it.Place != "" {
		group.places = append(group.places, keep(it.Place))
	}
}

// sorted returns the reasons, the most frequent first.
func (r *refusals) sorted() []*reason {
	return slices.SortedStableFunc(slices.Values(r.reasons), func(a, b *reason) int { return b.items - a.items })
}

// common returns what a reason has in common with others of its kind: it leaves quoted text and
// digits out.
func common(reason string) string {
	var b strings.Builder
	b.Grow(len(reason))
	quoted := false
	for i := 0; i < len(reason); i++ {
		switch c := reason[i]; {
		case c == '"':
			quoted = !quoted
			b.WriteByte(c)
		case quoted && c == '\\':
			i++ // an escaped quote ends nothing
		case !quoted && (c < '0' || c > '9'):
			b.WriteByte(c)
		}
	}
	return b.String()
}
