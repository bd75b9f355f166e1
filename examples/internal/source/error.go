package source

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// MaxItem is the maximum size of one item in bytes: a line of JSON, an element of a JSON
// array, a row of CSV, the XML of a workbook's row. The API limits metadata and tags to 1 MB
// each, so no valid item comes near it, and a file without line ends cannot exhaust the
// memory.
const MaxItem = 8 << 20

// Error is an error in one item of the input.
type Error struct {
	// Position is where the item stands, and its cell where one is at fault.
	Position
	// Type, ID and NID name the item as far as it was read.
	Type, ID, NID string
	Err           error
	// Rest is the item without the cells that are wrong: it may break rules besides, which
	// [Error.Also] adds. It is nil where no cells are at fault.
	Rest any

	cells *badCells
	last  bool // nothing can be read after this error
}

// Also adds that a field of the item is wrong, too, unless that is about a cell that is wrong
// already, or about none.
func (e *Error) Also(field string, err error) {
	cell := e.In(field)
	if e.cells == nil || cell.Column == "" || e.cells.columns[cell.Column] {
		return
	}
	e.cells.add(cell, 0, err)
	e.Err = e.cells.err()
}

func (e *Error) Error() string { return e.String() + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// Last reports whether nothing can be read after this error, so that the rest of the input is
// unknown.
func (e *Error) Last() bool { return e.last }

// fieldError is an error in a field of an item, with the path of the field.
type fieldError struct {
	path string
	err  error
}

func (e *fieldError) Error() string { return e.path + ": " + e.err.Error() }

func (e *fieldError) Unwrap() error { return e.err }

// prefixPath adds a field's name, or an element's index in brackets, to the front of err's
// path.
func prefixPath(name string, err error) error {
	f, ok := errors.AsType[*fieldError](err)
	if !ok {
		return &fieldError{name, err}
	}
	if !strings.HasPrefix(f.path, "[") {
		name += "."
	}
	f.path = name + f.path
	return f
}

// quoteKey returns a key for use in a path, quoted if it would not be read as one word.
func quoteKey(key string) string {
	if key == "" || len(key) > 60 || strings.ContainsFunc(key, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune(`.[]":`, r)
	}) {
		return fmt.Sprintf("%.60q", key)
	}
	return key
}

// errCannotClear is the error for a null where the API cannot clear what is stored.
func errCannotClear(noun string) error {
	return fmt.Errorf("null: the API cannot clear %s", noun)
}
