package job

import (
	"errors"
	"fmt"
	"strings"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/source"
)

// maxProblems is how many different errors are printed.
const maxProblems = 10

// problem is an error and the first item with it.
type problem struct {
	place   string // "line 17"
	key     api.Key
	outcome string
	message string
	repeats int // other items with the same error
}

// problems collects the errors of items that were not accepted: at most maxProblems, each
// error once, so that an outage is one problem and not a million.
type problems struct {
	list    []*problem
	omitted int // items whose errors are not in list
}

func (p *problems) add(place string, key api.Key, outcome, message string) {
	for _, known := range p.list {
		if known.outcome == outcome && known.message == message {
			known.repeats++
			return
		}
	}
	if len(p.list) == maxProblems {
		p.omitted++
		return
	}
	p.list = append(p.list, &problem{place: place, key: key, outcome: outcome, message: message})
}

func (p *problems) write(c *console.Console, hint bool) {
	for _, problem := range p.list {
		subject := ""
		if problem.key != (api.Key{}) {
			subject = ", " + problem.key.String()
		}
		fmt.Fprintf(c, "%s%s: %s\n", c.Bold(problem.place), subject, c.Red(problem.outcome))
		console.Fprintln(c, c.Wrap("    ", console.Printable(problem.message)))
		if problem.repeats > 0 {
			fmt.Fprintf(c, "    … and %s more with the same error\n", console.Count(problem.repeats))
		}
	}
	if p.omitted > 0 {
		text := fmt.Sprintf("… and %s more", console.Count(p.omitted))
		if hint {
			text += "; -report FILE writes a line for each"
		}
		console.Fprintln(c, text)
	}
}

// errorDetails returns the position, the key and the message of an error without those two.
// Where a cell broke a rule, the position and the message name it.
func errorDetails(at source.Position, key api.Key, err error) (source.Position, api.Key, string) {
	if itemErr, ok := errors.AsType[*source.Error](err); ok {
		return itemErr.Position, api.Key{Type: itemErr.Type, ID: itemErr.ID, NID: itemErr.NID}, itemErr.Err.Error()
	}
	recordErr, ok := errors.AsType[*api.RecordError](err)
	if !ok {
		return at, key, asFlags(err.Error())
	}
	at, message := brokenRules(at, recordErr)
	return at, key, asFlags(message)
}

// brokenRules returns the cell that the first broken rule is about, and the text of all of them,
// with the column of the sheet in place of the field's path in JSON. Where there are no cells it
// returns what it was given.
func brokenRules(at source.Position, err *api.RecordError) (first source.Position, message string) {
	first = at
	var text strings.Builder
	rest := err.Err.Error()
	for i, f := range err.Fields() {
		// The rules stand in the text in this order. A value that it quotes may look like a field.
		before, after, _ := strings.Cut(rest, f.Error())
		text.WriteString(before)
		rule := f.Error()
		if cell := at.In(f.Field); cell.Column != "" {
			rule = fmt.Sprintf("column %q%s", cell.Column, strings.TrimPrefix(rule, f.Field))
			if i == 0 {
				first = cell
			}
		}
		text.WriteString(rule)
		rest = after
	}
	return first, text.String() + rest
}
