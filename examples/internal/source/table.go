package source

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// table describes the form that an item has in a sheet.
type table[T any] struct {
	columnNames   string // for messages, and for the spelling of headings
	checkComplete func(has func(column string) bool) error
	// column returns the function that sets a cell under a heading, nil for an unknown one.
	column func(heading string) (func(item *T, c cell) error, error)
	// ignoreUnknown says that unknown columns are ignored, and not an error.
	ignoreUnknown bool
	// finish, if not nil, is called for an item after all cells were set.
	finish func(*T)
}

// cell is the value of a cell as text.
type cell struct {
	text string
	kind cellKind
}

// cellKind says more about a workbook's cell than its text does. Cells of CSV are texts.
type cellKind int

const (
	cellText   cellKind = iota
	cellNumber          // a number with a decimal point
	cellDate            // YYYY-MM-DD, with hh:mm:ss behind it if it has a time
)

// null is the cell that clears what is stored.
const null = "null"

// csvRows are the items of a CSV file.
type csvRows[T any] struct {
	rows   *rowReader
	stream *stream
	table  table[T]
	header header[T]
	head   string
	notes  *notes
	cells  []string
	width  int  // of the first line, with the columns at its end that have no heading
	cut    bool // the last row was refused because it may be cut off
}

// openCSV reads the headings, so that an unknown column is an error before anything is sent.
func openCSV[T any](in *lineReader, s *stream, t table[T], n *notes) (*csvRows[T], error) {
	c := &csvRows[T]{rows: &rowReader{in: in}, stream: s, table: t, notes: n}
	var err error
	if c.header, c.head, c.width, err = t.readHeadings(c.rows); err != nil {
		return nil, err
	}
	c.header.noteIgnored(n)
	c.rows.row.columns = len(c.header.set)
	return c, nil
}

func (c *csvRows[T]) next() (*T, Position, error) {
	for {
		line, err := c.rows.next()
		at := Position{Line: line, Offset: c.stream.offset(c.rows.in.offset), columns: c.header.columns}
		switch {
		case err == io.EOF:
			return nil, at, err
		case isRowError(err):
			return nil, at, at.fail(err)
		case err != nil:
			return nil, at, err
		}
		if c.rows.row.isEmpty() {
			continue // only separators: spreadsheets leave such rows at the end
		}
		if text := c.rows.in.text(); !utf8.Valid(text) {
			itemErr := at.fail(stopped(errNotText(text, invalidUTF8(text))))
			itemErr.last = true
			return nil, at, itemErr
		}
		c.cells = c.rows.row.cells(c.cells)
		if err := c.checkWidth(); err != nil {
			return nil, at, at.fail(err)
		}
		return c.header.item(c.table, at, c.notes, len(c.cells), func(i int) (int, cell, error) { return i, cell{text: c.cells[i]}, nil })
	}
}

// checkWidth refuses a row with more cells than the first line, even if they are empty: when a
// separator in a cell is not quoted, what follows it is in the wrong columns, and the last cell
// of such a row may be an empty one. Cells that are missing at the end are empty, because Excel
// leaves them out in long sheets. But a last line without a line end may be the rest of a file
// that was cut off.
func (c *csvRows[T]) checkWidth() error {
	w, columns := &c.rows.row, len(c.header.set)
	n := len(w.ends) + w.extra
	switch {
	case w.extraText, n > c.width:
		hint := ""
		if !w.extraText {
			hint = " If all rows end in a separator, end the first line in one, too"
		}
		return fmt.Errorf("the first line has %d columns, this row has %d (is there an unquoted separator in a cell?%s)", columns, n, hint)
	case n < columns && !c.rows.in.ended:
		c.cut = true
		return fmt.Errorf("the first line has %d columns, this row has %d and no line end: is the file cut off?", columns, n)
	}
	return nil
}

func (c *csvRows[T]) raw() []byte {
	text := c.rows.in.text()
	if len(text) == 0 {
		return nil
	}
	return trimLineEnd(text)
}

func (c *csvRows[T]) frame() Frame {
	f := Frame{Head: strings.TrimRight(c.head, "\r\n"), Between: "\n", Tail: "\n"}
	if strings.HasSuffix(c.head, "\r\n") {
		f.Between, f.Tail = "\r\n", "\r\n"
	}
	f.Head += f.Between
	f.Head = c.stream.frameMark() + f.Head
	if c.cut {
		f.Tail = "" // with a line end, the row would pass as one whose last cells are empty
	}
	return f
}

// item converts a row of n cells, which cellAt returns with their columns, to an item. It reads
// all cells even after an error, so that the error can name the item's type and id, and all of
// its bad cells.
func (h *header[T]) item(t table[T], at Position, notes *notes, n int, cellAt func(int) (column int, c cell, err error)) (*T, Position, error) {
	item := new(T)
	var bad badCells
	costs := h.scratch[:0]
	for number := range n {
		i, c, err := cellAt(number)
		if err == nil && c.text == "" {
			continue
		}
		kind := columnUnnamed
		if i < len(h.kinds) {
			kind = h.kinds[i]
		}
		switch {
		case kind == columnIgnored, kind == columnUnnamed && t.ignoreUnknown:
			continue
		case err != nil:
		case kind == columnUnnamed:
			err = fmt.Errorf("the cell has a value, %.40q, and its column no heading: name the column or clear the cell", c.text)
		default:
			err = h.set[i](item, c)
			h.noteCell(notes, at, i, c)
		}
		if err == nil && kind == columnCost {
			costs = append(costs, int32(i))
		}
		if err != nil {
			bad.add(at.at(i), i, err)
		}
	}
	if bad.first != nil {
		e := withItemKey(bad.error(), item)
		e.costs = slices.Clone(costs)
		if t.finish != nil {
			t.finish(item)
		}
		e.Rest = item
		return nil, at, e
	}
	if h.scratch = costs; !slices.Equal(costs, h.costs) {
		h.costs = slices.Clone(costs)
	}
	at.costs = h.costs
	if t.finish != nil {
		t.finish(item)
	}
	return item, at, nil
}

// noteCell notices what a text may mean that it is not taken for.
func (h *header[T]) noteCell(notes *notes, at Position, i int, c cell) {
	if c.kind != cellText {
		return
	}
	if len(c.text) == len(null) && c.text != null && strings.EqualFold(c.text, null) {
		notes.add(noteNULL, at.at(i).cell())
	}
	if strings.IndexByte(c.text, 0) >= 0 {
		notes.add(noteNUL, at.at(i).cell())
	}
}

// cell returns the position of a cell in words.
func (p Position) cell() string {
	if p.Letter != "" {
		return p.String()
	}
	return fmt.Sprintf("%s, column %q", p, p.Column)
}
