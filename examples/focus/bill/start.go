package bill

import (
	"errors"
	"strings"
	"time"
)

var errNoTime = errors.New("is not a time such as 2024-09-18T22:00:00Z or 2024-09-18 22:00:00")

// parseStart parses the start of a charge period and returns its Unix time in seconds. The
// specification wants UTC in ISO 8601, as 2024-09-18T22:00:00Z
// (specification/attributes/datetime_format.md); what exports have besides: a space in place of the
// T, no seconds, fractions, another zone, " UTC", no zone at all, which is UTC, and a date alone.
// Fractions of a second are cut off.
func parseStart(text string) (int64, error) {
	year, rest, ok := number(text, 4)
	month, rest, ok1 := after(rest, '-')
	day, rest, ok2 := after(rest, '-')
	if !ok || !ok1 || !ok2 || year == 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, errNoTime
	}
	unix := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix()
	if rest == "" {
		return unix, nil
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
		return 0, errNoTime
	}
	hour, rest, ok := number(rest[1:], 2)
	minute, rest, ok1 := after(rest, ':')
	second := 0
	ok2 = true
	if strings.HasPrefix(rest, ":") {
		second, rest, ok2 = after(rest, ':')
		if fraction, found := strings.CutPrefix(rest, "."); found && ok2 {
			rest = strings.TrimLeft(fraction, "0123456789")
			ok2 = len(rest) < len(fraction)
		}
	}
	offset, ok3 := zone(rest)
	if !ok || !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return 0, errNoTime
	}
	unix += int64(3600*hour+60*minute+second) - int64(offset)
	if y := time.Unix(unix, 0).UTC().Year(); y < 1 || y > 9999 {
		return 0, errNoTime // moved out of the calendar by its zone
	}
	return unix, nil
}

// zone returns the offset of a zone in seconds; without one it is UTC.
func zone(text string) (seconds int, ok bool) {
	switch text {
	case "", "Z", "z", " UTC", " Z", "UTC":
		return 0, true
	}
	text = strings.TrimPrefix(text, " ")
	if !strings.HasPrefix(text, "+") && !strings.HasPrefix(text, "-") {
		return 0, false
	}
	sign := 1
	if text[0] == '-' {
		sign = -1
	}
	hours, rest, ok := number(text[1:], 2)
	minutes := 0
	if rest != "" && ok {
		minutes, rest, ok = number(strings.TrimPrefix(rest, ":"), 2)
	}
	if !ok || rest != "" || hours > 18 || minutes > 59 {
		return 0, false
	}
	return sign * (3600*hours + 60*minutes), true
}

// number reads a number of n digits from the beginning of a text.
func number(text string, n int) (value int, rest string, ok bool) {
	if len(text) < n || !allDigits(text[:n]) {
		return 0, text, false
	}
	for i := range n {
		value = 10*value + int(text[i]-'0')
	}
	return value, text[n:], true
}

// after reads a number of two digits behind a mark.
func after(text string, mark byte) (value int, rest string, ok bool) {
	if text == "" || text[0] != mark {
		return 0, text, false
	}
	return number(text[1:], 2)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

const secondsADay = 24 * 60 * 60

// dayOf returns the UTC day of a Unix time, as days since 1970-01-01.
func dayOf(unix int64) int32 {
	day := unix / secondsADay
	if unix%secondsADay < 0 {
		day--
	}
	return int32(day)
}

func dayTime(day int32) time.Time { return time.Unix(int64(day)*secondsADay, 0).UTC() }

func dayText(day int32) string { return dayTime(day).Format(time.DateOnly) }
