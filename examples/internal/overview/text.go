package overview

import (
	"fmt"
	"slices"
	"strings"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// The bounds of the text.
const (
	maxColumns        = 100 // of a line
	maxTextRows       = 15  // types of a currency
	maxTextCurrencies = 12
	maxBar, minBar    = 16, 4
)

// WriteText writes the overview for a terminal or a log, without the reasons of refusals, which a
// program prints as errors. No line has more than 100 columns, or
// than the terminal has. Bars are blocks on a terminal and ASCII elsewhere, since logs and mail
// are read in any font.
func (o *Overview) WriteText(c *console.Console) {
	t := &text{Overview: o, c: c, width: c.Line(maxColumns)}
	console.Fprintln(c, c.Bold(console.Fold("", o.title(), t.width)))
	sections := o.sections(maxTextRows)
	if len(sections) > 0 {
		t.totals(sections)
		t.top(sections)
	}
	t.lacks()
	t.duplicates()
	t.estate()
	if notes := o.notes(); len(notes) > 0 {
		console.Fprintln(c)
		for _, note := range notes {
			t.paragraph("", note)
		}
	}
}

// text writes an overview to a console.
type text struct {
	*Overview
	c     *console.Console
	width int
	bars  int // columns of a bar that is all
}

func (t *text) paragraph(indent, s string) {
	console.Fprintln(t.c, console.Fold(indent, console.Printable(s), t.width))
}

// heading writes the first line of a part.
func (t *text) heading(s string) {
	console.Fprintln(t.c)
	t.paragraph("", s)
}

func (t *text) newTable(headings ...string) *console.Table {
	table := console.NewTable(headings...)
	table.Limit = maxColumns
	return table
}

// table writes a table after an empty line.
func (t *text) table(table *console.Table) {
	console.Fprintln(t.c)
	table.Write(t.c)
}

// totals writes the table by type and currency.
func (t *text) totals(sections []section) {
	headings := []string{"type", "#records", "#total", "", "#share", "", "#days", "from", "to"}
	t.bars = maxBar / 2
	if days, same := sameDays(sections); same {
		headings, t.bars = headings[:6], maxBar
		console.Fprintln(t.c)
		t.paragraph("", days.daysSentence())
	}
	if sections[0].currency == "" { // there are no costs
		headings = headings[:2]
	}
	shown := sections[:min(len(sections), maxTextCurrencies)]
	table := t.totalsTable(headings, shown, len(sections))
	for t.bars > minBar && !table.Fits(t.c) {
		t.bars--
		table = t.totalsTable(headings, shown, len(sections))
	}
	t.table(table)
	if more := sections[len(shown):]; len(more) > 0 {
		records := 0
		for i := range more {
			records += more[i].total.records
		}
		t.paragraph("  ", fmt.Sprintf("… and %s in other currencies or without costs", console.Counted(records, "record")))
	}
}

// totalsTable returns the table by type and currency for some of all sections.
func (t *text) totalsTable(headings []string, sections []section, all int) *console.Table {
	n := len(headings)
	table := t.newTable(slices.Clone(headings)...)
	for _, column := range []int{5, 8, 7, 4} {
		if column < n {
			table.Optional = append(table.Optional, column)
		}
	}
	for i := range sections {
		s := &sections[i]
		for j := range s.rows {
			table.Row(t.cells(&s.rows[j], s.rows[j].name(), s)[:n]...)
			if i > 0 && j == 0 {
				table.Gap()
			}
		}
		table.Strong(t.cells(&s.total, s.totalName(all), s)[:n]...)
	}
	return table
}

// cells returns a row of the table by type and currency.
func (t *text) cells(l *line, name string, s *section) []string {
	cells := []string{name, console.Count(l.records), "", "", "", "", l.daysText(), "", ""}
	if s.currency != "" {
		cells[2], cells[3] = l.total.String(), s.currency
		cells[4], cells[5] = l.total.share(s.total.total), t.bar(l.total.ratio(s.total.total))
	}
	if l.hasDays() {
		cells[7], cells[8] = dayText(l.first), dayText(l.last)
	}
	return cells
}

// bar draws a part of a whole.
func (t *text) bar(part float64) string {
	if !t.c.Terminal() {
		return strings.Repeat("#", int(part*float64(t.bars)+0.5))
	}
	eighths := int(part*float64(t.bars)*8 + 0.5)
	if eighths == 0 && part > 0 {
		eighths = 1
	}
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return bar
}

// top writes the most expensive records, fewer of each currency if there are several.
func (t *text) top(sections []section) {
	with := 0
	for _, s := range sections {
		if len(s.top) > 0 {
			with++
		}
	}
	if with == 0 {
		return
	}
	most := maxTop
	if with > 3 {
		most = 3
	} else if with > 1 {
		most = 5
	}
	table := t.newTable("id", "#total", "", "type", "name", "place")
	table.Cut, table.Optional = []int{0, 3, 4}, []int{4, 3}
	rows := 0
	for _, s := range sections[:min(len(sections), maxTextCurrencies)] {
		for i, r := range s.top[:min(len(s.top), most)] {
			table.Row(r.id, r.total.String(), s.currency, r.typ, r.name, r.place)
			if i == 0 && rows > 0 {
				table.Gap()
			}
			rows++
		}
	}
	heading := "The most expensive records"
	if with > 1 {
		heading += " of each currency"
	}
	if rows == 1 {
		heading = "The most expensive record"
	}
	t.heading(heading)
	t.table(table)
}

// lacks writes what records do not have.
func (t *text) lacks() {
	l := &t.Overview.lacks
	if l.records == 0 {
		return
	}
	if l.costs+l.names+l.owner == 0 {
		t.heading(l.allText())
		return
	}
	table := t.newTable("records without", "#records", "#share")
	for _, row := range l.list() {
		table.Row(row.What, console.Count(row.Records), row.Share)
	}
	t.table(table)
}

// duplicates writes the first duplicates with both places.
func (t *text) duplicates() {
	d := &t.Overview.duplicates
	if d.found == 0 {
		return
	}
	t.heading(t.duplicatesText())
	table := t.newTable("id", "type", "place", "first")
	table.Cut = []int{0, 1}
	for _, row := range d.list {
		table.Row(row.id, row.typ, row.place, row.first)
	}
	t.table(table)
	if more := d.found - len(d.list); more > 0 {
		t.paragraph("  ", fmt.Sprintf("… and %s more", console.Count(more)))
	}
}

// estate compares what was accepted with what the estate holds.
func (t *text) estate() {
	list := t.Overview.estate
	if len(list) == 0 {
		return
	}
	t.heading("What was accepted, and what the emulator's estate holds")
	table := t.newTable("type", "#accepted", "#in the estate", "why they differ")
	for _, c := range list[:min(len(list), maxCompared)] {
		table.Row(c.name(), console.Count(c.accepted), console.Count(c.holds), first(c.why))
		for _, why := range c.why[min(1, len(c.why)):] {
			table.Row("", "", "", why)
		}
	}
	t.table(table)
	if more := len(list) - maxCompared; more > 0 {
		t.paragraph("  ", "… and "+console.Counted(more, "more type"))
	}
}

// first returns the first one, or "".
func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}
