package console

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Table lines up rows in columns. A column is aligned left, or by its decimal points.
type Table struct {
	rows    [][]string
	numbers []bool
}

// NewTable returns a table with those headings; a heading that begins with '#' is that of
// a column of numbers.
func NewTable(headings ...string) *Table {
	t := &Table{}
	for i, h := range headings {
		name, number := strings.CutPrefix(h, "#")
		headings[i] = name
		t.numbers = append(t.numbers, number)
	}
	t.rows = [][]string{headings}
	return t
}

// Row appends a row.
func (t *Table) Row(cells ...string) {
	for i := range cells {
		cells[i] = Printable(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// Write writes the table, indented by two columns. On a terminal that is too narrow, the
// texts of the first column are cut.
func (t *Table) Write(c *Console) {
	type width struct{ all, whole, fraction int }
	widths := make([]width, len(t.numbers))
	for i, row := range t.rows {
		for j, cell := range row {
			w := &widths[j]
			if t.numbers[j] && i > 0 {
				whole, fraction := splitAtPoint(cell)
				w.whole, w.fraction = max(w.whole, len(whole)), max(w.fraction, len(fraction))
				w.all = max(w.all, w.whole+w.fraction)
			} else {
				w.all = max(w.all, utf8.RuneCountInString(cell))
			}
		}
	}
	if c.Width() > 0 {
		excess := 1 - c.Width()
		for _, w := range widths {
			excess += len("  ") + w.all
		}
		if excess > 0 {
			widths[0].all = max(widths[0].all-excess, 12)
		}
	}
	for i, row := range t.rows {
		var line strings.Builder
		for j, cell := range row {
			w := widths[j]
			if runes := []rune(cell); j == 0 && len(runes) > w.all {
				cell = string(runes[:w.all-1]) + "…"
			}
			switch pad := w.all - utf8.RuneCountInString(cell); {
			case !t.numbers[j]:
				cell += strings.Repeat(" ", pad)
			case i == 0:
				cell = strings.Repeat(" ", pad) + cell
			default:
				_, fraction := splitAtPoint(cell)
				after := w.fraction - len(fraction)
				cell = strings.Repeat(" ", pad-after) + cell + strings.Repeat(" ", after)
			}
			line.WriteString("  " + cell)
		}
		text := strings.TrimRight(line.String(), " ")
		if i == 0 {
			text = c.Faint(text)
		}
		fmt.Fprintln(c, text)
	}
}

// atPoint cuts a number in front of its decimal point.
func splitAtPoint(n string) (whole, fraction string) {
	if i := strings.IndexByte(n, '.'); i >= 0 {
		return n[:i], n[i:]
	}
	return n, ""
}

// Count writes a number with a comma between thousands.
func Count(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes writes a size in decimal units.
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

// Fprintln is fmt.Fprintln without its results: a terminal that is gone is no error of
// the run.
func Fprintln(w io.Writer, a ...any) { _, _ = fmt.Fprintln(w, a...) }
