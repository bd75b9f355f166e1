package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Outcome says what became of one record. Every record handed to the SDK gets exactly one.
type Outcome uint8

const (
	// Accepted means that the API responded with 202 to a request that carried the record.
	// Processing follows later; the API has no way to learn how it ended.
	Accepted Outcome = iota + 1
	// Invalid means that the record breaks a rule of the contract and was not sent.
	Invalid
	// Rejected means that the API refused the record, or a group of records with this one in
	// it that was not searched any further (see [BisectBudget]).
	Rejected
	// Failed means that the record could not be delivered: the retries are spent, or the
	// response is one that sending again does not change. Whether the API holds the record is
	// unknown, unless it was never sent: [Result.Attempts] is 0.
	Failed
	// Canceled means that the caller gave up before the outcome was known. The record may have
	// been sent; see [Result.Attempts].
	Canceled
)

var outcomeNames = [...]string{Accepted: "accepted", Invalid: "invalid", Rejected: "rejected", Failed: "failed", Canceled: "canceled"}

// String returns the outcome in lower case, such as "accepted".
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) && o > 0 {
		return outcomeNames[o]
	}
	return "outcome " + strconv.Itoa(int(o))
}

// MarshalText implements [encoding.TextMarshaler]: an outcome is a word in JSON.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler], so that a report which a program
// has kept can be read again.
func (o *Outcome) UnmarshalText(text []byte) error {
	i := slices.Index(outcomeNames[:], string(text))
	if i < int(Accepted) {
		return fmt.Errorf("api: %s is no outcome", quote(string(text)))
	}
	*o = Outcome(i)
	return nil
}

// Result is what became of one input. As JSON it has the fields below; "error" is the text of
// Err, "fields" the rules that the record breaks, and "request" the [*Error] of the record's
// request, if there are any.
type Result struct {
	// Index is the input's position, from 0: in the iterator or slice, or in the order in
	// which an [Uploader] took it.
	Index int `json:"index"`
	// Operation is "upsert", "delete" or "enrich". It is empty for a [Change] that does not
	// say which.
	Operation string `json:"operation,omitempty"`
	// Key names the record. It is empty for an input that never became a record.
	Key Key `json:"key"`
	// Outcome is never zero.
	Outcome Outcome `json:"outcome"`
	// Err is nil exactly when Outcome is Accepted. Otherwise it is a [*RecordError], which
	// names the operation, the record and the reason.
	Err error `json:"-"`
	// Attempts counts the requests that carried the record.
	Attempts int `json:"attempts"`
}

// MarshalJSON implements [json.Marshaler].
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	v := struct {
		plain
		Error   string        `json:"error,omitempty"`
		Fields  []*FieldError `json:"fields,omitempty"`
		Request *Error        `json:"request,omitempty"`
	}{plain: plain(r)}
	if r.Err != nil {
		v.Error = r.Err.Error()
	}
	if e, ok := r.Err.(*RecordError); ok {
		v.Fields = e.Fields()
		v.Request, _ = e.Err.(*Error)
	}
	return json.Marshal(v)
}

// Report sums up a run. The five outcomes add up to Inputs. As JSON it has the fields below, and
// "error": the text of the error of the first input that was not accepted.
type Report struct {
	Inputs   int `json:"inputs"`
	Accepted int `json:"accepted"`
	Invalid  int `json:"invalid"`
	Rejected int `json:"rejected"`
	Failed   int `json:"failed"`
	Canceled int `json:"canceled"`

	// Requests counts the calls to the API. Retries counts how often one was put off, to be
	// tried again, because it failed or because there was no token for it. (A record of a
	// split or bisected batch is sent again, too, but with another request.)
	Requests int `json:"requests"`
	Retries  int `json:"retries"`
	// Bytes counts the bytes of all request bodies.
	Bytes int64 `json:"bytes"`

	first *Result // the first input, in order, that was not accepted
}

// MarshalJSON implements [json.Marshaler].
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report
	v := struct {
		plain
		Error string `json:"error,omitempty"`
	}{plain: plain(r)}
	if r.first != nil {
		v.Error = r.first.Err.Error()
	}
	return json.Marshal(v)
}

// OK reports whether every input was accepted.
func (r Report) OK() bool { return r.Accepted == r.Inputs }

// String renders the counts, such as "120 records: 117 accepted, 2 invalid, 1 rejected".
func (r Report) String() string {
	s := plural(r.Inputs, "record") + ": " + strconv.Itoa(r.Accepted) + " accepted"
	for _, c := range []struct {
		n int
		o Outcome
	}{{r.Invalid, Invalid}, {r.Rejected, Rejected}, {r.Failed, Failed}, {r.Canceled, Canceled}} {
		if c.n > 0 {
			s += ", " + strconv.Itoa(c.n) + " " + c.o.String()
		}
	}
	return s
}

func (r *Report) count(o Outcome) {
	switch o {
	case Accepted:
		r.Accepted++
	case Invalid:
		r.Invalid++
	case Rejected:
		r.Rejected++
	case Failed:
		r.Failed++
	case Canceled:
		r.Canceled++
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
