package apitest

import (
	"fmt"
	"time"
)

// A month is a number of months since January of year 0. A billing period is a month in
// UTC.
type month int32

func monthOf(t time.Time) month {
	t = t.UTC()
	return month(t.Year()*12 + int(t.Month()) - 1)
}

// parseMonth returns the month of a text as in the contract, YYYY-MM, and 0 for anything else.
func parseMonth(text string) month {
	t, err := time.Parse("2006-01", text)
	if err != nil {
		return 0
	}
	return monthOf(t)
}

// String formats the month as in the contract, YYYY-MM.
func (m month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }

// periodOf returns the month of a billing period at a time: the previous month for
// "previous", the current month for anything else. Callers handle "all", which is not a
// single month.
func periodOf(word any, now time.Time) month {
	if word == "previous" {
		return monthOf(now) - 1
	}
	return monthOf(now)
}
