package source

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// table describes the CSV form of an item.
type table[T any] struct {
	columnNames   string // for messages
	checkComplete func(has func(column string) bool) error
	// column returns the function that sets a cell under a heading, nil for an unknown one.
	column func(heading string) (func(item *T, cell string) error, error)
	// finish, if not nil, is called for an item after all cells were set.
	finish func(*T)
}

// null is the cell that clears what is stored.
const null = "null"

// openCSV reads the headings, so that an unknown column is an error before anything is sent.
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
				continue // only separators: spreadsheets leave such rows at the end
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

// item converts a row to an item. It reads all cells even after an error, so that the error
// can name the item's type and id.
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
		first = fmt.Errorf("the first line has %d columns, this row has %d (is there an unquoted separator in a cell?)", len(setters), len(cells))
		item = new(T) // its cells may be in the wrong columns
	}
	if first != nil {
		return nil, withItemKey(&Error{Line: line, Err: first}, item)
	}
	if t.finish != nil {
		t.finish(item)
	}
	return item, nil
}

// headings reads the first line. The separator is the comma, unless only splitting at
// semicolons gives a complete set of columns.
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
		if before, duplicate := seen[h]; duplicate {
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
	return nil, fmt.Errorf("unknown; the columns are %s", t.columnNames)
}

// split splits the first line into headings. It returns an error if a column is missing.
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

// checkConflicts returns an error for two columns of which one sets a value inside the
// other, such as meta.a and meta.a.b.
func checkConflicts(headings []string) error {
	for _, inner := range headings {
		if strings.HasPrefix(inner, "tag.") {
			continue
		}
		for _, outer := range headings {
			if strings.HasPrefix(inner, outer+".") {
				return fmt.Errorf("columns %q and %q conflict: the first would be both a value and an object", outer, inner)
			}
		}
	}
	return nil
}
