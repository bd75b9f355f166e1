package source

import (
	"fmt"
	"strings"
)

// fieldTree is the tree of the values that columns set, to find two of which one is inside of
// the other. Its steps grow with the length of the headings, and not with their square.
type fieldTree struct {
	root  fieldNode
	steps int // keys that were looked at; a test bounds them
}

type fieldNode struct {
	inner  map[string]*fieldNode
	column int // that ends here, from 1
	below  int // the first one that goes on from here
}

// checkConflicts returns an error for two columns of which one sets a value inside the
// other, such as meta.a and meta.a.b. A tag's key has no parts.
func (t *fieldTree) checkConflicts(names, fields []string) error {
	for i, field := range fields {
		if field == "" || strings.HasPrefix(field, "tag.") {
			continue
		}
		if outer, inner, ok := t.add(field, i+1); !ok {
			return fmt.Errorf("columns %q and %q conflict: the first would be both a value and an object", names[outer-1], names[inner-1])
		}
	}
	return nil
}

// add adds a column. If it conflicts with an earlier one, ok is false.
func (t *fieldTree) add(field string, column int) (outer, inner int, ok bool) {
	at := &t.root
	for key := range strings.SplitSeq(field, ".") {
		t.steps++
		if at.column > 0 {
			return at.column, column, false
		}
		if at.below == 0 {
			at.below = column
		}
		next := at.inner[key]
		if next == nil {
			if at.inner == nil {
				at.inner = map[string]*fieldNode{}
			}
			next = &fieldNode{}
			at.inner[key] = next
		}
		at = next
	}
	if at.below > 0 {
		return column, at.below, false
	}
	at.column = column
	return 0, 0, true
}
