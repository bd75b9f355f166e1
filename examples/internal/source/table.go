package source

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// table is the CSV form of a kind of item.
type table[T any] struct {
	columnNames   string // for messages: the columns there are
	checkComplete func(has func(column string) bool) error
	// column returns what a cell under that heading does; a nil func is an unknown column.
	column func(heading string) (func(item *T, cell string) error, error)
	// finish, if there is one, completes an item when its row was read.
	finish func(*T)
}

// null is the cell that clears what is stored.
const null = "null"

// openCSV reads the headings, so that a sheet that is not understood is an error before
// anything is sent.
func openCSV[T any](in *lineReader, t table[T]) (*Reader[T], error) {
	r := &rowReader{in: in, comma: ','}
	headings, setters, err := t.headings(r)
	if err != nil {
		return nil, err
	}
	var cells []string
	return &Reader[T]{next: func() (*T, position, error) {
		for {
			line, err := r.next()
			at := position{line, in.offset}
			switch {
			case err == io.EOF:
				return nil, at, err
			case isRowError(err):
				return nil, at, &Error{Line: line, Err: err}
			case err != nil:
				return nil, at, err
			}
			if len(r.row.buf) == 0 {
				continue // a row of separators alone, as spreadsheets leave them at the end
			}
			cells = r.row.cells(cells)
			item, err := t.item(headings, setters, cells, line)
			return item, at, err
		}
	}}, nil
}

func isRowError(err error) bool {
	for _, e := range []error{errBareQuote, errAfterQuote, errOpenQuote, errTooLong} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// item makes an item of a row. Of a row with an error all other cells are read, too, so
// that the item's type and id can be told.
func (t table[T]) item(headings []string, setters []func(*T, string) error, cells []string, line int) (*T, error) {
	item := new(T)
	var first error
	for i, cell := range cells[:min(len(cells), len(setters))] {
		if cell == "" {
			continue
		}
		err := setters[i](item, cell)
		if !utf8.ValidString(cell) {
			err = errNotUTF8
		}
		if err != nil && first == nil {
			first = fmt.Errorf("column %q: %w", headings[i], err)
		}
	}
	if len(cells) != len(setters) {
		first = fmt.Errorf("the first line names %d columns, here are %d (is there a separator in a cell without quotes?)", len(setters), len(cells))
		item = new(T) // its cells may stand under the wrong headings
	}
	if first != nil {
		return nil, withItemKey(&Error{Line: line, Err: first}, item)
	}
	if t.finish != nil {
		t.finish(item)
	}
	return item, nil
}

// headings reads the first line. The separator is the comma, unless only the semicolon
// makes a complete set of columns of it.
func (t table[T]) headings(r *rowReader) ([]string, []func(*T, string) error, error) {
	first, err := r.nextLine()
	for err == nil && first.err == nil && isBlank(first.text) {
		first, err = r.nextLine()
	}
	if err == io.EOF {
		return nil, nil, errors.New("the file is empty: the first line must name the columns")
	}
	if err != nil {
		return nil, nil, err
	}
	fail := func(err error) error { return &Error{Line: first.n, Err: err} }
	if first.err != nil {
		return nil, nil, fail(first.err)
	}
	headings, incomplete := t.split(first.text, ',')
	if incomplete != nil {
		if other, err := t.split(first.text, ';'); err == nil {
			headings, r.comma, incomplete = other, ';', nil
		}
	}
	setters := make([]func(*T, string) error, len(headings))
	seen := map[string]int{}
	for i, h := range headings {
		if setters[i], err = t.heading(h); err != nil {
			return nil, nil, fail(fmt.Errorf("column %d, %.60q: %w", i+1, h, err))
		}
		if before, twice := seen[h]; twice {
			return nil, nil, fail(fmt.Errorf("column %d, %.60q: column %d has the same name", i+1, h, before))
		}
		seen[h] = i + 1
	}
	if incomplete != nil {
		return nil, nil, fail(incomplete)
	}
	if err := checkConflicts(headings); err != nil {
		return nil, nil, fail(err)
	}
	return headings, setters, nil
}

func (t table[T]) heading(h string) (func(*T, string) error, error) {
	if !utf8.ValidString(h) {
		return nil, errNotUTF8
	}
	set, err := t.column(h)
	if set != nil || err != nil {
		return set, err
	}
	trimmed := strings.TrimSpace(h)
	for _, known := range strings.Split(t.columnNames, ", ") {
		if h != known && strings.EqualFold(trimmed, known) {
			return nil, fmt.Errorf("unknown; did you mean %q?", known)
		}
	}
	return nil, fmt.Errorf("unknown; there are %s", t.columnNames)
}

// split takes the first line apart; the error says that a column is missing.
func (t table[T]) split(line []byte, comma byte) ([]string, error) {
	var w row
	if done, err := w.feed(line, comma); err != nil {
		return nil, err
	} else if !done {
		return nil, errOpenQuote
	}
	headings := w.cells(nil)
	return headings, t.checkComplete(func(column string) bool { return slices.Contains(headings, column) })
}

// clash finds two columns of which one sets a value inside the other, such as meta.a and
// meta.a.b.
func checkConflicts(headings []string) error {
	for _, inner := range headings {
		if strings.HasPrefix(inner, "tag.") {
			continue
		}
		for _, outer := range headings {
			if strings.HasPrefix(inner, outer+".") {
				return fmt.Errorf("columns %q and %q: the one would be a value and an object at once", outer, inner)
			}
		}
	}
	return nil
}
