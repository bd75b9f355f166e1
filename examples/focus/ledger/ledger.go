// Package ledger holds a bill against what was sent of it, to the last decimal.
package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"

	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/models"
)

// Ledger keeps the sums of what was sent, and of what was not, by provider, currency and day. It is
// for one goroutine at a time.
type Ledger struct {
	totals      []bill.Total
	sent        sums
	notAccepted sums
}

type sums map[key]*apd.Decimal

type key struct{ provider, currency, day string }

// New returns the ledger of a bill.
func New(totals []bill.Total) *Ledger {
	l := &Ledger{totals: totals}
	l.Begin()
	return l
}

// Begin forgets what was sent: a run begins.
func (l *Ledger) Begin() { l.sent, l.notAccepted = sums{}, sums{} }

// Add adds the costs of a record, as they stand in it, to what was sent or to what was not.
func (l *Ledger) Add(r *models.EstateRecord, accepted bool) {
	if r == nil || r.Costs == nil {
		return
	}
	to := l.notAccepted
	if accepted {
		to = l.sent
	}
	provider, _, _ := strings.Cut(r.Type, "/")
	for _, c := range r.Costs.Values {
		if c.Value == nil {
			continue // cleared
		}
		amount, _, err := apd.NewFromString(*c.Value)
		if err != nil {
			continue // the sum will not be that of the file, which is told
		}
		to.add(key{provider, r.Costs.Currency, time.Time(c.Date).Format(time.DateOnly)}, amount)
	}
}

var exact = apd.BaseContext.WithPrecision(0)

func (s sums) add(k key, amount *apd.Decimal) {
	if s[k] == nil {
		s[k] = new(apd.Decimal)
	}
	Plus(s[k], amount)
}

// Plus adds an amount to a sum, without rounding.
func Plus(sum, amount *apd.Decimal) {
	if _, err := exact.Add(sum, sum, amount); err != nil {
		sum.Form = apd.NaN // never equal to anything
	}
}

func minus(sum, amount *apd.Decimal) {
	if _, err := exact.Sub(sum, sum, amount); err != nil {
		sum.Form = apd.NaN
	}
}

// Line is a line of the reconciliation: File = Sent + Negative + NotSent + Difference.
type Line struct {
	Provider, Currency string
	Day                string      // "" in a sum of days
	File               apd.Decimal // what the rows add up to
	Sent               apd.Decimal // what the accepted records add up to
	Negative           apd.Decimal // of days that cannot be sent
	NotSent            apd.Decimal // of records that were not accepted, or not reached
	Difference         apd.Decimal // zero, or something is wrong
}

// Days is the reconciliation by provider, currency and day. complete says that all records have
// passed Add; if not, what is left of the file was not sent either.
func (l *Ledger) Days(complete bool) []Line {
	lines := map[key]*Line{}
	line := func(k key) *Line {
		if lines[k] == nil {
			lines[k] = &Line{Provider: k.provider, Currency: k.currency, Day: k.day}
		}
		return lines[k]
	}
	for i := range l.totals {
		t := &l.totals[i]
		of := line(key{t.Provider, t.Currency, t.Day})
		Plus(&of.File, &t.File)
		Plus(&of.Negative, &t.Negative)
	}
	for k, sum := range l.sent {
		Plus(&line(k).Sent, sum)
	}
	for k, sum := range l.notAccepted {
		Plus(&line(k).NotSent, sum)
	}
	days := make([]Line, 0, len(lines))
	for _, of := range lines {
		of.balance(complete)
		days = append(days, *of)
	}
	slices.SortFunc(days, func(a, b Line) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Currency, b.Currency), strings.Compare(a.Day, b.Day))
	})
	return days
}

// balance computes the difference. What was not reached is never less than nothing.
func (l *Line) balance(complete bool) {
	left := new(apd.Decimal)
	Plus(left, &l.File)
	minus(left, &l.Sent)
	minus(left, &l.Negative)
	minus(left, &l.NotSent)
	if !complete && left.Sign() > 0 {
		Plus(&l.NotSent, left)
		return
	}
	l.Difference.Set(left)
}

// Sum adds up the days of each provider and currency. The lines must be sorted, as Days returns
// them.
func Sum(days []Line) []Line {
	var lines []Line
	for i := range days {
		d := &days[i]
		if n := len(lines); n == 0 || lines[n-1].Provider != d.Provider || lines[n-1].Currency != d.Currency {
			lines = append(lines, Line{Provider: d.Provider, Currency: d.Currency})
		}
		of := &lines[len(lines)-1]
		Plus(&of.File, &d.File)
		Plus(&of.Sent, &d.Sent)
		Plus(&of.Negative, &d.Negative)
		Plus(&of.NotSent, &d.NotSent)
		Plus(&of.Difference, &d.Difference)
	}
	return lines
}

// Holds reports whether no line has a difference. What is left out as negative must be negative:
// otherwise costs that can be sent could be taken for it.
func Holds(lines []Line) bool {
	for i := range lines {
		if !lines[i].Difference.IsZero() || lines[i].Negative.Sign() > 0 {
			return false
		}
	}
	return true
}
