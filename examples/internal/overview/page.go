package overview

import (
	"fmt"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// The bounds of the page.
const (
	maxPageRows       = 50 // types of a currency
	maxPageCurrencies = 24
	maxPageText       = 300 // columns of a text
	maxOpenRows       = 25  // refused rows that are shown without being asked for
)

// page is what the template shows.
type page struct {
	StyleHash, Title, Source, Started, StartedISO, Mode string
	Counts                                              []pageCount
	MoreCurrencies                                      string
	Currencies, Sections                                []pageSection
	Lacks                                               []lack
	Refused                                             *pageRefused
	Duplicates                                          *pageDuplicates
	Estate                                              *pageEstate
	Notes                                               []string
	Good                                                string
}

type pageCount struct {
	Outcome, Items string
	Bad            bool
}

type pageRefused struct {
	Heading, MoreReasons, Summary, MoreRows string
	Reasons                                 []pageReason
	Rows                                    []pageRefusal
	Open                                    bool
}

type pageReason struct{ Reason, Where, Outcome, Items string }

type pageRefusal struct{ Place, Type, ID, Outcome, Reason string }

type pageDuplicates struct {
	Text, Caption string
	Rows          []pageDuplicate
}

type pageDuplicate struct{ Type, ID, Place, First string }

type pageEstate struct {
	Rows []pageComparison
	More string
}

type pageComparison struct{ Type, Accepted, Holds, Why string }

// shown makes text from the input fit for the page: what cannot be printed is replaced, as it could
// reverse the text around it, and the middle of a long text is left out.
func shown(s string) string { return console.CutMiddle(console.Printable(s), maxPageText) }

func (o *Overview) page() *page {
	p := &page{
		StyleHash: styleHash(), Title: o.title(), Source: shown(o.run.Source),
		Notes: o.notes(), Good: o.goodWord(),
	}
	if !o.run.Started.IsZero() {
		p.Started = o.run.Started.Format("2 January 2006, 15:04 MST")
		p.StartedISO = o.run.Started.Format(time.RFC3339)
	}
	switch {
	case o.run.DryRun:
		p.Mode = "A dry run: nothing was sent"
	case o.run.Target != "":
		p.Mode = "Sent to " + shown(o.run.Target)
	default:
		p.Mode = "Sent"
	}
	for i, c := range o.counts() {
		p.Counts = append(p.Counts, pageCount{c.Outcome, console.Count(c.Items), i > 0})
	}
	if len(p.Counts) > 1 {
		p.Counts = append(p.Counts, pageCount{"total", console.Count(o.items), false})
	}
	if l := &o.lacks; l.costs+l.names+l.owner > 0 {
		p.Lacks = l.list()
	} else if l.records > 0 {
		p.Notes = append(p.Notes, l.allText())
	}
	o.addSections(p)
	p.Refused = o.pageRefused()
	p.Duplicates = o.pageDuplicates()
	p.Estate = o.pageEstate()
	return p
}

func (o *Overview) pageRefused() *pageRefused {
	r := &o.refusals
	if r.items == 0 {
		return nil
	}
	p := &pageRefused{Heading: o.refusalsText(), Open: len(r.rows) <= maxOpenRows}
	if r.items > len(r.reasons) {
		for _, reason := range r.sorted() {
			p.Reasons = append(p.Reasons, pageReason{
				shown(reason.explain()), shown(reason.where()), reason.outcome, console.Count(reason.items),
			})
		}
	}
	if r.uncounted > 0 {
		p.MoreReasons = console.Counted(r.uncounted, "more record") + " for other reasons."
	}
	p.Summary = "Each of them"
	if more := r.items - len(r.rows); more > 0 {
		p.Summary = "The first " + console.Count(len(r.rows)) + " of them"
		p.MoreRows = console.Counted(more, "more record") + " " + verb(more, "is", "are") + " not listed."
	}
	for _, row := range r.rows {
		id := row.key.ID
		if row.key == (api.Key{}) {
			id = "unknown"
		} else if id == "" {
			id = row.key.NID
		}
		p.Rows = append(p.Rows, pageRefusal{
			shown(row.place), shown(row.key.Type), shown(id), row.outcome, shown(row.reason),
		})
	}
	return p
}

func (o *Overview) pageDuplicates() *pageDuplicates {
	d := &o.duplicates
	if d.found == 0 {
		return nil
	}
	p := &pageDuplicates{Text: o.duplicatesText(), Caption: "Each of them"}
	if d.found > len(d.list) {
		p.Caption = fmt.Sprintf("The first %d of them", len(d.list))
	}
	for _, row := range d.list {
		p.Rows = append(p.Rows, pageDuplicate{shown(row.typ), shown(row.id), shown(row.place), shown(row.first)})
	}
	return p
}

func (o *Overview) pageEstate() *pageEstate {
	if len(o.estate) == 0 {
		return nil
	}
	p := &pageEstate{}
	for _, c := range o.estate[:min(len(o.estate), maxCompared)] {
		p.Rows = append(p.Rows, pageComparison{
			shown(c.name()), console.Count(c.accepted), console.Count(c.holds), strings.Join(c.why, "; "),
		})
	}
	if more := len(o.estate) - maxCompared; more > 0 {
		p.More = console.Counted(more, "more type") + "."
	}
	return p
}
