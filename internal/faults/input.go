package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/faults/far"
	"github.com/klarity-go/klarity/models"
)

// kind is what is to become of a record when nothing else goes wrong.
type kind uint8

const (
	good   kind = iota
	wrong       // breaks a rule: the SDK has to refuse it
	poison      // breaks a rule of this emulator alone, so the API refuses its request
)

// maxObject is the emulator's limit of metadata and data where poison is about.
const maxObject = 1500

// version is one item of an input, of a record that may have others. What is sent says its
// position in the input.
type version struct {
	id   string // of the record
	kind kind
	pad  int // bytes of metadata or data
	// way is by what the record's changes name it, and change is what the item is, in a run
	// of changes.
	way naming
	change
}

// input is what a run sends.
type input struct {
	versions []version
	last     map[string]int    // version of each record
	times    map[string]int    // how many versions each record has
	nids     map[string]string // of the records that stand in the estate, by ID
	reuse    bool              // one memory for all items
	shared   *memory           // that one
	mixed    bool              // it is a run of changes
}

// inputs describes an input.
type inputs struct {
	records int
	keys    int     // fewer keys than records: there are several versions of some
	wrong   float64 // share
	poison  float64 // share
	size    int     // bytes of metadata or data, at most
	each    int     // if set, the input is sorted by key, and has so many versions of each
	marked  bool    // poison is known by its text alone
	mixed   bool    // changes of all operations
}

func (d inputs) make(rng *rand.Rand) *input {
	in := &input{last: map[string]int{}, times: map[string]int{}, mixed: d.mixed}
	mix := newMixer(rng)
	for i := range d.records {
		v := version{id: fmt.Sprint("k", rng.IntN(d.keys)), pad: rng.IntN(d.size + 1)}
		if d.each > 0 {
			v.id = fmt.Sprint("k", i/d.each)
		}
		switch p := rng.Float64(); {
		case p < d.wrong:
			v.kind = wrong
		case p < d.wrong+d.poison:
			v.kind = poison
			if !d.marked {
				v.pad = maxObject
			}
		}
		if d.mixed {
			v.change = mix.next(v.id, v.kind == wrong)
			v.way = mix.ways[v.id]
			if v.kind == poison && v.operation == remove { // nothing that a locator has is poison
				v.kind = good
			}
		}
		in.versions = append(in.versions, v)
		in.last[v.id] = i
		in.times[v.id]++
	}
	return in
}

func (in *input) record(i int) *models.EstateRecord {
	v, m := in.versions[i], in.memory()
	m.tag = far.Name(i)
	m.record = models.EstateRecord{
		Type: far.Type, ID: v.id, Name: far.Name(i),
		Metadata: m.object(i, v),
		Tags:     m.tags,
	}
	m.tags["seen"] = &m.tag
	if v.kind == wrong {
		m.fields["tags"] = "is reserved"
	}
	return &m.record
}

// locator names a record that is deleted once as the estate has it. One that is deleted
// several times goes by its nid: then nothing asks whether the name is the record's, and it
// can tell the versions apart.
func (in *input) locator(i int) *models.RecordLocator {
	v, m := in.versions[i], in.memory()
	switch {
	case v.kind == wrong:
		m.locator = models.RecordLocator{Type: far.Type, Name: far.Name(i)}
	case in.mixed:
		m.locator = in.named(i)
	case in.times[v.id] > 1:
		m.locator = models.RecordLocator{NID: strfmt.UUID(in.nids[v.id]), Name: far.Name(i)}
	default:
		m.locator = models.RecordLocator{Type: far.Type, ID: v.id, Name: far.Name(i)}
	}
	return &m.locator
}

func (in *input) enrichment(i int) *models.Enrichment {
	v, m := in.versions[i], in.memory()
	m.enrichment = models.Enrichment{Record: models.EnrichedRecord{NID: in.nid(i)}}
	if v.kind != wrong { // which has no data
		m.enrichment.Data = m.object(i, v)
		m.fields["version"] = far.Name(i)
	}
	return &m.enrichment
}

// memory is what an item is made of. One that is used again is filled anew for each.
type memory struct {
	record         models.EstateRecord
	locator        models.RecordLocator
	enrichment     models.Enrichment
	fields, nested map[string]any
	tags           map[string]*string
	list           []any
	tag            string
}

func (in *input) memory() *memory {
	if in.reuse && in.shared != nil {
		return in.shared
	}
	m := &memory{fields: map[string]any{}, nested: map[string]any{}, tags: map[string]*string{}}
	if in.reuse {
		m.list = make([]any, 0, 2)
		in.shared = m
	}
	return m
}

// object is metadata or data. Where memory is used again, there are maps and slices in it.
func (m *memory) object(i int, v version) map[string]any {
	clear(m.fields)
	m.fields["pad"] = strings.Repeat("x", v.pad)
	if v.kind == poison {
		m.fields["pad"] = far.Poison + strings.Repeat("x", v.pad)
	}
	if m.list != nil {
		m.list = append(m.list[:0], far.Name(i), far.Name(i))
		m.nested["version"] = far.Name(i)
		m.fields["list"], m.fields["nested"] = m.list, m.nested
	}
	return m.fields
}

// spoil overwrites the memory that is used again, if there is some.
func (in *input) spoil() {
	m := in.shared
	if m == nil {
		return
	}
	const text = "spoiled"
	m.record.Type, m.record.ID, m.record.Name = text, text, text
	m.locator = models.RecordLocator{Type: text, ID: text, Name: text}
	m.enrichment.Record.NID = text
	m.tag, m.nested["version"] = text, text
	for _, key := range []string{"pad", "version"} {
		m.fields[key] = text
	}
	m.list = append(m.list[:0], text, text)
}
