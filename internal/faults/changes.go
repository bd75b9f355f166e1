package faults

import (
	"math/rand/v2"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/models"
)

// naming is by what a change names its record.
type addressing uint8

const (
	byID   addressing = iota // type and ID
	byNID                    // nid
	byBoth                   // all three, as only a delete can
)

// flaw is what is wrong with a change that breaks a rule.
type flaw uint8

const (
	flawItem              flaw = iota // what its operation gets
	flawPeriod                        // its period is not one that the operation takes
	flawSeveralOperations             // it is of two operations
	flawNoOperation                   // it is of none
)

// change is what a run of changes asks for with one of its items.
type change struct {
	operation operation // upsert, remove or enrich
	period    models.Period
	by        addressing
	flaw      flaw
}

// mixer makes changes of all operations whose order is one that the SDK keeps. A record
// goes by type and ID alone, or by the nid alone that it has in the estate from the
// beginning, or by either. The SDK does not know that these are the same; so a delete that
// names both stands between changes of the one sort and of the other.
type changeGenerator struct {
	rng        *rand.Rand
	addressing map[string]addressing // of each record
	last       map[string]addressing // of each record's latest change that will be sent
}

func newChangeGenerator(rng *rand.Rand) *changeGenerator {
	return &changeGenerator{rng, map[string]addressing{}, map[string]addressing{}}
}

// next makes a record's next change. One that breaks a rule is not sent, and orders nothing.
func (g *changeGenerator) next(id string, invalid bool) change {
	recordBy, known := g.addressing[id]
	if !known {
		recordBy = pick(g.rng, byID, byNID, byBoth, byBoth)
		g.addressing[id], g.last[id] = recordBy, byBoth
	}
	c := change{by: recordBy}
	if recordBy == byBoth {
		c.by = pick(g.rng, byID, byID, byNID, byNID, byBoth)
	}
	if !invalid {
		if last := g.last[id]; last != c.by && last != byBoth {
			c.by = byBoth
		}
		g.last[id] = c.by
	}
	switch {
	case c.by == byBoth || g.rng.IntN(3) == 0:
		// A record that is gone from all periods can come back, but never to its nid: it goes
		// seldom where that is what changes it.
		c.operation, c.period = opDelete, pick(g.rng, models.PeriodPrevious, models.PeriodCurrent, models.PeriodAll)
		if c.by != byID && g.rng.IntN(2) == 0 {
			c.period = models.PeriodPrevious
		}
	case c.by == byID:
		c.operation, c.period = opUpsert, pick(g.rng, "", models.PeriodCurrent, models.PeriodPrevious)
	default:
		c.operation = opEnrich
	}
	if invalid {
		c.flaw = pick(g.rng, flawItem, flawPeriod, flawSeveralOperations, flawNoOperation)
	}
	return c
}

// spoken is what the result of a change has to say of its operation.
func (c change) wantOperation() string {
	if c.flaw == flawSeveralOperations || c.flaw == flawNoOperation {
		return ""
	}
	return c.operation.resultName()
}

// change is an item of a run of changes.
func (in *input) change(i int) api.Change {
	v := in.versions[i]
	c := api.Change{Period: v.period}
	switch {
	case v.kind == invalidItem && v.flaw == flawNoOperation:
		return c
	case v.kind == invalidItem && v.flaw == flawSeveralOperations:
		c.Upsert, c.Delete = in.record(i), in.locator(i)
	case v.operation == opUpsert:
		c.Upsert = in.record(i)
	case v.operation == opDelete:
		c.Delete = in.locator(i)
	case v.operation == opEnrich:
		c.Enrich = in.enrichment(i)
	}
	if v.kind == invalidItem && v.flaw == flawPeriod {
		c.Period = map[operation]models.Period{opUpsert: models.PeriodAll, opDelete: "", opEnrich: models.PeriodCurrent}[v.operation]
	}
	return c
}

// named is the locator of a change.
func (in *input) changeLocator(i int) models.RecordLocator {
	v := in.versions[i]
	l := models.RecordLocator{Name: backend.VersionName(i)}
	if v.by != byNID {
		l.Type, l.ID = backend.RecordType, v.id
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
func (in *input) existingRecords() map[string]int {
	records := map[string]int{}
	for _, v := range in.versions {
		if v.recordBy != byID {
			records[v.id] = -1
		}
	}
	return records
}
