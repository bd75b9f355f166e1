package api

import (
	"hash/maphash"
	"time"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// encoder checks and encodes inputs of one type.
type encoder[T any] interface {
	// name is that of the operation, for messages about all inputs.
	name() string
	// encode appends the JSON of an input to the scratch space, or says what is wrong with
	// it. The envelope is nil when the input does not say which operation it is for.
	encode(in T, s *scratch, most int) (*envelope, Key, error)
	// describe says what an input is that comes with an error.
	describe(in T) (*envelope, Key)
}

// scratch is what one goroutine encodes records with, one after another.
type scratch struct {
	enc wire.Encoder
	now time.Time
	// The earliest months for validThrough, in an upsert into the current and the previous
	// period.
	current, previous string
	month             int // for which they are set
}

// at says what time it is.
func (s *scratch) at(now time.Time) {
	if now.Equal(s.now) {
		return
	}
	s.now = now
	if y, m, _ := earliestMonth("", now).Date(); s.month != y*12+int(m) {
		s.month = y*12 + int(m)
		const month = "2006-01"
		s.current = earliestMonth("", now).Format(month)
		s.previous = earliestMonth(models.InsertInPeriodPrevious, now).Format(month)
	}
}

// ready sets the wire encoder up for an upsert into the period.
func (s *scratch) ready(period models.InsertInPeriod) {
	s.enc.NotBefore = s.current
	if period == models.InsertInPeriodPrevious {
		s.enc.NotBefore = s.previous
	}
}

// newEntry checks and encodes an input into the scratch space, which is emptied before.
func newEntry[T any](e encoder[T], in T, s *scratch, seed maphash.Seed, most int) entry {
	const keep = 1 << 20
	if cap(s.enc.Buf) > keep {
		s.enc.Buf = nil // one long record does not make the buffer large for good
	}
	s.enc.Buf = s.enc.Buf[:0]
	r := entry{at: s.now}
	if r.envelope, r.key, r.err = e.encode(in, s, most); r.err == nil {
		r.json = s.enc.Buf
		r.ids, r.nids = r.key.identities(seed)
	}
	return r
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
