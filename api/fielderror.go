package api

import "github.com/klarity-go/klarity/internal/wire"

// FieldError says which field of a record breaks which rule. The rules that a record breaks
// are in [RecordError.Fields]; [errors.As] finds the first one.
type FieldError struct {
	// Field is the path of the value in the record's JSON, such as costs.values[3].date
	// or tags["cost centre"]. It is empty when the rule is about the record as a whole.
	Field string `json:"field,omitempty"`
	// Rule is what the contract demands, such as "must have at most 255 characters".
	Rule string `json:"rule"`
	// Got is the value's size ("has 300 characters") or its beginning (`is "12,50"`).
	Got string `json:"got,omitempty"`
}

// Error returns field, rule and value in one sentence.
func (e *FieldError) Error() string { return (*wire.FieldError)(e).Error() }

// brokenRules are the rules that one record breaks, if they are several. Nobody else holds
// them: what the methods return are copies.
type brokenRules wire.BrokenRules

// asBroken is the error for the rules that a record breaks: a [*FieldError] for one alone.
func asBroken(e *wire.BrokenRules) error {
	if len(e.Rules) == 1 && e.More == 0 {
		return (*FieldError)(e.Rules[0])
	}
	return (*brokenRules)(e)
}

// Error returns them all on one line, with their numbers.
func (e *brokenRules) Error() string { return (*wire.BrokenRules)(e).Error() }

// Unwrap returns them for [errors.As].
func (e *brokenRules) Unwrap() []error {
	all := make([]error, len(e.Rules))
	for i, f := range e.fields() {
		all[i] = f
	}
	return all
}

func (e *brokenRules) fields() []*FieldError {
	all := make([]*FieldError, len(e.Rules))
	for i, rule := range e.Rules {
		f := FieldError(*rule)
		all[i] = &f
	}
	return all
}

// heldBytes is what the reason of a result adds to the bytes that a run or an uploader holds.
// Most reasons are one line for each result, or one for many; these may be twenty.
func heldBytes(err error) int64 {
	e, ok := err.(*brokenRules)
	if !ok {
		return 0
	}
	const each = 64 // the pointer, and three strings without their text
	n := int64(0)
	for _, rule := range e.Rules {
		n += int64(each + len(rule.Field) + len(rule.Got)) // the text of Rule is mostly shared
	}
	return n
}
