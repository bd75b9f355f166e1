package overview

import (
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
)

// The bounds of duplicates.
const (
	maxNames      = 1 << 20 // types and IDs that are remembered
	maxDuplicates = 10      // with both places
)

// duplicates finds records with the type and ID of an earlier one. It keeps hashes of 64 bits in
// place of names: for a million records, two different ones have the same with a probability
// of 3 in 100 million.
type duplicates struct {
	seed   maphash.Seed
	seen   map[uint64]placeNumber // where a type and ID was first
	places places
	found  int
	list   []duplicate
	full   bool // some types and IDs are not remembered
}

// duplicate is a record and where an earlier one with the same type and ID is.
type duplicate struct{ typ, id, place, first string }

func (d *duplicates) init() {
	d.seed = maphash.MakeSeed()
	d.seen = make(map[uint64]placeNumber)
}

// add adds a record and reports whether it is a duplicate.
func (d *duplicates) add(typ, id, place string) bool {
	hash := maphash.Comparable(d.seed, [2]string{typ, id})
	first, known := d.seen[hash]
	switch {
	case known:
	case len(d.seen) == maxNames:
		d.full = true
		return false
	default:
		d.seen[hash] = d.places.number(place)
		return false
	}
	d.found++
	if len(d.list) < maxDuplicates {
		d.list = append(d.list, duplicate{keep(typ), keep(id), keep(place), d.places.text(first)})
	}
	return true
}

// placeNumber is a place in 32 bits: which text precedes its number, in 5 bits, and the number.
// Zero is an unknown place.
type placeNumber uint32

// maxPlace is the largest number of a place that fits, some 134 million.
const maxPlace = 1<<27 - 1

// places are the texts that precede the numbers of places: "line " is often the only one.
type places struct{ prefixes []string }

// number packs a place such as "line 17". It returns 0 for one that does not end with a number,
// is too far down, or has a text that is one too many.
func (p *places) number(place string) placeNumber {
	prefix := strings.TrimRight(place, "0123456789")
	n, err := strconv.ParseUint(place[len(prefix):], 10, 32)
	if err != nil || n > maxPlace || place[len(prefix)] == '0' {
		return 0
	}
	i := slices.Index(p.prefixes, prefix)
	if i < 0 {
		if len(p.prefixes) == 31 || len(prefix) > maxKept {
			return 0
		}
		i = len(p.prefixes)
		p.prefixes = append(p.prefixes, strings.Clone(prefix))
	}
	return placeNumber(i+1)<<27 | placeNumber(n)
}

// text returns the place that was packed. An unknown one is somewhere above.
func (p *places) text(n placeNumber) string {
	if n == 0 {
		return "further up"
	}
	return p.prefixes[n>>27-1] + strconv.Itoa(int(n&maxPlace))
}
