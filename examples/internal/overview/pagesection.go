package overview

import (
	"fmt"
	"strings"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// pageSection is what the page shows of the records of one currency.
type pageSection struct {
	ID, Currency, Heading, Caption, Records string
	Total                                   number // in the table of currencies
	Whole                                   string // the text of the bar
	Parts                                   []pagePart
	Days                                    string // what all rows have in common
	Chart                                   *pageChart
	Rows                                    []pageRow
	Sum                                     *pageRow
	Top                                     []pageTop
	TopHeading                              string
}

type pagePart struct {
	X, W   string
	Colour int
}

type pageChart struct {
	chart
	Few bool // each bar has a label
}

type pageRow struct {
	Name, Records, Share, Bar string
	Days                      string // if they are not those of all rows
	Total                     number
	Colour                    int
}

type pageTop struct {
	ID, Name, Type, Place string
	Total                 number
}

// number is a number in a column that is aligned at the decimal point: Pad takes the place of
// the decimals that it does not have.
type number struct{ Shown, Pad string }

// aligned returns numbers for one column.
func aligned(list []decimal) []number {
	most := 0
	numbers := make([]number, len(list))
	fraction := func(s string) int { return len(s) - strings.IndexByte(s, '.') }
	for i, d := range list {
		numbers[i].Shown = d.String()
		most = max(most, fraction(numbers[i].Shown))
	}
	for i := range numbers {
		numbers[i].Pad = strings.Repeat("0", most-fraction(numbers[i].Shown))
	}
	return numbers
}

// addSections adds what is by currency.
func (o *Overview) addSections(p *page) {
	all := o.sections(maxPageRows)
	sections := all[:min(len(all), maxPageCurrencies)]
	var totals []decimal
	for i := range sections {
		s := pageSectionOf(&sections[i])
		s.ID = fmt.Sprintf("s%d", i+1)
		p.Sections = append(p.Sections, s)
		if s.Currency != "" {
			totals = append(totals, sections[i].total.total)
		}
	}
	for i, total := range aligned(totals) {
		s := p.Sections[i] // the one without a currency is the last
		s.Total = total
		p.Currencies = append(p.Currencies, s)
	}
	if more := all[len(sections):]; len(more) > 0 {
		records := 0
		for i := range more {
			records += more[i].total.records
		}
		p.MoreCurrencies = console.Counted(records, "more record") + " in other currencies or without costs."
	}
}

func pageSectionOf(s *section) pageSection {
	p := pageSection{
		Currency: shown(s.currency), Records: console.Count(s.total.records),
		Heading: "Records without costs", Caption: "By type",
	}
	amounts := make([]decimal, 0, len(s.rows)+1)
	for i := range s.rows {
		amounts = append(amounts, s.rows[i].total)
	}
	numbers := aligned(append(amounts, s.total.total))
	if s.currency != "" {
		p.Heading = "Costs in " + p.Currency
		p.Caption = "By type, the most expensive first"
		p.addBar(s)
		if c, ok := chartOf(s); ok {
			p.Chart = &pageChart{chart: c, Few: len(c.Bars) <= 7}
		}
	}
	days, same := sameDays([]section{*s})
	if same {
		p.Days = days.daysSentence()
	}
	for i := range s.rows {
		row := pageRowOf(&s.rows[i], s, numbers[i], !same)
		row.Name = shown(s.rows[i].name())
		if s.currency != "" {
			row.Colour = colour(i)
		}
		p.Rows = append(p.Rows, row)
	}
	if len(s.rows) > 1 {
		sum := pageRowOf(&s.total, s, numbers[len(numbers)-1], !same)
		p.Sum = &sum
	}
	p.addTop(s)
	return p
}

// addBar adds the bar in which the section is divided by type.
func (p *pageSection) addBar(s *section) {
	var left decimal // what is drawn already
	rows := foldRest(s.rows)
	for i := range rows {
		if w := rows[i].total.ratio(s.total.total); w > 0 {
			p.Parts = append(p.Parts, pagePart{
				coordinate(left.ratio(s.total.total) * 1000), coordinate(w * 1000), colour(i),
			})
		}
		left.add(rows[i].total)
	}
	p.Whole = fmt.Sprintf("%s %s", s.total.total, p.Currency)
	if first := &s.rows[0]; len(p.Parts) > 0 {
		p.Whole += fmt.Sprintf(", of that %s for %s", first.total.share(s.total.total), shown(first.name()))
	}
}

func pageRowOf(l *line, s *section, total number, days bool) pageRow {
	row := pageRow{
		Records: console.Count(l.records), Total: total,
		Share: l.total.share(s.total.total), Bar: coordinate(l.total.ratio(s.total.total) * 1000),
	}
	if days && l.hasDays() {
		row.Days = l.daysSpan()
	}
	return row
}

func (p *pageSection) addTop(s *section) {
	totals := make([]decimal, len(s.top))
	for i, r := range s.top {
		totals[i] = r.total
	}
	for i, n := range aligned(totals) {
		r := s.top[i]
		p.Top = append(p.Top, pageTop{shown(r.id), shown(r.name), shown(r.typ), shown(r.place), n})
	}
	p.TopHeading = "The most expensive record"
	if len(p.Top) > 1 {
		p.TopHeading = "The most expensive records"
	}
}
