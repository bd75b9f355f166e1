package overview

import (
	"fmt"
	"strings"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// verb returns the form of a verb for n things.
func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// title says what the overview is about.
func (o *Overview) title() string {
	n := console.Counted(o.good, o.goodWord()+" record")
	switch {
	case o.items == 0:
		return "There are no records"
	case o.good == 0 && o.run.DryRun:
		return "No record is valid"
	case o.good == 0:
		return "No record was accepted"
	}
	return fmt.Sprintf("What %s %s up to", n, verb(o.good, "adds", "add"))
}

// duplicatesText says how many duplicates there are and what becomes of them, or "" if there
// are none.
func (o *Overview) duplicatesText() string {
	n := o.duplicates.found
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s the type and the ID of an earlier one. Klarity merges the later record into the earlier: "+
		"a field, a tag or a day that both have takes the later value. The totals count the earlier and the later.",
		console.Counted(n, "record")+" "+verb(n, "has", "have"))
}

// notes are the sentences about what is not in the tables.
func (o *Overview) notes() (notes []string) {
	if n := o.sums.tooLong; n > 0 {
		notes = append(notes, fmt.Sprintf("%s of more than %d characters %s not added.", console.Counted(n, "cost"), maxDigits, verb(n, "was", "were")))
	}
	if n := o.sums.unsummed; n > 0 {
		notes = append(notes, fmt.Sprintf("%s not added up: there are more than %d currencies.",
			console.Counted(n, "record")+" "+verb(n, "was", "were"), maxCurrencies))
	}
	if o.sums.folded {
		notes = append(notes, fmt.Sprintf("There are more than %s pairs of type and currency: further types are other types.", console.Count(maxPairs)))
	}
	if o.sums.days == maxDays {
		notes = append(notes, fmt.Sprintf("Costs are kept by day for %s pairs of type and day at most: others are in the totals only, and a + stands for their days.", console.Count(maxDays)))
	}
	if o.duplicates.full {
		notes = append(notes, fmt.Sprintf("Duplicates were only looked for among the first %s types and IDs.", console.Count(maxNames)))
	}
	if o.good > 0 && !o.run.DryRun && !o.run.Emulator && o.estate == nil {
		notes = append(notes, "What Klarity holds now is not compared with what was accepted: its API has no way to read the estate.")
	}
	return notes
}

// sameDays reports whether all costs are of the same days, as far as a line tells, so that these
// are said once and not in each line. It returns one of the lines.
func sameDays(sections []section) (of *line, same bool) {
	for _, s := range sections {
		for i := range s.rows {
			l := &s.rows[i]
			switch {
			case !l.hasDays():
			case of == nil:
				of = l
			case l.first != of.first || l.last != of.last || len(l.days) != len(of.days) || l.restDays != of.restDays:
				return nil, false
			}
		}
	}
	return of, of != nil
}

// daysSpan names the days that a line has costs for.
func (l *line) daysSpan() string {
	switch {
	case l.first == l.last:
		return dayText(l.first)
	case l.last-l.first+1 == len(l.days):
		return fmt.Sprintf("%s days, %s to %s", l.daysText(), dayText(l.first), dayText(l.last))
	}
	return fmt.Sprintf("%s days between %s and %s", l.daysText(), dayText(l.first), dayText(l.last))
}

// daysSentence says that all costs are those of a line's days.
func (l *line) daysSentence() string { return "All costs are those of " + l.daysSpan() + "." }

// daysText returns the number of days with costs; with a plus if there are more.
func (l *line) daysText() string {
	switch {
	case !l.hasDays():
		return ""
	case l.restDays:
		return console.Count(len(l.days)) + "+"
	}
	return console.Count(len(l.days))
}

// refusalsText says how many items were refused, or "" if none were.
func (o *Overview) refusalsText() string {
	n := o.refusals.items
	switch {
	case n == 0:
		return ""
	case o.run.DryRun:
		return fmt.Sprintf("%s of %s %s not valid", console.Count(n), console.Counted(o.items, "record"), verb(n, "is", "are"))
	}
	return fmt.Sprintf("%s of %s %s not accepted", console.Count(n), console.Counted(o.items, "record"), verb(n, "was", "were"))
}

// where names the first places of a reason.
func (r *reason) where() string {
	text := strings.Join(r.places, ", ")
	if text == "" {
		return ""
	}
	if more := r.items - len(r.places); more > 0 {
		text += fmt.Sprintf(" and %s more", console.Count(more))
	}
	return text
}

// explain is the reason. If others are alike, it is the first one's.
func (r *reason) explain() string {
	text := r.text
	if text == "" {
		text = "no reason was given"
	}
	if r.alike {
		text += " (and others like it)"
	}
	return text
}
