package faults

import (
	"math/rand/v2"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/models"
)

// addressing is how a change identifies its record.
type addressing uint8

const (
	byID   addressing = iota // type and ID
	byNID                    // nid
	byBoth                   // all three, which only a delete can have
)

// flaw is what is wrong with an invalid change.
type flaw uint8

const (
	flawItem              flaw = iota // its record, locator or enrichment is invalid
	flawPeriod                        // its operation does not allow its period
	flawSeveralOperations             // it has two operations
	flawNoOperation                   // it has none
)

// change is one item of an Apply run.
type change struct {
	operation operation // opUpsert, opDelete or opEnrich
	period    models.Period
	by        addressing
	flaw      flaw
}

// changeGenerator makes changes of all operations, in an order that the SDK has to keep. The
// changes of a record use type and ID only, or only the nid that the record has in the initial
// estate, or both ways. The SDK does not know that both ways lead to the same record, so
// between a change by type and ID and one by nid there is a delete with all three.
type changeGenerator struct {
	rng        *rand.Rand
	addressing map[string]addressing // of each record
	last       map[string]addressing // of each record's last valid change
}

func newChangeGenerator(rng *rand.Rand) *changeGenerator {
	return &changeGenerator{rng, map[string]addressing{}, map[string]addressing{}}
}

// next makes a record's next change. An invalid one is never sent, and so orders nothing.
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
		// A record that has been deleted from all periods can be created again, but not with
		// its old nid. Therefore records that are changed by nid are seldom deleted completely.
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

// wantOperation is the operation that the change's result must have.
func (c change) wantOperation() string {
	if c.flaw == flawSeveralOperations || c.flaw == flawNoOperation {
		return ""
	}
	return c.operation.resultName()
}

// change makes item i of an Apply run.
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

// changeLocator makes the locator of a change.
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

// nid is the nid that the record of version i has in the initial estate. Apply runs spell it
// in upper and in lower case, which are equivalent.
func (in *input) nid(i int) strfmt.UUID {
	nid := in.nids[in.versions[i].id]
	if in.mixed && i%2 == 1 {
		nid = strings.ToUpper(nid)
	}
	return strfmt.UUID(nid)
}

// existingRecords are the initial estate of an Apply run, by ID: all records that are changed
// by nid. Their version is -1, as no item of the input created them.
func (in *input) existingRecords() map[string]int {
	records := map[string]int{}
	for _, v := range in.versions {
		if v.recordBy != byID {
			records[v.id] = -1
		}
	}
	return records
}
