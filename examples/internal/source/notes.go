package source

import (
	"fmt"
	"strings"
)

// note is a kind of what a person should know although the input was read.
type note int

const (
	noteIgnored note = iota
	noteNUL
	noteNULL
	noteHidden
	noteMerged
	noteDuplicate
)

// sentences are the notes, for one and for many.
var sentences = [...]struct{ one, many string }{
	noteIgnored: {
		"{first} is ignored: it does not name a record to delete",
		"{n} columns are ignored, the first is {first}: they do not name a record to delete",
	},
	noteNUL: {
		"{first}: the cell has the character NUL in it, which is sent",
		"{n} cells have the character NUL in them, the first is {first}: it is sent",
	},
	noteNULL: {
		"{first}: the cell holds the text NULL, which is sent as text; to clear a value write null, to leave it alone leave the cell empty",
		"{n} cells hold the text NULL, the first is {first}: it is sent as text; to clear a value write null, to leave it alone leave the cell empty",
	},
	noteHidden: {
		"{first} is hidden in the workbook, and is read all the same",
		"{n} rows are hidden in the workbook, the first is {first}: they are read all the same",
	},
	noteMerged: {
		"the cells {first} are merged: the value counts for the first of them alone, the others are empty",
		"{n} groups of cells are merged, the first is {first}: a value counts for the first cell of its group alone, the others are empty",
	},
	noteDuplicate: {
		"{first} has the key of an earlier item: both are sent, in their order",
		"{n} items have the key of an earlier one, the first of them is {first}: all are sent, in their order",
	},
}

// notes counts what was noticed: a number and a place for each kind, however long the input.
type notes struct {
	counts map[note]int
	first  map[note]string
}

// add counts a note. place is kept for the first of its kind.
func (n *notes) add(kind note, place string) { n.addN(kind, 1, place) }

func (n *notes) addN(kind note, count int, place string) {
	if n.counts == nil {
		n.counts, n.first = map[note]int{}, map[note]string{}
	}
	if n.counts[kind] += count; n.counts[kind] == count {
		n.first[kind] = place
	}
}

// take returns the sentences about what was noticed since the last call. notCompared says that
// there were more keys than are remembered.
func (n *notes) take(notCompared bool) []string {
	var list []string
	for kind, sentence := range sentences {
		count := n.counts[note(kind)]
		if count == 0 {
			continue
		}
		text := sentence.many
		if count == 1 {
			text = sentence.one
		}
		if note(kind) == noteDuplicate && notCompared {
			text += " (only the first " + thousands(maxKeys) + " keys are remembered)"
		}
		list = append(list, strings.NewReplacer("{n}", thousands(count), "{first}", n.first[note(kind)]).Replace(text))
	}
	n.counts, n.first = nil, nil
	return list
}

// thousands returns n with marks between groups of three digits.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
