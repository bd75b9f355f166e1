package api

import (
	"fmt"
	"hash/maphash"
	"strings"
	"time"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// verb is an operation on many records of one kind.
type verb[T any] struct {
	env *envelope
	// key names a record, also one that is not valid.
	key func(T) Key
	// encode checks a record and appends its JSON.
	encode func(T, *wire.Encoder) error
	// period is what validThrough is compared with.
	period models.InsertInPeriod
}

func upsertVerb(period models.InsertInPeriod) (verb[*models.EstateRecord], error) {
	v := verb[*models.EstateRecord]{
		env:    &envelope{upsertOperation, `{"records":[`, `]}`},
		key:    recordKey,
		encode: (*models.EstateRecord).AppendTo,
		period: period,
	}
	if period != "" {
		if err := period.Validate(nil); err != nil {
			return v, &configError{fmt.Errorf("the period is %q, want current or previous", string(period))}
		}
		v.env.head = `{"insertInPeriod":"` + string(period) + `","records":[`
	}
	return v, nil
}

func deleteVerb(period models.Period) (verb[*models.RecordLocator], error) {
	v := verb[*models.RecordLocator]{
		env:    &envelope{deleteOperation, `{"period":"` + string(period) + `","records":[`, `]}`},
		key:    locatorKey,
		encode: (*models.RecordLocator).AppendTo,
	}
	if err := period.Validate(nil); err != nil {
		return v, &configError{fmt.Errorf("the period is %q, want current, previous or all", string(period))}
	}
	return v, nil
}

func enrichVerb() verb[*models.Enrichment] {
	return verb[*models.Enrichment]{
		env:    &envelope{enrichOperation, `{"enrichments":[`, `]}`},
		key:    enrichmentKey,
		encode: (*models.Enrichment).AppendTo,
	}
}

func recordKey(r *models.EstateRecord) Key {
	if r == nil {
		return Key{}
	}
	return Key{Type: r.Type, ID: r.ID}
}

func locatorKey(l *models.RecordLocator) Key {
	if l == nil {
		return Key{}
	}
	return Key{Type: l.Type, ID: l.ID, NID: string(l.NID)}
}

func enrichmentKey(e *models.Enrichment) Key {
	if e == nil {
		return Key{}
	}
	return Key{NID: string(e.Record.NID)}
}

// scratch is what one goroutine encodes records with, one after another.
type scratch struct {
	enc   wire.Encoder
	at    time.Time // of the latest record
	month int       // for which enc.NotBefore is set
}

// entry checks and encodes a record into the scratch space, which is emptied before.
func (v *verb[T]) entry(rec T, s *scratch, now time.Time, seed maphash.Seed, most int) entry {
	const keep = 1 << 20
	if cap(s.enc.Buf) > keep {
		s.enc.Buf = nil // one long record does not make the buffer large for good
	}
	s.enc.Buf = s.enc.Buf[:0]
	if now != s.at {
		s.at = now
		if y, m, _ := earliestMonth(v.period, now).Date(); s.month != y*12+int(m) {
			s.month = y*12 + int(m)
			v.ready(&s.enc, now)
		}
	}
	r := entry{env: v.env, key: v.key(rec), at: now}
	if r.err = v.checked(rec, &s.enc, most); r.err == nil {
		r.json = s.enc.Buf
		r.ids, r.nids = r.key.identities(seed)
	}
	return r
}

// names are what makes two records the same: the type and ID, the nid in any spelling, or
// both for a locator that has both.
func (k Key) names() (names [2]Key, n int) {
	if k.NID != "" {
		names[0], n = Key{NID: strings.ToLower(k.NID)}, 1
	}
	if k.NID == "" || k.Type != "" || k.ID != "" {
		names[n] = Key{Type: k.Type, ID: k.ID}
		n++
	}
	return names, n
}

// identities hashes the names. A collision makes one record wait for another for nothing,
// and does no harm.
func (k Key) identities(seed maphash.Seed) (ids [2]uint64, n int) {
	names, n := k.names()
	for i, name := range names[:n] {
		h := maphash.String(seed, name.Type)
		ids[i] = maphash.String(seed, name.ID+name.NID) ^ (h<<1 | h>>63) // one of the two is empty
	}
	return ids, n
}

// checked appends the record's JSON to e.Buf, or says what is wrong with the record.
func (v *verb[T]) checked(rec T, e *wire.Encoder, most int) error {
	before := len(e.Buf)
	if err := v.encode(rec, e); err != nil {
		if field, ok := err.(*wire.FieldError); ok {
			return (*FieldError)(field)
		}
		return err
	}
	if size := len(v.env.head) + len(e.Buf) - before + len(v.env.tail); size > most {
		e.Buf = e.Buf[:before]
		return &FieldError{
			Rule: fmt.Sprintf("must fit into a request of %d bytes (BatchBytes)", most),
			Got:  fmt.Sprintf("takes %d", size),
		}
	}
	return nil
}

// ready sets an encoder up for records that are encoded now.
func (v *verb[T]) ready(e *wire.Encoder, now time.Time) {
	e.NotBefore = earliestMonth(v.period, now).Format("2006-01")
}

// earliestMonth is in the month that an upsert writes to, which validThrough must not be
// before. When a period ends, and in which time zone, is not public: where it may still
// be the month before somewhere on earth, that month is taken, and the API decides.
func earliestMonth(period models.InsertInPeriod, now time.Time) time.Time {
	latest := now.UTC().Add(-12 * time.Hour)
	if period == models.InsertInPeriodPrevious {
		return time.Date(latest.Year(), latest.Month()-1, 1, 0, 0, 0, 0, time.UTC)
	}
	return latest
}
