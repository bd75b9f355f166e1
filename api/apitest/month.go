package apitest

import (
	"fmt"
	"time"
)

// A month counts the months since the year 0. A billing period is one, in UTC.
type month int32

func monthOf(t time.Time) month {
	t = t.UTC()
	return month(t.Year()*12 + int(t.Month()) - 1)
}

// String is the contract's form, YYYY-MM.
func (m month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }

// periodOf returns the month that the words of the contract mean at a time: "previous",
// and "current" for anything else. "all" is no single month.
func periodOf(word any, now time.Time) month {
	if word == "previous" {
		return monthOf(now) - 1
	}
	return monthOf(now)
}
