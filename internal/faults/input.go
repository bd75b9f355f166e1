package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/models"
)

// itemKind is how an item has to end if nothing else goes wrong.
type itemKind uint8

const (
	validItem   itemKind = iota
	invalidItem          // breaks a rule of the contract: the SDK has to refuse it
	poisonItem           // passes all checks of the SDK, but makes any request with it fail
)

// maxObject is the emulator's limit of metadata and data in runs whose poison exceeds it.
const maxObject = 1500

// version is one item of an input: one of perhaps several versions of a record. What is sent
// carries the position of the item in the input.
type version struct {
	id      string // of the record
	kind    itemKind
	padding int // bytes of metadata or data
	// The rest is for Apply runs. recordBy is how the record's changes may identify it.
	recordBy addressing
	change
}

// input is all items of a run.
type input struct {
	versions      []version
	lastVersion   map[string]int    // the position of each record's last version
	versionCount  map[string]int    // the number of each record's versions
	nids          map[string]string // of the initial estate, by ID
	reuseMemory   bool              // all items share their memory
	sharedBuffers *itemBuffers      // if reuseMemory
	mixed         bool              // it is an Apply run
}

// inputSpec describes an input.
type inputSpec struct {
	records        int
	keys           int // if fewer than records, some keys have several versions
	invalidShare   float64
	poisonShare    float64
	maxPadding     int  // bytes of metadata or data
	versionsPerKey int  // if set, the input is sorted by key and has this many versions of each
	poisonByText   bool // poison is marked by backend.Poison only, not by its size
	mixed          bool // it is for an Apply run
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
			if v.kind == poisonItem && v.operation == opDelete { // locators cannot be poison
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

// locator makes the locator of a delete. A record that is deleted once is identified by type,
// ID and name. One that is deleted several times is identified by its nid: the emulator then
// ignores the name, which carries the version.
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
	if v.kind != invalidItem { // an invalid one has no data
		b.enrichment.Data = b.object(i, v)
		b.fields["version"] = backend.VersionName(i)
	}
	return &b.enrichment
}

// itemBuffers is the memory of an item. Shared buffers are filled again for each item.
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

// object makes metadata or data. In shared buffers it also has nested maps and slices.
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

// overwriteShared overwrites the shared buffers, if there are any.
func (in *input) overwriteShared() {
	b := in.sharedBuffers
	if b == nil {
		return
	}
	const text = "overwritten"
	b.record.Type, b.record.ID, b.record.Name = text, text, text
	b.locator = models.RecordLocator{Type: text, ID: text, Name: text}
	b.enrichment.Record.NID = text
	b.tag, b.nested["version"] = text, text
	for _, key := range []string{"pad", "version"} {
		b.fields[key] = text
	}
	b.list = append(b.list[:0], text, text)
}
