package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/models"
)

// kind is what is to become of a record when nothing else goes wrong.
type itemKind uint8

const (
	validItem   itemKind = iota
	invalidItem          // breaks a rule: the SDK has to refuse it
	poisonItem           // breaks a rule of this emulator alone, so the API refuses its request
)

// maxObject is the emulator's limit of metadata and data where poison is about.
const maxObject = 1500

// version is one item of an input, of a record that may have others. What is sent says its
// position in the input.
type version struct {
	id      string // of the record
	kind    itemKind
	padding int // bytes of metadata or data
	// way is by what the record's changes name it, and change is what the item is, in a run
	// of changes.
	recordBy addressing
	change
}

// input is what a run sends.
type input struct {
	versions      []version
	lastVersion   map[string]int    // version of each record
	versionCount  map[string]int    // how many versions each record has
	nids          map[string]string // of the records that stand in the estate, by ID
	reuseMemory   bool              // one memory for all items
	sharedBuffers *itemBuffers      // that one
	mixed         bool              // it is a run of changes
}

// inputs describes an input.
type inputSpec struct {
	records        int
	keys           int     // fewer keys than records: there are several versions of some
	invalidShare   float64 // share
	poisonShare    float64 // share
	maxPadding     int     // bytes of metadata or data, at most
	versionsPerKey int     // if set, the input is sorted by key, and has so many versions of each
	poisonByText   bool    // poison is known by its text alone
	mixed          bool    // changes of all operations
}

func (spec inputSpec) generate(rng *rand.Rand) *input {
	in := &input{lastVersion: map[string]int{}, versionCount: map[string]int{}, mixed: spec.mixed}
	generator := newChangeGenerator(rng)
	for i := range spec.records {
		v := version{id: fmt.Sprint("k", rng.IntN(spec.keys)), padding: rng.IntN(spec.maxPadding + 1)}
		if spec.versionsPerKey > 0 {
			v.id = fmt.Sprint("k", i/spec.versionsPerKey)
		}
		switch p := rng.Float64(); {
		case p < spec.invalidShare:
			v.kind = invalidItem
		case p < spec.invalidShare+spec.poisonShare:
			v.kind = poisonItem
			if !spec.poisonByText {
				v.padding = maxObject
			}
		}
		if spec.mixed {
			v.change = generator.next(v.id, v.kind == invalidItem)
			v.recordBy = generator.addressing[v.id]
			if v.kind == poisonItem && v.operation == opDelete { // nothing that a locator has is poison
				v.kind = validItem
			}
		}
		in.versions = append(in.versions, v)
		in.lastVersion[v.id] = i
		in.versionCount[v.id]++
	}
	return in
}

func (in *input) record(i int) *models.EstateRecord {
	v, b := in.versions[i], in.buffers()
	b.tag = backend.VersionName(i)
	b.record = models.EstateRecord{
		Type: backend.RecordType, ID: v.id, Name: backend.VersionName(i),
		Metadata: b.object(i, v),
		Tags:     b.tags,
	}
	b.tags["seen"] = &b.tag
	if v.kind == invalidItem {
		b.fields["tags"] = "is reserved"
	}
	return &b.record
}

// locator names a record that is deleted once as the estate has it. One that is deleted
// several times goes by its nid: then nothing asks whether the name is the record's, and it
// can tell the versions apart.
func (in *input) locator(i int) *models.RecordLocator {
	v, b := in.versions[i], in.buffers()
	switch {
	case v.kind == invalidItem:
		b.locator = models.RecordLocator{Type: backend.RecordType, Name: backend.VersionName(i)}
	case in.mixed:
		b.locator = in.changeLocator(i)
	case in.versionCount[v.id] > 1:
		b.locator = models.RecordLocator{NID: strfmt.UUID(in.nids[v.id]), Name: backend.VersionName(i)}
	default:
		b.locator = models.RecordLocator{Type: backend.RecordType, ID: v.id, Name: backend.VersionName(i)}
	}
	return &b.locator
}

func (in *input) enrichment(i int) *models.Enrichment {
	v, b := in.versions[i], in.buffers()
	b.enrichment = models.Enrichment{Record: models.EnrichedRecord{NID: in.nid(i)}}
	if v.kind != invalidItem { // which has no data
		b.enrichment.Data = b.object(i, v)
		b.fields["version"] = backend.VersionName(i)
	}
	return &b.enrichment
}

// memory is what an item is made of. One that is used again is filled anew for each.
type itemBuffers struct {
	record         models.EstateRecord
	locator        models.RecordLocator
	enrichment     models.Enrichment
	fields, nested map[string]any
	tags           map[string]*string
	list           []any
	tag            string
}

func (in *input) buffers() *itemBuffers {
	if in.reuseMemory && in.sharedBuffers != nil {
		return in.sharedBuffers
	}
	b := &itemBuffers{fields: map[string]any{}, nested: map[string]any{}, tags: map[string]*string{}}
	if in.reuseMemory {
		b.list = make([]any, 0, 2)
		in.sharedBuffers = b
	}
	return b
}

// object is metadata or data. Where memory is used again, there are maps and slices in it.
func (b *itemBuffers) object(i int, v version) map[string]any {
	clear(b.fields)
	b.fields["pad"] = strings.Repeat("x", v.padding)
	if v.kind == poisonItem {
		b.fields["pad"] = backend.Poison + strings.Repeat("x", v.padding)
	}
	if b.list != nil {
		b.list = append(b.list[:0], backend.VersionName(i), backend.VersionName(i))
		b.nested["version"] = backend.VersionName(i)
		b.fields["list"], b.fields["nested"] = b.list, b.nested
	}
	return b.fields
}

// spoil overwrites the memory that is used again, if there is some.
func (in *input) overwriteShared() {
	b := in.sharedBuffers
	if b == nil {
		return
	}
	const text = "spoiled"
	b.record.Type, b.record.ID, b.record.Name = text, text, text
	b.locator = models.RecordLocator{Type: text, ID: text, Name: text}
	b.enrichment.Record.NID = text
	b.tag, b.nested["version"] = text, text
	for _, key := range []string{"pad", "version"} {
		b.fields[key] = text
	}
	b.list = append(b.list[:0], text, text)
}
