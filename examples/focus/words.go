package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/examples/focus/ledger"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// describe prints what the bill has in it.
func (b *books) describe(s *bill.Summary) {
	say := func(format string, args ...any) {
		console.Fprintln(b.out, b.out.Wrap("", fmt.Sprintf(format, args...)))
	}
	say("%s", b.contents(s))
	if s.Earlier > 0 {
		say("For the first day of the billing period: %s of charges before it, such as corrections of an earlier bill. What Klarity has of the earlier days stays.",
			console.Counted(s.Earlier, "row"))
	}
	if s.WithoutResource > 0 {
		say("%s for costs without a resource, one for each provider, account, service and currency.", console.Counted(s.WithoutResource, "record stands", "records stand"))
	}
	if s.Shortened > 0 {
		say("%s shortened, and in the metadata as resource_id: a record cannot have it.", console.Counted(s.Shortened, "ID of a resource is", "IDs of resources are"))
	}
	if s.OddTags > 0 {
		say("The tags of %s are no JSON object: they stand in the metadata as tags_text.", console.Counted(s.OddTags, "resource"))
	}
	if s.Split > 0 {
		say("%s in several currencies, which a record cannot be: the costs in the currency with the highest sum keep the ID, each other currency has a record with the currency behind the ID.",
			console.Counted(s.Split, "resource is billed", "resources are billed"))
		t := console.NewTable("type", "ID", "currency", "others")
		t.Cut = []int{1, 0}
		for _, split := range s.FirstSplit {
			t.Row(split.Type, split.ID, split.Currency, "#"+strings.Join(split.Currencies, ", #"))
		}
		t.Write(b.out)
		b.more(s.Split - len(s.FirstSplit))
	}
	if s.NegativeDays > 0 {
		text := b.negativeText(s) + ": what Klarity has for them is cleared."
		if len(b.files) == 0 {
			text += " With a real bill the exit status would be 1, unless -allow-negative is given."
		}
		say("%s", text)
		t := console.NewTable("provider", "ID", "day", "#amount", "")
		t.Cut = []int{1, 0}
		for _, n := range s.FirstNegative {
			t.Row(n.Provider, n.ID, n.Day, grouped(n.Amount), n.Currency)
		}
		t.Write(b.out)
		b.more(s.NegativeDays - len(s.FirstNegative))
	}
}

// more says how many lines a table would have besides.
func (b *books) more(n int) {
	if n > 0 {
		fmt.Fprintf(b.out, "  … and %s more\n", console.Count(n))
	}
}

// contents says in a sentence what was read.
func (b *books) contents(s *bill.Summary) string {
	totals := b.bill.Totals()
	if len(totals) == 0 {
		return "The bill has no rows."
	}
	first, last := totals[0].Day, totals[0].Day
	var currencies []string
	for _, t := range totals {
		first, last = min(first, t.Day), max(last, t.Day)
		currencies = append(currencies, t.Currency)
	}
	slices.Sort(currencies)
	days := "on " + first
	if first != last {
		days = "from " + first + " to " + last
	}
	return fmt.Sprintf("%s of %s, %s, in %s.", console.Counted(s.Rows, "row"), console.Counted(s.Resources, "resource"), days, strings.Join(slices.Compact(currencies), ", "))
}

// negativeText says how many days are negative, and what they add up to.
func (b *books) negativeText(s *bill.Summary) string {
	sums := map[string]*apd.Decimal{}
	var currencies []string
	for _, t := range b.bill.Totals() {
		if t.Negative.IsZero() {
			continue
		}
		if sums[t.Currency] == nil {
			sums[t.Currency] = new(apd.Decimal)
			currencies = append(currencies, t.Currency)
		}
		ledger.Plus(sums[t.Currency], &t.Negative)
	}
	slices.Sort(currencies)
	var parts []string
	for _, currency := range currencies {
		parts = append(parts, grouped(bill.AmountText(sums[currency]))+" "+currency)
	}
	return fmt.Sprintf("%s negative and cannot be sent, %s in all", console.Counted(s.NegativeDays, "day of a resource is", "days of resources are"), strings.Join(parts, " and "))
}

// maxDaysShown is how many lines the reconciliation may have by day on the output.
const maxDaysShown = 40

// reconcile prints the reconciliation, and reports whether it holds. A quiet run prints it where
// it does not.
func (b *books) reconcile(days []ledger.Line) bool {
	holds := ledger.Holds(days)
	to := b.out
	switch {
	case !holds:
		to = b.errs
	case b.Quiet:
		return true
	}
	console.Fprintln(to)
	sent := "sent"
	if !b.sending {
		sent = "to be sent"
	}
	console.Fprintln(to, to.Wrap("", fmt.Sprintf("The bill against the records, %s:", b.cost)))
	sums := ledger.Sum(days)
	writeLines(to, sent, sums, "")
	if len(days) <= maxDaysShown && len(days) > len(sums) {
		console.Fprintln(to)
		writeLines(to, sent, days, "day")
	}
	switch {
	case holds && slices.ContainsFunc(sums, func(l ledger.Line) bool { return !l.NotSent.IsZero() }):
		console.Fprintln(to, to.Yellow("It balances to the last decimal, with what was not sent."))
		return true
	case holds:
		console.Fprintln(to, to.Green("It balances to the last decimal."))
		return true
	}
	console.Fprintln(to, to.Red(to.Wrap("", fmt.Sprintf("%s: THE BILL AND THE RECORDS DO NOT ADD UP. This is an error of the program: do not rely on the costs of this run.", b.Name()))))
	return false
}

// writeLines prints lines of the reconciliation. What is zero everywhere is left out.
func writeLines(c *console.Console, sent string, lines []ledger.Line, day string) {
	columns := []struct {
		heading string
		amount  func(*ledger.Line) *apd.Decimal
		always  bool
	}{
		{"bill", func(l *ledger.Line) *apd.Decimal { return &l.File }, true},
		{sent, func(l *ledger.Line) *apd.Decimal { return &l.Sent }, true},
		{"negative", func(l *ledger.Line) *apd.Decimal { return &l.Negative }, false},
		{"not sent", func(l *ledger.Line) *apd.Decimal { return &l.NotSent }, false},
		{"difference", func(l *ledger.Line) *apd.Decimal { return &l.Difference }, true},
	}
	headings := []string{"provider"}
	if day != "" {
		headings = append(headings, day)
	}
	headings = append(headings, "")
	shown := columns[:0:0]
	for _, column := range columns {
		if column.always || slices.ContainsFunc(lines, func(l ledger.Line) bool { return !column.amount(&l).IsZero() }) {
			shown = append(shown, column)
			headings = append(headings, "#"+column.heading)
		}
	}
	t := console.NewTable(headings...)
	for i := range lines {
		l := &lines[i]
		cells := []string{l.Provider}
		if day != "" {
			cells = append(cells, l.Day)
		}
		cells = append(cells, l.Currency)
		for _, column := range shown {
			cells = append(cells, grouped(bill.AmountText(column.amount(l))))
		}
		t.Row(cells...)
	}
	t.Write(c)
}

// grouped puts commas between the thousands of an amount with or without a sign.
func grouped(amount string) string {
	if digits, negative := strings.CutPrefix(amount, "-"); negative {
		return "-" + console.Grouped(digits)
	}
	return console.Grouped(amount)
}
