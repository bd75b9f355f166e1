package api

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// Change is one change of one record: exactly one of Upsert, Delete and Enrich is set. It is
// Invalid otherwise, or when its period is not one that the operation takes.
type Change struct {
	Upsert *models.EstateRecord
	Delete *models.RecordLocator
	Enrich *models.Enrichment
	// Period is the billing period. With Delete it is required. With Upsert it is current,
	// previous, or empty for that of [InPeriod]. With Enrich it is empty.
	Period models.Period
}

// Apply sends changes of all three operations, in as few requests as their order allows.
// Everything else is as in [Client.Upsert].
//
// Changes of one record keep their order across operations and periods: they never share a
// request and are never in flight together. Records are the same when their nid is, or when
// type and ID are. Klarity knows which nid belongs to which type and ID, the SDK does not:
// an upsert of "vm", "web-1" and an enrichment of that machine's nid are changes of two
// records here, and may overtake each other. A Delete that names both comes after the
// changes of both and before later ones.
//
// A change that was not accepted leaves the changes behind it alone. So do not send it again
// once a later change of its record has been sent: it would win over that one. Send what the
// record is now.
func (c *Client) Apply(ctx context.Context, changes iter.Seq2[Change, error], opts ...RunOption) (Report, error) {
	e, cfg, err := newChangeEncoder(opts)
	if err != nil {
		return Report{}, err
	}
	return run(ctx, c, e, changes, cfg)
}

// ApplyAll is [Client.Apply] for a slice.
func (c *Client) ApplyAll(ctx context.Context, changes []Change, opts ...RunOption) (Report, error) {
	return c.Apply(ctx, each(changes), opts...)
}

// NewApplier returns an uploader of changes; see [Client.Apply] for their order.
func (c *Client) NewApplier(opts ...RunOption) (*Uploader[Change], error) {
	e, cfg, err := newChangeEncoder(opts)
	if err != nil {
		return nil, err
	}
	return newUploader(c, e, cfg)
}

const operationApply = "apply"

// changeEncoder is the [encoder] of changes. It has a verb for each operation and period.
type changeEncoder struct {
	upserts map[models.Period]*verb[*models.EstateRecord]
	deletes map[models.Period]*verb[*models.RecordLocator]
	enrich  *verb[*models.Enrichment]
}

func newChangeEncoder(opts []RunOption) (*changeEncoder, runConfig, error) {
	cfg, err := newRunConfig(operationApply, opts)
	if err != nil {
		return nil, cfg, err
	}
	e := &changeEncoder{
		upserts: map[models.Period]*verb[*models.EstateRecord]{},
		deletes: map[models.Period]*verb[*models.RecordLocator]{},
		enrich:  enrichVerb(),
	}
	for _, period := range []models.Period{"", models.PeriodCurrent, models.PeriodPrevious} {
		if e.upserts[period], err = upsertVerb(models.InsertInPeriod(period)); err != nil {
			return nil, cfg, err
		}
	}
	for _, period := range []models.Period{models.PeriodCurrent, models.PeriodPrevious, models.PeriodAll} {
		if e.deletes[period], err = deleteVerb(period); err != nil {
			return nil, cfg, err
		}
	}
	if cfg.period != "" {
		if err := cfg.period.Validate(nil); err != nil {
			return nil, cfg, &configError{periodError(cfg.period)}
		}
		e.upserts[""] = e.upserts[models.Period(cfg.period)]
	}
	return e, cfg, nil
}

func (e *changeEncoder) name() string { return operationApply }

func (e *changeEncoder) encode(c Change, s *scratch, most int) (*envelope, Key, error) {
	switch {
	case c.Upsert != nil && c.Delete == nil && c.Enrich == nil:
		if v := e.upserts[c.Period]; v != nil {
			return v.encode(c.Upsert, s, most)
		}
		return wrongPeriod(c, e.upserts[""], c.Upsert, s, "must be current, previous or empty for an upsert")
	case c.Upsert == nil && c.Delete != nil && c.Enrich == nil:
		if v := e.deletes[c.Period]; v != nil {
			return v.encode(c.Delete, s, most)
		}
		return wrongPeriod(c, e.deletes[models.PeriodAll], c.Delete, s, "must be current, previous or all for a delete")
	case c.Upsert == nil && c.Delete == nil && c.Enrich != nil:
		if c.Period == "" {
			return e.enrich.encode(c.Enrich, s, most)
		}
		return wrongPeriod(c, e.enrich, c.Enrich, s, "must be empty for an enrichment")
	}
	envelope, key := e.describe(c)
	return envelope, key, &FieldError{Rule: "must be exactly one of Upsert, Delete and Enrich", Got: "is " + c.parts()}
}

// wrongPeriod returns the error for the period of a change, with all else that is wrong with the
// change. Whether validThrough is past depends on the period, and is left open.
func wrongPeriod[T any](c Change, v *verb[T], rec T, s *scratch, rule string) (*envelope, Key, error) {
	before := len(s.enc.Buf)
	s.enc.NotBefore = ""
	broken := (&wire.FieldError{Field: "period", Rule: rule, Got: "is " + strconv.Quote(string(c.Period))}).Alone()
	if others, ok := v.appendTo(rec, &s.enc).(*wire.BrokenRules); ok {
		broken.Append(others)
	}
	s.enc.Buf = s.enc.Buf[:before]
	return v.envelope, v.key(rec), asBroken(broken)
}

// describe says what a change is as far as it says so itself.
func (e *changeEncoder) describe(c Change) (*envelope, Key) {
	switch {
	case c.Upsert != nil && c.Delete == nil && c.Enrich == nil:
		return e.upserts[""].describe(c.Upsert)
	case c.Upsert == nil && c.Delete != nil && c.Enrich == nil:
		return e.deletes[models.PeriodAll].describe(c.Delete)
	case c.Upsert == nil && c.Delete == nil && c.Enrich != nil:
		return e.enrich.describe(c.Enrich)
	}
	for _, key := range []Key{recordKey(c.Upsert), locatorKey(c.Delete), enrichmentKey(c.Enrich)} {
		if key != (Key{}) {
			return nil, key
		}
	}
	return nil, Key{}
}

// parts says which of the three are set.
func (c Change) parts() string {
	var set []string
	for _, part := range []struct {
		name string
		set  bool
	}{{"Upsert", c.Upsert != nil}, {"Delete", c.Delete != nil}, {"Enrich", c.Enrich != nil}} {
		if part.set {
			set = append(set, part.name)
		}
	}
	if len(set) == 0 {
		return "none of them"
	}
	return strings.Join(set, " and ")
}
