package apitest

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// estate is what the accepted requests add up to: the records by type and ID, each with the
// periods it is in, and the enrichments by nid.
type estate struct {
	mu              sync.RWMutex // guards the maps and all that is in them
	shallowMetadata bool
	records         map[recordKey]*record
	byNID           map[nid]*record
	enrichments     map[nid]map[string]any // also of nids that no record has
}

type recordKey struct{ typ, id string }

type nid [16]byte

// A record is kept small, because an estate may have a million of them.
type record struct {
	recordKey
	nid          nid
	name         string
	metadata     map[string]any
	tags         map[string]string
	costs        []dayCost // by day
	validThrough string
	periods      []month // in order
}

type dayCost struct {
	day      int32 // 20220501 is 1 May 2022
	currency [3]byte
	value    string
}

// resetLocked empties the estate.
func (s *estate) resetLocked() {
	s.records = make(map[recordKey]*record)
	s.byNID = make(map[nid]*record)
	s.enrichments = make(map[nid]map[string]any)
}

// apply executes the operation of a body that was checked, item by item, without the items
// in skip.
func (s *estate) apply(op Operation, body any, items []any, skip map[int]bool, now time.Time) {
	object := body.(map[string]any)
	s.mu.Lock()
	defer s.mu.Unlock()
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
			s.enrichments[parseNID(at["nid"].(string))] = item["data"].(map[string]any)
		}
	}
}

// upsertLocked sets the given fields of a record and leaves the others as they are.
func (s *estate) upsertLocked(fields map[string]any, period month) {
	k := recordKey{fields["type"].(string), fields["id"].(string)}
	r := s.records[k]
	if r == nil {
		r = &record{recordKey: k, nid: newNID(), name: k.id}
		s.records[k] = r
		s.byNID[r.nid] = r
	}
	if at, found := slices.BinarySearch(r.periods, period); !found {
		r.periods = slices.Insert(r.periods, at, period)
	}
	if name, ok := fields["name"].(string); ok {
		r.name = name
	}
	if through, ok := fields["validThrough"].(string); ok {
		r.validThrough = through
	}
	if patch, ok := fields["metadata"].(map[string]any); ok {
		r.metadata = merge(r.metadata, patch, !s.shallowMetadata)
	}
	if patch, ok := fields["tags"].(map[string]any); ok {
		r.setTags(patch)
	}
	if costs, ok := fields["costs"].(map[string]any); ok {
		r.setCosts(costs)
	}
}

// merge returns base with the keys of patch set, and those whose value is null removed. If
// deep, an object is merged into the object that base has under the same key.
func merge(base, patch map[string]any, deep bool) map[string]any {
	if base == nil {
		base = make(map[string]any, len(patch))
	}
	for name, v := range patch {
		object, ok := v.(map[string]any)
		switch {
		case v == nil:
			delete(base, name)
		case ok && deep:
			old, _ := base[name].(map[string]any)
			base[name] = merge(old, object, deep)
		default:
			base[name] = v
		}
	}
	return base
}

func (r *record) setTags(patch map[string]any) {
	if r.tags == nil {
		r.tags = make(map[string]string, len(patch))
	}
	for name, v := range patch {
		if v == nil {
			delete(r.tags, name)
		} else {
			r.tags[name] = v.(string)
		}
	}
}

func (r *record) setCosts(costs map[string]any) {
	values := costs["values"].([]any)
	r.costs = slices.Grow(r.costs, len(values))
	for _, v := range values {
		element := v.(map[string]any)
		cost := dayCost{day: dayNumber(element["date"].(string))}
		at, known := slices.BinarySearchFunc(r.costs, cost.day, func(c dayCost, day int32) int { return int(c.day - day) })
		value, given := element["value"]
		switch {
		case !given: // a day without a value changes nothing
		case value == nil:
			if known {
				r.costs = slices.Delete(r.costs, at, at+1)
			}
		default:
			copy(cost.currency[:], costs["currency"].(string))
			cost.value = value.(string)
			if known {
				r.costs[at] = cost
			} else {
				r.costs = slices.Insert(r.costs, at, cost)
			}
		}
	}
}

// dayNumber turns 2022-05-01 into 20220501.
func dayNumber(date string) int32 {
	n, _ := strconv.ParseInt(strings.ReplaceAll(date, "-", ""), 10, 32)
	return int32(n)
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
	if len(r.periods) == 0 {
		delete(s.records, r.recordKey)
		delete(s.byNID, r.nid)
		delete(s.enrichments, r.nid)
	}
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

func (n nid) String() string {
	h := hex.EncodeToString(n[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
