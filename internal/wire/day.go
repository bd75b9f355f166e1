package wire

import (
	"strconv"
	"time"
)

// calendar caches the month of the last date in UTC that an Encoder wrote. Most dates are in
// the same month as the one before, and then only the day of the month has to be computed:
// without the cache, BenchmarkCheckAndEncode takes 30 % longer.
type calendar struct {
	text   [8]byte // the month as `"2006-01`
	days   int     // the packed day before the first of the month
	begins int64   // the first second of the month, in Unix time
	ends   int64   // the first second of the next month
	day    int     // the packed day that was written last, in any month and location
}

// packDay encodes a day in a number, so that a later day has a higher number. The year is
// from 0 to 9999, so the number has at most 23 bits and is not zero.
func packDay(year int, month time.Month, day int) int {
	return year<<9 | int(month)<<5 | day
}

const secondsPerDay = 24 * 60 * 60

// AppendDate appends the day of t, in t's own location, as YYYY-MM-DD in quotation marks. A
// year that does not have four digits is an error.
func (e *Encoder) AppendDate(b []byte, t time.Time) ([]byte, *FieldError) {
	c := &e.calendar
	if t.Location() == time.UTC {
		if at := t.Unix(); c.begins <= at && at < c.ends {
			c.day = c.days + int((at-c.begins)/secondsPerDay) + 1
			return c.append(b, c.text), nil
		}
	}
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return b, notDate(year)
	}
	text := [8]byte{
		'"', digit(year / 1000), digit(year / 100), digit(year / 10), digit(year),
		'-', digit(int(month) / 10), digit(int(month)),
	}
	if t.Location() == time.UTC {
		c.text = text
		c.days = packDay(year, month, 0)
		c.begins = time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Unix()
		c.ends = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
	c.day = packDay(year, month, day)
	return c.append(b, text), nil
}

// append appends c.day, whose month is given as text.
func (c *calendar) append(b []byte, month [8]byte) []byte {
	day := byte(c.day & 0x1F)
	b = append(b, month[:]...)
	return append(b, '-', '0'+day/10, '0'+day%10, '"')
}

// digit returns the last decimal digit of n, which is not negative.
func digit(n int) byte { return "0123456789"[n%10] }

// AppendPlainDate appends the day of t in any year, as strfmt.Date does.
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
// number. The number is never zero.
func (e *Encoder) Day() int { return e.calendar.day }

func notDate(year int) *FieldError {
	return &FieldError{
		Rule: "must be a date of the years 0000 to 9999",
		Got:  "is of the year " + strconv.Itoa(year),
	}
}

// FindSameDay returns the indexes of two of n items that have the same day, and of all such
// pairs the one whose second index is the lowest. date returns the date of item i, which
// AppendDate has accepted.
//
// It is called only if the items are not in ascending order of their days, because in that
// order no two days are equal. Calling it for all records makes BenchmarkCheckAndEncode take
// a third longer.
func (e *Encoder) FindSameDay(n int, date func(i int) time.Time) (first, second int, found bool) {
	if e.days == nil {
		e.days = make(map[int]int)
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

// SameDay returns the error for item second of the array field, whose day t is also that of
// item first. date is the name of the property that holds the day.
func SameDay(field, date string, first, second int, t time.Time) *FieldError {
	err := &FieldError{
		Field: date,
		Rule:  "must be another day than that of any other item",
		Got:   "is " + strconv.Quote(t.Format(time.DateOnly)) + " like " + field + "[" + strconv.Itoa(first) + "]",
	}
	return err.At(second).Under(field)
}
