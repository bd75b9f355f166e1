package overview

import (
	"cmp"
	"slices"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// section is what the records of one currency add up to, as both outputs show it.
type section struct {
	currency string // "" for records without costs
	rows     []line // by total, the largest first
	total    line
	top      []costly
}

// line is a line of a section's table: a type, several types, or all of them.
type line struct {
	typ         string
	types       int // how many types it stands for; 0 if that is unknown
	records     int
	total       decimal
	days        map[int32]decimal
	rest        decimal // what days cost that are not in days
	restDays    bool
	first, last int
}

// sections returns a section for each currency, the one of most records first, and that of
// records without costs last. Each has at most maxRows rows: the smallest ones are folded into one.
func (o *Overview) sections(maxRows int) []section {
	byCurrency := make(map[string]*section)
	for key, sum := range o.sums.pairs {
		s := byCurrency[key.currency]
		if s == nil {
			s = &section{currency: key.currency, top: o.sums.currencies[key.currency].sorted()}
			byCurrency[key.currency] = s
		}
		l := line{
			typ: key.typ, types: 1, records: sum.records, total: sum.total, days: sum.days,
			rest: sum.rest, restDays: sum.restDays, first: sum.first, last: sum.last,
		}
		if key.typ == "" {
			l.types = 0
		}
		s.rows = append(s.rows, l)
	}
	var list []section
	for _, s := range byCurrency {
		slices.SortFunc(s.rows, func(a, b line) int {
			return cmp.Or(min(b.types, 1)-min(a.types, 1), b.total.cmp(a.total), b.records-a.records, cmp.Compare(a.typ, b.typ))
		})
		s.total = fold(s.rows)
		if len(s.rows) > maxRows {
			s.rows = append(s.rows[:maxRows-1:maxRows-1], fold(s.rows[maxRows-1:]))
		}
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b section) int {
		return cmp.Or(rank(a.currency == "", b.currency == ""), b.total.records-a.total.records, cmp.Compare(a.currency, b.currency))
	})
	return list
}

// fold returns one line for several.
func fold(lines []line) line {
	all := line{days: make(map[int32]decimal)}
	unknown := false
	for _, l := range lines {
		if l.hasDays() {
			if !all.hasDays() {
				all.first, all.last = l.first, l.last
			}
			all.first, all.last = min(all.first, l.first), max(all.last, l.last)
		}
		all.types += l.types
		unknown = unknown || l.types == 0
		all.records += l.records
		all.total.add(l.total)
		all.rest.add(l.rest)
		all.restDays = all.restDays || l.restDays
		for day, d := range l.days {
			sum := all.days[day]
			sum.add(d)
			all.days[day] = sum
		}
	}
	if unknown {
		all.types = 0
	}
	return all
}

func (l *line) hasDays() bool { return len(l.days) > 0 || l.restDays }

// name is the type, or what the line stands for.
func (l *line) name() string {
	switch {
	case l.types == 0:
		return "other types"
	case l.typ == "" && l.types > 1:
		return console.Counted(l.types, "other type")
	}
	return l.typ
}

// totalName is what the row of the section's totals is called among a number of sections.
func (s *section) totalName(sections int) string {
	if s.currency == "" && sections > 1 {
		return "total without costs"
	}
	return "total"
}
