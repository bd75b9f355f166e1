package api

import (
	"fmt"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// verb is an operation on many records of one kind.
type verb[T any] struct {
	envelope *envelope
	// key names a record, also one that is not valid.
	key func(T) Key
	// appendTo checks a record and appends its JSON.
	appendTo func(T, *wire.Encoder) error
	// period is what validThrough is compared with.
	period models.InsertInPeriod
}

func upsertVerb(period models.InsertInPeriod) (*verb[*models.EstateRecord], error) {
	v := &verb[*models.EstateRecord]{
		envelope: &envelope{upsertOperation, `{"records":[`, `]}`},
		key:      recordKey,
		appendTo: (*models.EstateRecord).AppendTo,
		period:   period,
	}
	if period != "" {
		if err := period.Validate(nil); err != nil {
			return nil, &configError{periodError(period)}
		}
		v.envelope.head = `{"insertInPeriod":"` + string(period) + `","records":[`
	}
	return v, nil
}

func deleteVerb(period models.Period) (*verb[*models.RecordLocator], error) {
	v := &verb[*models.RecordLocator]{
		envelope: &envelope{deleteOperation, `{"period":"` + string(period) + `","records":[`, `]}`},
		key:      locatorKey,
		appendTo: (*models.RecordLocator).AppendTo,
	}
	if err := period.Validate(nil); err != nil {
		return nil, &configError{fmt.Errorf("the period is %q, want current, previous or all", string(period))}
	}
	return v, nil
}

func enrichVerb() *verb[*models.Enrichment] {
	return &verb[*models.Enrichment]{
		envelope: &envelope{enrichOperation, `{"enrichments":[`, `]}`},
		key:      enrichmentKey,
		appendTo: (*models.Enrichment).AppendTo,
	}
}

func (v *verb[T]) name() string { return v.envelope.op.name }

func (v *verb[T]) describe(rec T) (*envelope, Key) { return v.envelope, v.key(rec) }

func (v *verb[T]) encode(rec T, s *scratch, most int) (*envelope, Key, error) {
	s.ready(v.period)
	return v.envelope, v.key(rec), v.check(rec, &s.enc, most)
}

// check appends the record's JSON to e.Buf, or says everything that is wrong with the record.
func (v *verb[T]) check(rec T, e *wire.Encoder, most int) error {
	before := len(e.Buf)
	if err := v.appendTo(rec, e); err != nil {
		if broken, ok := err.(*wire.BrokenRules); ok {
			return asBroken(broken)
		}
		return err
	}
	if size := len(v.envelope.head) + len(e.Buf) - before + len(v.envelope.tail); size > most {
		e.Buf = e.Buf[:before]
		return &FieldError{
			Rule: fmt.Sprintf("must fit into a request of %d bytes (BatchBytes)", most),
			Got:  fmt.Sprintf("takes %d", size),
		}
	}
	return nil
}

func periodError(period models.InsertInPeriod) error {
	return fmt.Errorf("the period is %q, want current or previous", string(period))
}
