package overview

// maxTypes is how many types are counted by themselves.
const maxTypes = 1000

// types counts the good records by type, for the comparison with an estate.
type types struct {
	counts map[string]*typeCount
	others typeCount // of types for which there was no room
}

// typeCount are the records of a type.
type typeCount struct {
	records    int
	duplicates int // of these
}

func (t *types) init() { t.counts = make(map[string]*typeCount) }

func (t *types) add(typ string, duplicate bool) {
	c := t.counts[typ]
	switch {
	case c != nil:
	case len(t.counts) == maxTypes:
		c = &t.others
	default:
		c = new(typeCount)
		t.counts[keep(typ)] = c
	}
	c.records++
	if duplicate {
		c.duplicates++
	}
}
