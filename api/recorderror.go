package api

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
)

// RecordError is why one input was not accepted. It matches [ErrInvalid] when it broke a rule.
type RecordError struct {
	// Operation is "upsert", "delete" or "enrich". It is empty for a [Change] that does not
	// say which.
	Operation string
	// Index is the input's position, from 0; negative when it has none.
	Index int
	// Key names the record as far as it is known.
	Key Key
	// Outcome is what became of it; never Accepted.
	Outcome Outcome
	// Err is the reason. Invalid: the rules that the record breaks (see Fields), or what the
	// iterator yielded as error. Rejected and Failed: the [*Error] of the request, or
	// what ended the run before there was one. Canceled: the end of the context and its cause,
	// and the latest failure, of the record's own request or of the run, if nothing has been
	// accepted or refused since.
	Err error

	held int64 // heldBytes of Err, until the result is reported
}

// Error names the operation, the record, and the reason, on one line: the field, the rule and
// what was found, for each broken rule, or what the server said.
func (e *RecordError) Error() string {
	var b strings.Builder
	b.WriteString(cmp.Or(e.Operation, "change") + " of ")
	switch {
	case e.Key != (Key{}):
		b.WriteString(e.Key.String())
		if e.Index >= 0 {
			b.WriteString(" (record " + strconv.Itoa(e.Index) + ")")
		}
	case e.Index >= 0:
		b.WriteString("record " + strconv.Itoa(e.Index))
	default:
		b.WriteString("a record without type, id and nid")
	}
	b.WriteString(": ")
	request, ok := e.Err.(*Error)
	switch {
	case e.Err == nil:
		b.WriteString(e.Outcome.String())
	case ok && request.Operation == e.Operation:
		b.WriteString(request.reason(true)) // names the operation no second time
	default:
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Fields returns the rules that the record breaks, in the order in which its fields are sent;
// nil if the reason is another one. What follows from a broken rule is not among them. At most
// 20 are kept: a list of 1000 wrong costs says the same thing again and again. The text says
// how many more there are.
//
// Within the metadata of a record, or the data of an enrichment, a value of a type that only
// encoding/json can write, such as a struct, breaks at most one rule here.
func (e *RecordError) Fields() []*FieldError {
	if e.Outcome != Invalid {
		return nil
	}
	switch err := e.Err.(type) {
	case *FieldError:
		return []*FieldError{err}
	case *brokenRules:
		return err.fields()
	}
	return nil
}

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// Is matches ErrInvalid.
func (e *RecordError) Is(target error) bool { return target == ErrInvalid && e.Outcome == Invalid }

// MarshalJSON implements [json.Marshaler]: "error" is the text, "fields" the rules that the record
// breaks, and "request" the [*Error] in it, if there are any.
func (e *RecordError) MarshalJSON() ([]byte, error) {
	request, _ := e.Err.(*Error)
	return json.Marshal(struct {
		Operation string        `json:"operation,omitempty"`
		Index     int           `json:"index"`
		Key       Key           `json:"key"`
		Outcome   Outcome       `json:"outcome"`
		Error     string        `json:"error"`
		Fields    []*FieldError `json:"fields,omitempty"`
		Request   *Error        `json:"request,omitempty"`
	}{e.Operation, e.Index, e.Key, e.Outcome, e.Error(), e.Fields(), request})
}

// LogValue implements [slog.LogValuer]: the error is logged as its text.
func (e *RecordError) LogValue() slog.Value { return slog.StringValue(e.Error()) }
