package source

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Decimal is how amounts are written in a sheet. It is never guessed, because 1,234 is either
// a little more than one or more than a thousand.
type Decimal string

// The ways to write amounts.
const (
	DecimalPlain Decimal = ""      // as the API wants them: digits, with a point if need be
	DecimalComma Decimal = "comma" // 1.234,56: marks between thousands are a point, a space or an apostrophe
	DecimalPoint Decimal = "point" // 1,234.56: marks between thousands are a comma, a space or an apostrophe
)

// The spaces between thousands are those of a keyboard, a no-break space, and a narrow one.
var (
	withComma = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}(\.\d{3})+|\d{1,3}([ \x{a0}\x{202f}]\d{3})+|\d{1,3}(['’]\d{3})+)(,\d+)?$`)
	withPoint = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}(,\d{3})+|\d{1,3}([ \x{a0}\x{202f}]\d{3})+|\d{1,3}(['’]\d{3})+)(\.\d+)?$`)

	thousandsOfComma = strings.NewReplacer(".", "", " ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "", ",", ".")
	thousandsOfPoint = strings.NewReplacer(",", "", " ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "")
)

var errDateAmount = errors.New("the cell is a date, not an amount: a spreadsheet has made a date of what was typed; format the column as text or number, and type it again")

// amount returns a cell's amount in the form of the API. What is no amount in any form is left
// for the SDK to refuse.
func (d Decimal) amount(c cell) (string, error) {
	text := c.text
	switch {
	case c.kind == cellDate:
		return "", errDateAmount
	case c.kind == cellNumber, text == null:
		return text, nil
	case d == DecimalComma && withComma.MatchString(text):
		return thousandsOfComma.Replace(text), nil
	case d == DecimalPoint && withPoint.MatchString(text):
		return thousandsOfPoint.Replace(text), nil
	case d == DecimalComma && withPoint.MatchString(text):
		return "", fmt.Errorf("%q is no amount with a decimal comma, such as 1.234,56: leave out -decimal comma if amounts have a point", text)
	case d == DecimalPoint && withComma.MatchString(text):
		return "", fmt.Errorf("%q is no amount with a decimal point, such as 1,234.56: add -decimal comma if amounts have a comma", text)
	case d != DecimalPlain || isPlain(text):
		return text, nil
	}
	comma, point := withComma.MatchString(text), withPoint.MatchString(text)
	switch {
	case comma && point && !strings.Contains(text, ","):
		return "", fmt.Errorf("%q has marks between thousands: add -decimal comma or -decimal point if it means %s", text, thousandsOfPoint.Replace(text))
	case comma && point:
		return "", fmt.Errorf("%q may be %s or %s: add -decimal comma or -decimal point, whichever this file has", text, thousandsOfComma.Replace(text), thousandsOfPoint.Replace(text))
	case comma && strings.Contains(text, ","):
		return "", fmt.Errorf("%q has a decimal comma: add -decimal comma if it means %s", text, thousandsOfComma.Replace(text))
	case comma:
		return "", fmt.Errorf("%q has marks between thousands: add -decimal comma if it means %s", text, thousandsOfComma.Replace(text))
	case point:
		return "", fmt.Errorf("%q has marks between thousands: add -decimal point if it means %s", text, thousandsOfPoint.Replace(text))
	}
	return text, nil
}

// isPlain reports whether an amount has neither a decimal comma nor marks between thousands,
// as nearly all have.
func isPlain(text string) bool {
	return strings.Trim(text, "+-0123456789.") == "" && strings.Count(text, ".") <= 1
}
