package console

import (
	"slices"
	"strings"
)

// layout is where the columns of a table are.
type layout struct{ columns []column }

// column is a column of a table. Widths are in columns of the terminal.
type column struct {
	number          bool
	whole, fraction int // of its numbers, before and from the decimal point on
	width           int
	hidden          bool
}

// comfortable is the width below which text is cut only if nothing can be left out, and least
// is the width to which it is cut then.
const comfortable, least = 20, 12

// measure returns the layout of the whole table.
func (t *Table) measure() *layout {
	l := &layout{columns: make([]column, len(t.numbers))}
	for i, r := range t.rows {
		for j, cell := range r.cells {
			c := &l.columns[j]
			if c.number = t.numbers[j]; c.number && i > 0 {
				whole, fraction := splitAtPoint(cell)
				c.whole, c.fraction = max(c.whole, Width(whole)), max(c.fraction, Width(fraction))
				c.width = max(c.width, c.whole+c.fraction)
			} else {
				c.width = max(c.width, Width(cell))
			}
		}
	}
	return l
}

// fit makes the columns that may be cut narrower, and hides optional ones, until a line has at
// most limit columns. It reports whether it has.
func (l *layout) fit(limit int, cut, optional []int) bool {
	for _, hide := range append([]int{-1}, optional...) {
		if hide >= 0 {
			l.columns[hide].hidden = true
		}
		if l.narrow(limit, cut, comfortable) {
			return true
		}
	}
	return l.narrow(limit, cut, least)
}

// narrow takes columns of text from the widest of those that may be cut, as long as that is
// wider than a minimum, until a line fits. It changes nothing if it cannot make it fit.
func (l *layout) narrow(limit int, cut []int, minimum int) bool {
	excess := -limit
	for _, c := range l.columns {
		if !c.hidden {
			excess += len("  ") + c.width
		}
	}
	before := slices.Clone(l.columns)
	for ; excess > 0; excess-- {
		widest := -1
		for _, j := range cut {
			if !l.columns[j].hidden && (widest < 0 || l.columns[j].width > l.columns[widest].width) {
				widest = j
			}
		}
		if widest < 0 || l.columns[widest].width <= minimum {
			l.columns = before
			return false
		}
		l.columns[widest].width--
	}
	return true
}

// align returns a cell in the width of its column.
func (c column) align(cell string, heading bool) string {
	cell = CutMiddle(cell, c.width)
	pad := c.width - Width(cell)
	switch {
	case !c.number:
		return cell + strings.Repeat(" ", pad)
	case heading:
		return strings.Repeat(" ", pad) + cell
	}
	_, fraction := splitAtPoint(cell)
	after := min(c.fraction-Width(fraction), pad)
	return strings.Repeat(" ", pad-after) + cell + strings.Repeat(" ", after)
}

// splitAtPoint splits a number before its decimal point.
func splitAtPoint(n string) (whole, fraction string) {
	if i := strings.IndexByte(n, '.'); i >= 0 {
		return n[:i], n[i:]
	}
	return n, ""
}
