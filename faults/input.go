package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"

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

// maxObject is the emulator's limit of metadata where poison is about.
const maxObject = 1500

// input is what a run sends. A record's version is its position; its name says it.
type input struct {
	records []*models.EstateRecord
	kinds   []kind
}

// inputs describes an input.
type inputs struct {
	records int
	keys    int     // fewer keys than records: there are several versions of some
	wrong   float64 // share
	poison  float64 // share
	size    int     // bytes of metadata, at most
}

func (d inputs) make(rng *rand.Rand) input {
	var in input
	for i := range d.records {
		r := &models.EstateRecord{
			Type: "vm", ID: fmt.Sprint("k", rng.IntN(d.keys)), Name: far.Name(i),
			Metadata: map[string]any{"pad": strings.Repeat("x", rng.IntN(d.size+1))},
			Tags:     map[string]*string{"seen": api.Tag(far.Name(i))},
		}
		k := good
		switch p := rng.Float64(); {
		case p < d.wrong:
			k, r.Metadata = wrong, map[string]any{"tags": "is reserved"}
		case p < d.wrong+d.poison:
			k, r.Metadata = poison, map[string]any{"pad": strings.Repeat("x", maxObject)}
		}
		in.records = append(in.records, r)
		in.kinds = append(in.kinds, k)
	}
	return in
}
