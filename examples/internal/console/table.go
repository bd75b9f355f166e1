package console

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Table is a table whose columns are aligned left, or at the decimal point.
type Table struct {
	rows    [][]string
	numbers []bool // by column: whether it is aligned at the decimal point
}

// NewTable returns a table with the given headings. A heading that begins with '#' is for a
// column of numbers; the '#' is not printed.
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

// Write writes the table, indented by two spaces. On a terminal that is too narrow it cuts
// the text of the first column.
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

// splitAtPoint splits a number before its decimal point.
func splitAtPoint(n string) (whole, fraction string) {
	if i := strings.IndexByte(n, '.'); i >= 0 {
		return n[:i], n[i:]
	}
	return n, ""
}

// Count formats a number with commas between thousands.
func Count(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
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
