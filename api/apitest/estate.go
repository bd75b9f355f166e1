package apitest

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"
)

// estate is what the accepted requests add up to: the records by type and ID, each with the
// periods it is in, and the enrichments of nids that no record has.
type estate struct {
	mu              sync.RWMutex // guards the fields below and all that is in them
	shallowMetadata bool
	changes         uint64 // grows with each request that was applied
	records         map[recordKey]*record
	byNID           map[nid]*record
	types           map[string]*typeCount
	order           order
	strays          map[nid]packed // data attached to nids that no record has
	packer          packer
	costPacker      costPacker
}

type recordKey struct{ typ, id string }

type nid [16]byte

// A record is kept small, because an estate may have a million of them: what has many parts
// is packed, and taken apart when somebody asks for it.
type record struct {
	recordKey
	nid          nid
	name         string
	metadata     packed
	tags         packed
	enrichment   packed
	costs        packedCosts
	validThrough month   // 0 for no end
	periods      []month // in order; without any, the record is no longer in the estate
}

type typeCount struct {
	name     string // shared by all records of the type
	records  int
	enriched int
}

// resetLocked empties the estate.
func (s *estate) resetLocked() {
	s.changes++
	s.records = make(map[recordKey]*record)
	s.byNID = make(map[nid]*record)
	s.types = make(map[string]*typeCount)
	s.order = order{}
	s.strays = make(map[nid]packed)
}

// apply executes the operation of a body that was checked, item by item, without the items
// in skip.
func (s *estate) apply(op Operation, body any, items []any, skip map[int]bool, now time.Time) {
	object := body.(map[string]any)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	for i, item := range items {
		if skip[i] {
			continue
		}
		item := item.(map[string]any)
		switch op {
		case Upsert:
			s.upsertLocked(item, periodOf(object["insertInPeriod"], now))
		case Delete:
			s.removeLocked(item, object["period"].(string), now)
		case Enrich:
			at := item["record"].(map[string]any)
			s.enrichLocked(parseNID(at["nid"].(string)), item["data"].(map[string]any))
		}
	}
}

// upsertLocked sets the given fields of a record and leaves the others as they are.
func (s *estate) upsertLocked(fields map[string]any, period month) {
	k := recordKey{fields["type"].(string), fields["id"].(string)}
	r := s.records[k]
	if r == nil {
		r = &record{recordKey: k, nid: newNID(), name: k.id}
		s.insertLocked(r)
	}
	if at, found := slices.BinarySearch(r.periods, period); !found {
		r.periods = insertMonth(r.periods, at, period)
	}
	if name, ok := fields["name"].(string); ok && name != r.name {
		r.name = name
	}
	if through, ok := fields["validThrough"].(string); ok {
		r.validThrough = parseMonth(through)
	}
	if patch, ok := fields["metadata"].(map[string]any); ok {
		r.metadata = s.packer.merge(r.metadata, patch, !s.shallowMetadata)
	}
	if patch, ok := fields["tags"].(map[string]any); ok {
		r.tags = s.packer.merge(r.tags, patch, false)
	}
	if costs, ok := fields["costs"].(map[string]any); ok {
		r.costs = s.costPacker.merge(r.costs, costs)
	}
}

// insertLocked adds a record that is not in the estate.
func (s *estate) insertLocked(r *record) {
	t := s.types[r.typ]
	if t == nil {
		t = &typeCount{name: r.typ}
		s.types[r.typ] = t
	}
	t.records++
	if r.enrichment != "" {
		t.enriched++
	}
	r.typ = t.name
	s.records[r.recordKey] = r
	s.byNID[r.nid] = r
	s.order.add(r)
}

// insertMonth is slices.Insert, without room for another: most records have one month.
func insertMonth(months []month, at int, m month) []month {
	grown := make([]month, len(months)+1)
	copy(grown, months[:at])
	grown[at] = m
	copy(grown[at+1:], months[at:])
	return grown
}

// enrichLocked replaces the data that is attached to a nid.
func (s *estate) enrichLocked(n nid, data map[string]any) {
	r := s.byNID[n]
	if r == nil {
		s.strays[n] = s.packer.pack(data, s.strays[n])
		return
	}
	if r.enrichment == "" {
		s.types[r.typ].enriched++
	}
	r.enrichment = s.packer.pack(data, r.enrichment)
}

// removeLocked removes a record from a period. A record that is left without periods is
// deleted.
func (s *estate) removeLocked(locator map[string]any, period string, now time.Time) {
	r := s.findLocked(locator)
	if r == nil {
		return
	}
	if period == "all" {
		r.periods = nil
	} else {
		m := periodOf(period, now)
		r.periods = slices.DeleteFunc(r.periods, func(p month) bool { return p == m })
	}
	if len(r.periods) > 0 {
		return
	}
	delete(s.records, r.recordKey)
	delete(s.byNID, r.nid)
	t := s.types[r.typ]
	if r.enrichment != "" {
		t.enriched--
	}
	if t.records--; t.records == 0 {
		delete(s.types, r.typ)
	}
	s.order.remove(len(s.records))
}

// findLocked returns the record that a locator identifies: by nid alone if it has one,
// otherwise by type, ID and, if given, name.
func (s *estate) findLocked(locator map[string]any) *record {
	if id, ok := locator["nid"].(string); ok {
		return s.byNID[parseNID(id)]
	}
	typ, _ := locator["type"].(string)
	id, _ := locator["id"].(string)
	r := s.records[recordKey{typ, id}]
	if name, ok := locator["name"].(string); ok && r != nil && r.name != name {
		return nil
	}
	return r
}

// findMissing returns a violation for each item whose record is not in the estate, or for a
// delete not in the period.
func (s *estate) findMissing(op Operation, body any, items []any, now time.Time) []violation {
	if op == Upsert {
		return nil
	}
	object, _ := body.(map[string]any)
	s.mu.RLock()
	defer s.mu.RUnlock()
	var violations []violation
	for i, item := range items {
		locator, _ := item.(map[string]any)
		at := path{{key: "records"}, {index: i, isIndex: true}}
		if op == Enrich {
			locator, _ = locator["record"].(map[string]any)
			at = path{{key: "enrichments"}, {index: i, isIndex: true}, {key: "record"}}
		}
		r := s.findLocked(locator)
		found := r != nil
		if found && op == Delete && object["period"] != "all" {
			found = slices.Contains(r.periods, periodOf(object["period"], now))
		}
		if !found {
			violations = append(violations, violation{at, "there is no such record"})
		}
	}
	return violations
}

func newNID() nid {
	var n nid
	rand.Read(n[:])
	n[6] = n[6]&0x0f | 0x40 // version 4
	n[8] = n[8]&0x3f | 0x80 // of RFC 9562
	return n
}

// parseNID parses a UUID in its canonical form. For anything else it returns the zero nid,
// which no record has.
func parseNID(s string) (n nid) {
	raw, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(raw) != len(n) {
		return nid{}
	}
	return nid(raw)
}

func (n nid) compare(m nid) int { return bytes.Compare(n[:], m[:]) }

func (n nid) String() string {
	h := hex.EncodeToString(n[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
