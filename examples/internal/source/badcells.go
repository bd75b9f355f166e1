package source

import (
	"errors"
	"fmt"
	"strings"
)

// maxBadCells bounds how many cells of a row an error names.
const maxBadCells = 20

// badCells are the cells of one row that cannot be read.
type badCells struct {
	first   *Error
	columns map[string]bool // their headings
	errs    []error         // with their columns, the first maxBadCells of them
	more    int
}

// add adds the cell at a position, in column i.
func (b *badCells) add(at Position, i int, err error) {
	if at.Column != "" {
		if b.columns == nil {
			b.columns = make(map[string]bool)
		}
		b.columns[at.Column] = true
		err = fmt.Errorf("column %q: %w", at.Column, err)
	} else {
		err = fmt.Errorf("column %d: %w", i+1, err)
	}
	if b.first == nil {
		b.first = at.fail(err)
	}
	if len(b.errs) == maxBadCells {
		b.more++
		return
	}
	b.errs = append(b.errs, err)
}

// error is the error of the row: it is at the first of the cells, and names all of them.
func (b *badCells) error() *Error {
	b.first.cells, b.first.Err = b, b.err()
	return b.first
}

func (b *badCells) err() error {
	if len(b.errs) == 1 {
		return b.errs[0]
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d cells are wrong:", len(b.errs)+b.more)
	for i, err := range b.errs {
		fmt.Fprintf(&text, " (%d) %v", i+1, err)
	}
	if b.more > 0 {
		fmt.Fprintf(&text, " and %d more", b.more)
	}
	return &cellErrors{text.String(), errors.Join(b.errs...)}
}

// cellErrors are the errors of several cells, on one line.
type cellErrors struct {
	text string
	errs error
}

func (e *cellErrors) Error() string { return e.text }

func (e *cellErrors) Unwrap() error { return e.errs }
