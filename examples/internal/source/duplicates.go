package source

import (
	"hash/maphash"

	"github.com/klarity-go/klarity/models"
)

// maxKeys is how many keys are remembered. They cost 8 MiB at most: eight bytes each, in a
// table that is half empty.
const maxKeys = 1 << 19

// keySet remembers the keys of items as hashes of 64 bits. Two different keys are taken for
// the same once in some sixty million runs of as many keys as it holds, and then a warning is
// wrong and nothing else.
type keySet struct {
	seed  maphash.Seed
	table []uint64 // open addressing; 0 is an empty place
	count int
}

// key names an item as Klarity does: by its nid, or by type and id.
type key struct{ nid, typ, id string }

// keyOf returns the key of an item, the zero key if it has none.
func keyOf(item any) (k key) {
	switch item := item.(type) {
	case *models.EstateRecord:
		k = key{typ: item.Type, id: item.ID}
	case *models.RecordLocator:
		k = key{nid: string(item.NID), typ: item.Type, id: item.ID}
	case *models.Enrichment:
		k = key{nid: string(item.Record.NID)}
	}
	switch {
	case k.nid != "":
		return key{nid: k.nid}
	case k.typ == "" || k.id == "":
		return key{}
	}
	return k
}

func (s *keySet) full() bool { return s.count == maxKeys }

// add remembers a key and reports whether it was there. An item without a key is like no
// other.
func (s *keySet) add(k key) (known bool) {
	if k == (key{}) {
		return false
	}
	if s.table == nil {
		s.seed, s.table = maphash.MakeSeed(), make([]uint64, 1<<10)
	}
	h := maphash.Comparable(s.seed, k) | 1
	at := s.place(h)
	if s.table[at] == h {
		return true
	}
	if s.full() {
		return false
	}
	s.table[at] = h
	if s.count++; 2*s.count > len(s.table) && !s.full() {
		s.grow()
	}
	return false
}

// place returns where h is, or the empty place where it belongs.
func (s *keySet) place(h uint64) int {
	mask := len(s.table) - 1
	at := int(h>>1) & mask
	for s.table[at] != 0 && s.table[at] != h {
		at = (at + 1) & mask
	}
	return at
}

func (s *keySet) grow() {
	old := s.table
	s.table = make([]uint64, 2*len(old))
	for _, h := range old {
		if h != 0 {
			s.table[s.place(h)] = h
		}
	}
}
