package apitest

import (
	"cmp"
	"slices"
	"strings"
)

// A Record is a copy of a record in the estate.
type Record struct {
	NID          string            `json:"nid"` // a UUID, assigned when the record was created
	Type         string            `json:"type"`
	ID           string            `json:"id"`
	Name         string            `json:"name"`              // the ID unless an upsert had a name
	Metadata     map[string]any    `json:"metadata,omitzero"` // numbers are json.Number, as they were sent
	Tags         map[string]string `json:"tags,omitzero"`
	Costs        []Cost            `json:"costs,omitempty"`        // in the order of their days
	ValidThrough string            `json:"validThrough,omitempty"` // YYYY-MM, "" for no end
	Periods      []string          `json:"periods"`                // the months the record is in, each YYYY-MM, in order
	Enrichment   map[string]any    `json:"enrichment,omitzero"`    // nil if there is none
}

// A Cost is the cost of a record on one day.
type Cost struct {
	Date     string `json:"date"`     // YYYY-MM-DD
	Value    string `json:"value"`    // decimal, as it was sent
	Currency string `json:"currency"` // ISO 4217, as in the upsert that set the day
}

// Cost returns the cost of a day, given as YYYY-MM-DD.
func (r Record) Cost(date string) (Cost, bool) {
	i := slices.IndexFunc(r.Costs, func(c Cost) bool { return c.Date == date })
	if i < 0 {
		return Cost{}, false
	}
	return r.Costs[i], true
}

// Len returns the number of records in the estate.
func (e *Emulator) Len() int {
	e.estate.mu.RLock()
	defer e.estate.mu.RUnlock()
	return len(e.estate.records)
}

// Record returns the record with a type and an ID.
func (e *Emulator) Record(typ, id string) (Record, bool) {
	e.estate.mu.RLock()
	defer e.estate.mu.RUnlock()
	r, ok := e.estate.records[recordKey{typ, id}]
	if !ok {
		return Record{}, false
	}
	return r.exportLocked(), true
}

// Records returns copies of all records, sorted by type and ID.
func (e *Emulator) Records() []Record {
	e.estate.mu.RLock()
	defer e.estate.mu.RUnlock()
	all := make([]Record, 0, len(e.estate.records))
	for _, r := range e.estate.records {
		all = append(all, r.exportLocked())
	}
	slices.SortFunc(all, func(a, b Record) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
	})
	return all
}

// Enrichment returns a copy of the data that was attached to a nid, whether or not the
// estate has a record with that nid.
func (e *Emulator) Enrichment(nid string) (map[string]any, bool) {
	e.estate.mu.RLock()
	defer e.estate.mu.RUnlock()
	n := parseNID(nid)
	data := e.estate.strays[n]
	if r := e.estate.byNID[n]; r != nil {
		data = r.enrichment
	}
	return data.unpack(), data != ""
}

// Clear removes all records and enrichments. It keeps the requests, the tokens and the
// faults.
func (e *Emulator) Clear() {
	e.estate.mu.Lock()
	defer e.estate.mu.Unlock()
	e.estate.resetLocked()
}

// exportLocked returns a copy of a record that is not packed.
func (r *record) exportLocked() Record {
	out := Record{
		NID: r.nid.String(), Type: r.typ, ID: r.id, Name: r.name,
		Metadata: r.metadata.unpack(), Enrichment: r.enrichment.unpack(),
	}
	if tags := r.tags.unpack(); tags != nil {
		out.Tags = make(map[string]string, len(tags))
		for name, v := range tags {
			out.Tags[name] = v.(string)
		}
	}
	for c := range r.costs.all() {
		out.Costs = append(out.Costs, c.export())
	}
	if r.validThrough != 0 {
		out.ValidThrough = r.validThrough.String()
	}
	for _, m := range r.periods {
		out.Periods = append(out.Periods, m.String())
	}
	return out
}
