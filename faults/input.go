package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/faults/far"
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
}

// input is what a run sends.
type input struct {
	versions []version
	last     map[string]int    // version of each record
	times    map[string]int    // how many versions each record has
	nids     map[string]string // of the records that stand in the estate, by ID
}

// inputs describes an input.
type inputs struct {
	records int
	keys    int     // fewer keys than records: there are several versions of some
	wrong   float64 // share
	poison  float64 // share
	size    int     // bytes of metadata or data, at most
}

func (d inputs) make(rng *rand.Rand) *input {
	in := &input{last: map[string]int{}, times: map[string]int{}}
	for i := range d.records {
		v := version{id: fmt.Sprint("k", rng.IntN(d.keys)), pad: rng.IntN(d.size + 1)}
		switch p := rng.Float64(); {
		case p < d.wrong:
			v.kind = wrong
		case p < d.wrong+d.poison:
			v.kind, v.pad = poison, maxObject
		}
		in.versions = append(in.versions, v)
		in.last[v.id] = i
		in.times[v.id]++
	}
	return in
}

func (in *input) record(i int) *models.EstateRecord {
	v := in.versions[i]
	r := &models.EstateRecord{
		Type: far.Type, ID: v.id, Name: far.Name(i),
		Metadata: map[string]any{"pad": strings.Repeat("x", v.pad)},
		Tags:     map[string]*string{"seen": api.Tag(far.Name(i))},
	}
	if v.kind == wrong {
		r.Metadata = map[string]any{"tags": "is reserved"}
	}
	return r
}

// locator names a record that is deleted once as the estate has it. One that is deleted
// several times goes by its nid: then nothing asks whether the name is the record's, and it
// can tell the versions apart.
func (in *input) locator(i int) *models.RecordLocator {
	v := in.versions[i]
	switch {
	case v.kind == wrong:
		return &models.RecordLocator{Type: far.Type, Name: far.Name(i)}
	case in.times[v.id] > 1:
		return &models.RecordLocator{NID: strfmt.UUID(in.nids[v.id]), Name: far.Name(i)}
	}
	return &models.RecordLocator{Type: far.Type, ID: v.id, Name: far.Name(i)}
}

func (in *input) enrichment(i int) *models.Enrichment {
	v := in.versions[i]
	e := &models.Enrichment{Record: models.EnrichedRecord{NID: strfmt.UUID(in.nids[v.id])}}
	if v.kind != wrong { // which has no data
		e.Data = map[string]any{"version": far.Name(i), "pad": strings.Repeat("x", v.pad)}
	}
	return e
}
