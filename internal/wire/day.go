package wire

import (
	"strconv"
	"time"
)

// calendar is the month in UTC that an Encoder wrote a day of. Most dates are in the month
// of the one before, and then only their day has to be found: without it,
// BenchmarkCheckAndEncode takes 30 % longer.
type calendar struct {
	text   [8]byte // `"2006-01`
	days   int32   // the month's day zero, packed
	begins int64   // its first second
	ends   int64   // the first second of the next one
	day    int32   // the day that was written last, of any month and location, packed
}

// packDay makes one number of a day: a later day has a higher number.
func packDay(year int, month time.Month, day int) int32 {
	return int32(year)<<9 | int32(month)<<5 | int32(day)
}

const secondsPerDay = 24 * 60 * 60

// AppendDate appends the day of t, in t's own location, as YYYY-MM-DD between quotation
// marks. It refuses a year that does not have four digits.
func (e *Encoder) AppendDate(b []byte, t time.Time) ([]byte, *FieldError) {
	c := &e.calendar
	if t.Location() == time.UTC {
		if at := t.Unix(); c.begins <= at && at < c.ends {
			c.day = c.days + int32((at-c.begins)/secondsPerDay) + 1
			return c.append(b, c.text), nil
		}
	}
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return b, notDate(year)
	}
	text := [8]byte{'"', digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), '-', digit(int(month) / 10), digit(int(month))}
	if t.Location() == time.UTC {
		c.text = text
		c.days = packDay(year, month, 0)
		c.begins = time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Unix()
		c.ends = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
	c.day = packDay(year, month, day)
	return c.append(b, text), nil
}

// append appends the day that was found last, of a month that is given as text.
func (c *calendar) append(b []byte, month [8]byte) []byte {
	day := byte(c.day & 0x1F)
	b = append(b, month[:]...)
	return append(b, '-', '0'+day/10, '0'+day%10, '"')
}

// digit returns the last decimal digit of n.
func digit(n int) byte { return '0' + byte(n%10) }

// AppendPlainDate appends the day of t whatever its year, as strfmt.Date does.
func (e *Encoder) AppendPlainDate(b []byte, t time.Time) []byte {
	b, err := e.AppendDate(b, t)
	if err != nil {
		b = append(b, '"')
		b = t.AppendFormat(b, time.DateOnly)
		b = append(b, '"')
	}
	return b
}

// Day returns a number for the day that AppendDate wrote last. A later day has a higher
// number; the number is never zero.
func (e *Encoder) Day() int32 { return e.calendar.day }

func notDate(year int) *FieldError {
	return &FieldError{
		Rule: "must be a date of the years 0000 to 9999",
		Got:  "is of the year " + strconv.Itoa(year),
	}
}

// FindSameDay returns the positions of two items that name the same day, the first such
// pair by the position of its second item. It is asked when the items do not come in the
// order of their days, which would have shown that all of them differ: always to ask takes
// a third more time. date returns the date of an item.
func (e *Encoder) FindSameDay(n int, date func(i int) time.Time) (first, second int, found bool) {
	if e.days == nil {
		e.days = make(map[int32]int)
	}
	clear(e.days)
	for i := range n {
		day := packDay(date(i).Date())
		if first, found := e.days[day]; found {
			return first, i, true
		}
		e.days[day] = i
	}
	return 0, 0, false
}

// SameDay is the error of item second of the array field, whose date is that of item first.
func SameDay(field, date string, first, second int, t time.Time) *FieldError {
	err := &FieldError{
		Field: date,
		Rule:  "must be another day than that of any other item",
		Got:   "is " + strconv.Quote(t.Format(time.DateOnly)) + " like " + field + "[" + strconv.Itoa(first) + "]",
	}
	return err.At(second).Under(field)
}
