package apitest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Query chooses records of the estate for Find.
type Query struct {
	Type string // exactly; "" for all types

	// Text must occur, in upper or lower case, in the record's ID, name or nid, or in a key or
	// a value of its tags, metadata or enrichment; "" for all records.
	Text string

	Offset, Limit int // which of them to return; a Limit of 0 is none
}

// Find returns copies of the records that q chooses, sorted by type and ID, from the Offset
// to the Limit, and how many there are in all. Without a Text, it takes about as long for a
// million records as for a hundred; with one, it looks at all records of the type, and
// requests that are processed meanwhile may be in the result in part.
func (e *Emulator) Find(q Query) (page []Record, total int) {
	s := &e.estate
	s.mu.Lock()
	found := s.order.snapshot()
	s.mu.Unlock()
	if q.Type != "" {
		found = ofType(found, q.Type)
	}
	if q.Text != "" {
		found = s.search(found, newNeedle(q.Text))
	}
	total = len(found)
	first := min(max(q.Offset, 0), total)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range found[first : first+min(max(q.Limit, 0), total-first)] {
		if len(r.periods) > 0 {
			page = append(page, r.exportLocked())
		}
	}
	return page, total
}

// ofType returns the part of a sorted list that has a type.
func ofType(sorted []*record, typ string) []*record {
	byType := func(r *record, typ string) int { return strings.Compare(r.typ, typ) }
	from, _ := slices.BinarySearchFunc(sorted, typ, byType)
	sorted = sorted[from:]
	// "\x00" makes it the type after this one.
	to, _ := slices.BinarySearchFunc(sorted, typ+"\x00", byType)
	return sorted[:to]
}

// searchStep is how many records are searched until requests get their turn.
const searchStep = 2000

// search returns the records that have a text.
func (s *estate) search(records []*record, n needle) (found []*record) {
	for chunk := range slices.Chunk(records, searchStep) {
		s.mu.RLock()
		for _, r := range chunk {
			if len(r.periods) > 0 && n.inLocked(r) {
				found = append(found, r)
			}
		}
		s.mu.RUnlock()
	}
	return found
}

// A needle is a text that is searched for.
type needle struct {
	text    string // in lower case
	escaped string // as it stands in JSON
}

func newNeedle(text string) needle {
	text = strings.ToLower(strings.ToValidUTF8(text, "�"))
	quoted := appendString(nil, text)
	return needle{text, string(quoted[1 : len(quoted)-1])}
}

func (n needle) inLocked(r *record) bool {
	return contains(r.id, n.text) || contains(r.name, n.text) ||
		contains(string(r.tags), n.escaped) || contains(string(r.metadata), n.escaped) ||
		contains(string(r.enrichment), n.escaped) || len(n.text) <= 36 && contains(r.nid.String(), n.text)
}

// contains reports whether s has the text lower, which is in lower case, in any case.
func contains(s, lower string) bool {
	for i := range len(lower) {
		if lower[i] >= utf8.RuneSelf {
			return strings.Contains(strings.ToLower(s), lower)
		}
	}
	first := lower[0]
	upper := first
	if 'a' <= first && first <= 'z' {
		upper -= 'a' - 'A'
	}
	for i := 0; i+len(lower) <= len(s); i++ {
		if (s[i] == first || s[i] == upper) && hasPrefix(s[i:], lower) {
			return true
		}
	}
	return false
}

// hasPrefix reports whether s begins with an ASCII text in lower case, in any case.
func hasPrefix(s, lower string) bool {
	for i := range len(lower) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// RecordByNID returns the record with a nid.
func (e *Emulator) RecordByNID(nid string) (Record, bool) {
	e.estate.mu.RLock()
	defer e.estate.mu.RUnlock()
	r, ok := e.estate.byNID[parseNID(nid)]
	if !ok {
		return Record{}, false
	}
	return r.exportLocked(), true
}

// A TypeCount says how many records of a type the estate has.
type TypeCount struct {
	Type     string `json:"type"`
	Records  int    `json:"records"`
	Enriched int    `json:"enriched"` // of them, those that have an enrichment
}

// Types counts the records by type, sorted by type. Unlike Totals it does not look at them.
func (e *Emulator) Types() []TypeCount {
	e.estate.mu.RLock()
	defer e.estate.mu.RUnlock()
	counts := make([]TypeCount, 0, len(e.estate.types))
	for _, t := range e.estate.types {
		counts = append(counts, TypeCount{t.name, t.records, t.enriched})
	}
	slices.SortFunc(counts, func(a, b TypeCount) int { return cmp.Compare(a.Type, b.Type) })
	return counts
}

// A StrayEnrichment is data that was attached to a nid that no record of the estate has:
// Klarity knows records that no integration created.
type StrayEnrichment struct {
	NID  string         `json:"nid"`
	Data map[string]any `json:"data"`
}

// StrayEnrichments returns copies of the data attached to nids that no record of the estate
// has, sorted by nid, from the offset to the limit, and how many there are in all.
func (e *Emulator) StrayEnrichments(offset, limit int) (page []StrayEnrichment, total int) {
	e.estate.mu.RLock()
	defer e.estate.mu.RUnlock()
	if limit <= 0 { // only to be counted
		return nil, len(e.estate.strays)
	}
	nids := slices.SortedFunc(maps.Keys(e.estate.strays), nid.compare)
	first := min(max(offset, 0), len(nids))
	for _, n := range nids[first : first+min(limit, len(nids)-first)] {
		page = append(page, StrayEnrichment{n.String(), e.estate.strays[n].unpack()})
	}
	return page, len(nids)
}
