package source

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// Position is where an item stands in the input.
type Position struct {
	// Sheet is the name of a workbook's sheet, otherwise "".
	Sheet string
	// Line is the line on which the item begins, or its row in the sheet, from 1.
	Line int
	// Column is the heading of the cell that an error is about, as it stands in the sheet, and
	// Letter the name of its column in a workbook. Both are "" where no cell is meant.
	Column, Letter string
	// Offset is the number of bytes of the file that were read up to the end of the item. It
	// is an estimate for compressed files, for workbooks, and for texts in another encoding
	// than UTF-8.
	Offset int64

	columns *columns
	costs   []int32 // the columns of the item's costs, in their order
}

// String returns "line 17" or, in a workbook, "Costs!D17".
func (p Position) String() string {
	switch {
	case p.Sheet == "":
		return "line " + strconv.Itoa(p.Line)
	case p.Letter == "":
		return fmt.Sprintf("%s, row %d", quoteSheet(p.Sheet), p.Line)
	}
	return fmt.Sprintf("%s!%s%d", quoteSheet(p.Sheet), p.Letter, p.Line)
}

// quoteSheet returns a sheet's name as a formula would have it.
func quoteSheet(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.' }) {
		return "'" + strings.ReplaceAll(name, "'", "''") + "'"
	}
	return name
}

func (p Position) fail(err error) *Error { return &Error{Position: p, Err: err} }

// In returns the position of the cell from which a field of the item was made, given the
// field's path in the item's JSON, such as costs.values[3].value or tags["cost centre"]. Of
// JSON, and of a field without a cell, it returns the position as it is.
func (p Position) In(field string) Position {
	if p.columns == nil {
		return p
	}
	if i, ok := p.columns.of(field, p.costs); ok {
		return p.at(i)
	}
	return p
}

// at is the position of the cell in a column.
func (p Position) at(column int) Position {
	if column < len(p.columns.names) {
		p.Column = p.columns.names[column]
	}
	if p.columns.workbook {
		p.Letter = columnLetters(column)
	}
	return p
}

// columns are the headings of a sheet.
type columns struct {
	names    []string // as they stand in the sheet, without spaces around them
	fields   []string // the paths of the fields they set, "" for an ignored column
	workbook bool

	byField func() map[string]int // made at the first error
}

func newColumns(names, fields []string, workbook bool) *columns {
	c := &columns{names: names, fields: fields, workbook: workbook}
	c.byField = sync.OnceValue(func() map[string]int {
		m := make(map[string]int, len(c.fields))
		for i, f := range c.fields {
			if f != "" {
				m[f] = i
			}
		}
		return m
	})
	return c
}

// of returns the column of a field. costs are the columns of the item's costs.
func (c *columns) of(field string, costs []int32) (int, bool) {
	if rest, ok := strings.CutPrefix(field, "costs.values["); ok {
		number, _, _ := strings.Cut(rest, "]")
		if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(costs) {
			return int(costs[i]), true
		}
		return 0, false
	}
	i, ok := c.byField()[strings.TrimPrefix(field, "record.")]
	return i, ok
}

// columnLetters returns the name of column i, from 0, in a spreadsheet: A, Z, AA.
func columnLetters(i int) string {
	name := ""
	for ; i >= 0; i = i/26 - 1 {
		name = string(rune('A'+i%26)) + name
	}
	return name
}
