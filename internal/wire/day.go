package wire

import (
	"slices"
	"strconv"
	"time"
)

const dateLayout = time.DateOnly

// twoDigits has the numbers 00 to 99 one after the other.
const twoDigits = "" +
	"0001020304050607080910111213141516171819" +
	"2021222324252627282930313233343536373839" +
	"4041424344454647484950515253545556575859" +
	"6061626364656667686970717273747576777879" +
	"8081828384858687888990919293949596979899"

// AppendDate appends the day of t, in t's own location, as YYYY-MM-DD between quotation
// marks. It refuses a year that does not have four digits.
func (e *Encoder) AppendDate(b []byte, t time.Time) ([]byte, *FieldError) {
	year, month, day := t.Date()
	if uint(year) > 9999 {
		return b, notDate(year)
	}
	e.day = int32(year)<<9 | int32(month)<<5 | int32(day)
	century, rest := 2*(year/100), 2*(year%100)
	m, d := 2*int(month), 2*day
	return append(b, '"',
		twoDigits[century], twoDigits[century+1], twoDigits[rest], twoDigits[rest+1], '-',
		twoDigits[m], twoDigits[m+1], '-', twoDigits[d], twoDigits[d+1], '"'), nil
}

// AppendPlainDate appends the day of t whatever its year, as strfmt.Date does.
func (e *Encoder) AppendPlainDate(b []byte, t time.Time) []byte {
	b, err := e.AppendDate(b, t)
	if err != nil {
		b = append(b, '"')
		b = t.AppendFormat(b, dateLayout)
		b = append(b, '"')
	}
	return b
}

// Day returns a number for the day that AppendDate wrote last. A later day has a higher
// number; the number is never zero.
func (e *Encoder) Day() int32 { return e.day }

func notDate(year int) *FieldError {
	return &FieldError{
		Rule: "must be a date of the years 0000 to 9999",
		Got:  "is of the year " + strconv.Itoa(year),
	}
}

// FindSameDay returns the positions of two items that name the same day, the first such
// pair by the position of its second item. It is asked when the items do not come in the
// order of their days, which would have shown that all of them differ. date returns the
// date of an item.
func (e *Encoder) FindSameDay(n int, date func(i int) time.Time) (first, second int, found bool) {
	e.days = slices.Grow(e.days[:0], n)
	for i := range n {
		year, month, day := date(i).Date()
		e.days = append(e.days, uint64(year<<9|int(month)<<5|day)<<32|uint64(i))
	}
	slices.Sort(e.days)
	for k := 1; k < len(e.days); k++ {
		a, b := e.days[k-1], e.days[k]
		if a>>32 == b>>32 && (!found || int(uint32(b)) < second) {
			first, second, found = int(uint32(a)), int(uint32(b)), true
		}
	}
	return first, second, found
}

// SameDay is the error of item second of the array field, whose date is that of item first.
func SameDay(field, date string, first, second int, t time.Time) *FieldError {
	err := &FieldError{
		Field: date,
		Rule:  "must be another day than that of any other item",
		Got:   "is " + strconv.Quote(t.Format(dateLayout)) + " like " + field + "[" + strconv.Itoa(first) + "]",
	}
	return err.At(second).Under(field)
}
