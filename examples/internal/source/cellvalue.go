package source

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// sheetCell is a cell of a workbook as its XML has it.
type sheetCell struct {
	column   int // from 0
	typ      string
	style    string
	value    string
	hasValue bool
	formula  bool
}

// sheetValues is what the cells of a sheet refer to.
type sheetValues struct {
	texts    *texts
	styles   dateStyles
	date1904 bool
}

var errNoResult = errors.New("the formula has no stored result: open the workbook in Excel, save it, and read it again")

// value returns what a person would type to get the cell: a number as a spreadsheet shows it,
// a date as YYYY-MM-DD. A formula counts by the result that is stored with it.
func (s *sheetValues) value(c sheetCell) (cell, error) {
	if c.formula && !c.hasValue {
		return cell{}, errNoResult
	}
	switch c.typ {
	case "s":
		if !c.hasValue {
			return cell{}, nil
		}
		text, err := s.texts.get(c.value)
		return cell{text: text}, err
	case "inlineStr", "str":
		return cell{text: unescapeXString(c.value)}, nil
	case "b":
		if c.value == "" {
			return cell{}, nil
		}
		return cell{text: map[bool]string{true: "TRUE", false: "FALSE"}[isTrue(c.value)]}, nil
	case "e":
		return cell{}, fmt.Errorf("the cell holds the error %.20s: correct its formula, or clear the cell", c.value)
	case "d":
		return isoDate(c.value)
	case "", "n":
		if c.value == "" {
			return cell{}, nil
		}
		if s.styles.of(c.style) {
			return serialDate(c.value, s.date1904)
		}
		text, err := plainNumber(c.value)
		return cell{text, cellNumber}, err
	}
	return cell{}, fmt.Errorf("the workbook is damaged: a cell of the type %.20q", c.typ)
}

// plainNumber returns a number as a spreadsheet shows it in a wide column: with at most 15
// digits, because what comes after them is noise of its binary form, and without exponent.
func plainNumber(value string) (string, error) {
	value = strings.TrimSpace(value)
	digits := strings.TrimLeft(value, "-0.")
	if len(digits) <= 15 && isPlainNumber(value) {
		return value, nil
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(value, "xXpP_") {
		return "", fmt.Errorf("the workbook is damaged: %.40q is no number", value)
	}
	// 15 digits come back from their binary form as they were.
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	if err != nil {
		rounded = f // the largest numbers
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64), nil
}

// isPlainNumber reports whether a number has nothing to be changed: digits, and after a point
// no zero at its end.
func isPlainNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, hasPoint := strings.Cut(s, ".")
	return whole != "" && strings.Trim(whole+fraction, "0123456789") == "" &&
		(whole == "0" || whole[0] != '0') && (!hasPoint || fraction != "" && !strings.HasSuffix(fraction, "0"))
}

const day = 24 * 60 * 60 // seconds

// serialDate returns the date of a number of days. They count from 1899-12-31, and from
// 1900-03-01 on they are one too many, because Excel keeps an error of Lotus 1-2-3: for it,
// 1900 was a leap year.
func serialDate(value string, date1904 bool) (cell, error) {
	days, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return cell{}, fmt.Errorf("the workbook is damaged: %.40q is no number", value)
	}
	if date1904 {
		days += 1462
	}
	const last = 2958466 // 10000-01-01
	if !(days >= 0 && days < last) {
		return cell{}, fmt.Errorf("the number %.40s has the format of a date, and is none: format the cell as a number", value)
	}
	seconds := int64(math.Round(days * day))
	if seconds < day {
		return cell{text: time.Unix(seconds, 0).UTC().Format(time.TimeOnly)}, nil // a time of day
	}
	whole := seconds / day
	if whole == 60 {
		return cell{}, errors.New("1900-02-29 is no date: type the cell again")
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if whole < 60 {
		epoch = epoch.AddDate(0, 0, 1)
	}
	return dateCell(epoch.AddDate(0, 0, int(whole)).Add(time.Duration(seconds%day) * time.Second)), nil
}

func dateCell(t time.Time) cell {
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return cell{t.Format(time.DateOnly), cellDate}
	}
	return cell{t.Format(time.DateTime), cellDate}
}

// isoDate returns the date of a cell that holds it as text in the XML.
func isoDate(value string) (cell, error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.Parse(layout, value); err == nil {
			return dateCell(t), nil
		}
	}
	return cell{}, fmt.Errorf("the workbook is damaged: %.40q is no date", value)
}
