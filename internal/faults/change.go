package faults

import (
	"math/rand/v2"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/far"
	"github.com/klarity-go/klarity/models"
)

// naming is by what a change names its record.
type naming uint8

const (
	byID   naming = iota // type and ID
	byNID                // nid
	byBoth               // all three, as only a delete can
)

// flaw is what is wrong with a change that breaks a rule.
type flaw uint8

const (
	itself  flaw = iota // what its operation gets
	inTime              // its period is not one that the operation takes
	several             // it is of two operations
	nothing             // it is of none
)

// change is what a run of changes asks for with one of its items.
type change struct {
	operation operation // upsert, remove or enrich
	period    models.Period
	by        naming
	flaw      flaw
}

// mixer makes changes of all operations whose order is one that the SDK keeps. A record
// goes by type and ID alone, or by the nid alone that it has in the estate from the
// beginning, or by either. The SDK does not know that these are the same; so a delete that
// names both stands between changes of the one sort and of the other.
type mixer struct {
	rng  *rand.Rand
	ways map[string]naming // of each record
	last map[string]naming // of each record's latest change that will be sent
}

func newMixer(rng *rand.Rand) *mixer {
	return &mixer{rng, map[string]naming{}, map[string]naming{}}
}

// next makes a record's next change. One that breaks a rule is not sent, and orders nothing.
func (m *mixer) next(id string, wrong bool) change {
	way, known := m.ways[id]
	if !known {
		way = pick(m.rng, byID, byNID, byBoth, byBoth)
		m.ways[id], m.last[id] = way, byBoth
	}
	c := change{by: way}
	if way == byBoth {
		c.by = pick(m.rng, byID, byID, byNID, byNID, byBoth)
	}
	if !wrong {
		if last := m.last[id]; last != c.by && last != byBoth {
			c.by = byBoth
		}
		m.last[id] = c.by
	}
	switch {
	case c.by == byBoth || m.rng.IntN(3) == 0:
		// A record that is gone from all periods can come back, but never to its nid: it goes
		// seldom where that is what changes it.
		c.operation, c.period = remove, pick(m.rng, models.PeriodPrevious, models.PeriodCurrent, models.PeriodAll)
		if c.by != byID && m.rng.IntN(2) == 0 {
			c.period = models.PeriodPrevious
		}
	case c.by == byID:
		c.operation, c.period = upsert, pick(m.rng, "", models.PeriodCurrent, models.PeriodPrevious)
	default:
		c.operation = enrich
	}
	if wrong {
		c.flaw = pick(m.rng, itself, inTime, several, nothing)
	}
	return c
}

// spoken is what the result of a change has to say of its operation.
func (c change) spoken() string {
	if c.flaw == several || c.flaw == nothing {
		return ""
	}
	return c.operation.result()
}

// change is an item of a run of changes.
func (in *input) change(i int) api.Change {
	v := in.versions[i]
	c := api.Change{Period: v.period}
	switch {
	case v.kind == wrong && v.flaw == nothing:
		return c
	case v.kind == wrong && v.flaw == several:
		c.Upsert, c.Delete = in.record(i), in.locator(i)
	case v.operation == upsert:
		c.Upsert = in.record(i)
	case v.operation == remove:
		c.Delete = in.locator(i)
	case v.operation == enrich:
		c.Enrich = in.enrichment(i)
	}
	if v.kind == wrong && v.flaw == inTime {
		c.Period = map[operation]models.Period{upsert: models.PeriodAll, remove: "", enrich: models.PeriodCurrent}[v.operation]
	}
	return c
}

// named is the locator of a change.
func (in *input) named(i int) models.RecordLocator {
	v := in.versions[i]
	l := models.RecordLocator{Name: far.Name(i)}
	if v.by != byNID {
		l.Type, l.ID = far.Type, v.id
	}
	if v.by != byID {
		l.NID = in.nid(i)
	}
	return l
}

// nid is the nid that a version's record had in the beginning. A run of changes spells it
// in two ways, which are the same.
func (in *input) nid(i int) strfmt.UUID {
	nid := in.nids[in.versions[i].id]
	if in.mixed && i%2 == 1 {
		nid = strings.ToUpper(nid)
	}
	return strfmt.UUID(nid)
}

// standing are the records that a run of changes finds in the estate, by ID, as no version
// of the input left them. All that are changed by nid are among them.
func (in *input) standing() map[string]int {
	records := map[string]int{}
	for _, v := range in.versions {
		if v.way != byID {
			records[v.id] = -1
		}
	}
	return records
}
