package wire

import (
	"strconv"
	"strings"
)

// maxBroken is how many broken rules of a record an error has. The others are counted.
const maxBroken = 20

// BrokenRules is the error for a record: the rules that it breaks, at least one, in the order
// in which its fields are written. A rule that is broken because another one is, is not among
// them: a text that is missing is not a wrong currency as well.
type BrokenRules struct {
	Rules []*FieldError // at most maxBroken
	More  int           // how many others there are

	first *FieldError // at which the writing of the record ended; a test compares it with Rules
}

// Error returns all rules on one line. One alone is as [FieldError.Error] has it.
func (e *BrokenRules) Error() string {
	if len(e.Rules) == 1 && e.More == 0 {
		return e.Rules[0].Error()
	}
	var s strings.Builder
	s.WriteString("breaks " + plural(len(e.Rules)+e.More, "rule") + ":")
	for i, rule := range e.Rules {
		s.WriteString(" (" + strconv.Itoa(i+1) + ") " + rule.Error())
	}
	if e.More > 0 {
		s.WriteString(" and " + strconv.Itoa(e.More) + " more")
	}
	return s.String()
}

// Unwrap returns the rules, for [errors.As].
func (e *BrokenRules) Unwrap() []error {
	all := make([]error, len(e.Rules))
	for i, rule := range e.Rules {
		all[i] = rule
	}
	return all
}

// Append appends the rules of others, of which it counts those beyond maxBroken.
func (e *BrokenRules) Append(others *BrokenRules) {
	keep := min(len(others.Rules), maxBroken-len(e.Rules))
	e.Rules = append(e.Rules, others.Rules[:keep]...)
	e.More += len(others.Rules) - keep + others.More
}

// Alone returns e as the only rule that a record breaks.
func (e *FieldError) Alone() *BrokenRules { return &BrokenRules{Rules: []*FieldError{e}, first: e} }
