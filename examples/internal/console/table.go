package console

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Table is a table whose columns are aligned left, or at the decimal point.
type Table struct {
	// Limit is how many columns of text a line may have, 0 for as many as the terminal has. It
	// holds where there is no terminal, too.
	Limit int
	// Cut are the columns whose text is cut in the middle if a line would be too long. The
	// default is the first.
	Cut []int
	// Optional are the columns that are left out if cutting is not enough, the first one first.
	Optional []int

	rows    []row
	numbers []bool // by column: whether it is aligned at the decimal point
}

// row is a row of a table, the headings included.
type row struct {
	cells  []string
	strong bool // in bold
	gap    bool // after an empty line
}

// NewTable returns a table with the given headings. A heading that begins with '#' is for a
// column of numbers; the '#' is not printed.
func NewTable(headings ...string) *Table {
	t := &Table{Cut: []int{0}}
	for i, h := range headings {
		name, number := strings.CutPrefix(h, "#")
		headings[i] = name
		t.numbers = append(t.numbers, number)
	}
	t.rows = []row{{cells: headings}}
	return t
}

// Row appends a row.
func (t *Table) Row(cells ...string) {
	for i := range cells {
		cells[i] = Printable(cells[i])
	}
	t.rows = append(t.rows, row{cells: cells})
}

// Strong appends a row in bold, such as a total.
func (t *Table) Strong(cells ...string) {
	t.Row(cells...)
	t.rows[len(t.rows)-1].strong = true
}

// Gap leaves a line empty before the row that was appended last.
func (t *Table) Gap() { t.rows[len(t.rows)-1].gap = true }

// limit returns how many columns a line may have, 0 for any number of them.
func (t *Table) limit(c *Console) int {
	switch {
	case t.Limit > 0:
		return c.Line(t.Limit)
	case c.Terminal():
		return c.Width() - 1
	}
	return 0
}

// Fits reports whether Write would have to cut nothing, and leave nothing out.
func (t *Table) Fits(c *Console) bool {
	limit := t.limit(c)
	return limit == 0 || t.measure().fit(limit, nil, nil)
}

// Write writes the table, indented by two spaces. If a line would be too long, it cuts text, then
// leaves out optional columns. If even that does not help, each row becomes a paragraph with a
// line for each cell.
func (t *Table) Write(c *Console) {
	limit := t.limit(c)
	l := t.measure()
	if limit > 0 && !l.fit(limit, t.Cut, t.Optional) {
		t.writeParagraphs(c, limit)
		return
	}
	for i, r := range t.rows {
		var line strings.Builder
		for j, cell := range r.cells {
			if !l.columns[j].hidden {
				line.WriteString("  " + l.columns[j].align(cell, i == 0))
			}
		}
		text := strings.TrimRight(line.String(), " ")
		switch {
		case i == 0:
			text = c.Faint(text)
		case r.strong:
			text = c.Bold(text)
		}
		if r.gap && i > 1 {
			Fprintln(c)
		}
		Fprintln(c, text)
	}
}

// writeParagraphs writes each row as lines of a heading and a cell. A cell without a heading
// continues the line before, and one that is too long is broken, so that no digit is lost.
func (t *Table) writeParagraphs(c *Console, limit int) {
	headings := t.rows[0].cells
	for i, r := range t.rows[1:] {
		if i > 0 {
			Fprintln(c)
		}
		var lines []string
		for j, cell := range r.cells {
			switch {
			case cell == "" || slices.Contains(t.Optional, j):
			case headings[j] == "" && len(lines) > 0:
				lines[len(lines)-1] += " " + cell
			case headings[j] == "" || j == 0:
				lines = append(lines, cell)
			default:
				lines = append(lines, headings[j]+" "+cell)
			}
		}
		for j, line := range lines {
			indent := "    "
			if j == 0 {
				indent = "  "
			}
			text := Fold(indent, line, limit)
			if r.strong {
				text = c.Bold(text)
			}
			Fprintln(c, text)
		}
	}
}

// Count formats a number with commas between thousands.
func Count(n int) string { return Grouped(fmt.Sprint(n)) }

// Counted is a number with its noun. The plural has an s, unless it is given.
func Counted(n int, noun string, plural ...string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case len(plural) > 0:
		return Count(n) + " " + plural[0]
	}
	return Count(n) + " " + noun + "s"
}

// Grouped puts commas between the thousands of a decimal number without a sign.
func Grouped(number string) string {
	whole, fraction := splitAtPoint(number)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + fraction
}

// Bytes formats a size in decimal units.
func Bytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	size, unit := float64(n), 0
	for size >= 999.5 && unit < len(units)-1 {
		size /= 1000
		unit++
	}
	if unit == 0 || size >= 100 {
		return fmt.Sprintf("%.0f %s", size, units[unit])
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}

// Fprintln is fmt.Fprintln without its results: a closed terminal must not fail the run.
func Fprintln(w io.Writer, a ...any) { _, _ = fmt.Fprintln(w, a...) }
