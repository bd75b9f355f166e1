// Package wire writes the JSON of records, and checks them while it does.
//
// Its one idea: the bytes of a record are written once, and checked as they are written.
// A record that may go out has its bytes at the end of the buffer; one that may not leaves
// the buffer as it was and says which field breaks which rule. There is no second pass
// that could see another record than the one that is sent, and on the way of a good record
// nothing is allocated: the buffer, and the scratch space for sorting keys, belong to an
// [Encoder] that is used again.
//
// The methods that walk through a record are generated from the contract, swagger.yaml,
// into package models. What they stand on is here: how a text, a day or a decimal is
// written, what the rules are that a schema can only name, how a free-form object becomes
// JSON, and the error that tells what is wrong.
//
// Two ways of writing exist. The checked one is for the API; it refuses what the contract
// forbids and what would reach the API as something else than the caller has, such as text
// that is not UTF-8. The plain one gives what encoding/json gives for the same model; only
// values that JSON cannot hold are errors there.
//
// What is not written in the plain way gains at least about five per cent in the benchmark
// of a record (BenchmarkCheckAndEncode in package api; in brackets, what it costs to do
// without): texts of up to 16 bytes are copied as words (17 %), the month of the latest day
// is remembered (30 %), days that are in order are not searched for one that occurs twice
// (31 %), months and decimals are checked by a loop and no regular expression (12 % and
// 300 %), the members of an object are sorted with their values (11 %) and by insertion
// when they are few (4 to 5 %), a text is counted only if it has more bytes than it may have
// characters (5 %), and commas are written with what stands before them (4 %).
package wire

import (
	"bytes"
	"sync"
)

// Encoder holds the buffer and the scratch space of one goroutine. The zero value is ready
// to use. What it allocates stays with it, so an Encoder that is used again allocates
// nothing once its buffer has grown to what the records need.
type Encoder struct {
	// Buf is what records are appended to. It may be replaced between two records.
	Buf []byte

	// NotBefore is the earliest month (YYYY-MM) that a field which must not lie before the
	// period may name. The empty string says that this is not checked.
	NotBefore string

	plain    bool              // write as encoding/json does, check nothing
	stop     int               // length of the output at which a free-form object is given up
	members  []Member[any]     // of the free-form objects that are being written, innermost last
	texts    []Member[string]  // of the map of texts that is being written
	nullable []Member[*string] // of one whose values may be null
	days     map[int32]int     // positions of days, to find one that occurs twice
	raw      bytes.Buffer      // JSON that encoding/json made
	calendar calendar
}

var plainEncoders = sync.Pool{New: func() any { return &Encoder{plain: true} }}

// Plain lends an Encoder that writes what encoding/json would. It goes back with
// [Encoder.Release].
func Plain() *Encoder { return plainEncoders.Get().(*Encoder) }

// Release returns an Encoder that [Plain] lent.
func (e *Encoder) Release() {
	e.reset()
	plainEncoders.Put(e)
}

// Bytes returns a copy of b, which was appended to the Encoder's empty buffer, if err is
// nil.
func (e *Encoder) Bytes(b []byte, err *FieldError) ([]byte, error) {
	e.Buf = b[:0]
	if err != nil {
		return nil, err
	}
	return bytes.Clone(b), nil
}

// Commit ends the writing of one record: b becomes the buffer if err is nil. Otherwise the
// buffer gets back the length that it had, though it keeps the space that b has gained.
func (e *Encoder) Commit(b []byte, err *FieldError) error {
	if err == nil {
		e.Buf = b
		if cap(e.members) > maxKept || cap(e.texts) > maxKept || cap(e.nullable) > maxKept || e.raw.Cap() > maxKeptRaw {
			e.reset()
		}
		return nil
	}
	e.Buf = b[:len(e.Buf)]
	e.reset()
	return err
}

const (
	maxKept    = 1 << 12 // members that the scratch space keeps room for
	maxKeptRaw = 1 << 20 // bytes that it keeps room for
)

// reset empties the scratch space, which an error may have left in use, so that it holds
// on to nothing of the caller's. One extraordinary record does not make it large for ever.
func (e *Encoder) reset() {
	clear(e.members)
	e.members = e.members[:0]
	e.DropStrings()
	if cap(e.members) > maxKept {
		e.members = nil
	}
	if cap(e.texts) > maxKept {
		e.texts = nil
	}
	if cap(e.nullable) > maxKept {
		e.nullable = nil
	}
	if e.raw.Cap() > maxKeptRaw {
		e.raw = bytes.Buffer{}
	}
	if e.plain && cap(e.Buf) > maxKeptRaw {
		e.Buf = nil
	}
}

// CloseObject ends an object of which every member was written with a comma behind it.
func CloseObject(b []byte) []byte {
	return append(withoutComma(b), '}')
}

// CloseArray ends an array of which every item was written with a comma behind it.
func CloseArray(b []byte) []byte {
	return append(withoutComma(b), ']')
}

func withoutComma(b []byte) []byte {
	if b[len(b)-1] == ',' {
		return b[:len(b)-1]
	}
	return b
}
