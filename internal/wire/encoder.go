// Package wire checks records and writes them as JSON, in one pass.
//
// The bytes of a record are written once, and checked while they are written. If the record
// is valid, its bytes are at the end of the buffer. So what is checked is what is sent. A valid
// record allocates nothing: the buffer, and the scratch space for sorting keys, belong to an
// [Encoder], which is reused.
//
// If a record is not valid, the writing ends at the first rule that it breaks, and the buffer
// keeps its previous length. A [Finder] then walks through the record once more and finds all
// of them, so that a person can mend the record in one go.
//
// The methods that walk through a record are generated from the contract, swagger.yaml, into
// package models. This package has what they call: text, days and numbers as JSON, the rules
// that a schema only names, free-form objects, and the error.
//
// There are two modes. The checked mode is for requests to the API. Whatever the contract
// forbids is an error, and so is whatever the API would receive as something else than the
// caller has, such as text that is not UTF-8. The plain mode writes what encoding/json writes
// for the same model, without HTML escapes; only a value that JSON cannot represent is an
// error.
//
// # Optimizations
//
// Each has its price in lines of code, and was measured. In brackets, how much longer
// BenchmarkCheckAndEncode of package api takes without it:
//
//   - text of up to 16 bytes is copied as one or two words (17 %);
//   - the month of the last date is cached (30 %);
//   - days in ascending order are not searched for two that are equal (31 %);
//   - months and decimals are checked by a loop instead of a regular expression (12 % and
//     300 %);
//   - the members of an object are sorted together with their values (11 %), and by
//     insertion if they are few (4 to 5 %);
//   - characters are counted only in text that has more bytes than it may have characters
//     (5 %);
//   - commas are written together with what comes before or after them (4 %).
package wire

import (
	"bytes"
	"sync"
)

// Encoder holds the buffer and the scratch space for writing records. The zero value writes
// in the checked mode. An Encoder that is reused allocates nothing once its buffer is as
// large as the records need. It is for one goroutine at a time.
type Encoder struct {
	// Buf is the buffer that records are appended to. It may be replaced between records.
	Buf []byte

	// NotBefore is the month (YYYY-MM) of the period that is written to, before which no
	// record may end. If it is empty, this is not checked.
	NotBefore string

	plain       bool              // whether this is the plain mode
	skipForeign bool              // whether null is written for a value that only encoding/json can write
	stop        int               // length of the output beyond which a free-form object is not written on
	members     []Member[any]     // members of the free-form objects that are being written, innermost last
	texts       []Member[string]  // members of the map of strings that is being written
	nullable    []Member[*string] // the same for values that may be null
	days        map[int]int       // packed day to index, for FindSameDay
	raw         bytes.Buffer      // output of encoding/json
	keys        [][]byte          // keys of the objects in a caller's JSON that are being checked, innermost last
	firstKeys   []int             // the index in keys of the first key of each object or array
	calendar    calendar
}

var plainEncoders = sync.Pool{New: func() any { return &Encoder{plain: true} }}

// Plain returns an Encoder in the plain mode from a pool. [Encoder.Release] returns it there.
func Plain() *Encoder { return plainEncoders.Get().(*Encoder) }

// Release returns e, which is from [Plain], to the pool.
func (e *Encoder) Release() {
	e.reset()
	plainEncoders.Put(e)
}

// Bytes returns a copy of b if err is nil. b was appended to e.Buf[:0], and becomes the buffer
// again.
func (e *Encoder) Bytes(b []byte, err *FieldError) ([]byte, error) {
	e.Buf = b[:0]
	if err != nil {
		return nil, err
	}
	return bytes.Clone(b), nil
}

// Commit ends the writing of one record: b becomes the buffer.
func (e *Encoder) Commit(b []byte) {
	e.Buf = b
	if cap(e.members) > maxKept || cap(e.texts) > maxKept || cap(e.nullable) > maxKept || cap(e.keys) > maxKept || e.raw.Cap() > maxKeptRaw {
		e.reset()
	}
}

// Refuse ends the writing of a record that breaks the rule err. The buffer keeps its previous
// length, but has the capacity of b. Refuse returns every rule that the record breaks, which
// find adds to the Finder.
func (e *Encoder) Refuse(b []byte, err *FieldError, find func(*Finder)) *BrokenRules {
	e.Buf = b[:len(e.Buf)]
	e.reset()
	f := &Finder{Encoder: e}
	find(f)
	e.reset()
	if len(f.broken.Rules) == 0 { // a method of the caller's failed once and not again
		return err.Alone()
	}
	broken := f.broken // without the Finder, which would live as long
	broken.first = err
	return &broken
}

const (
	maxKept    = 1 << 12 // members for which reset keeps the scratch space
	maxKeptRaw = 1 << 20 // bytes for which reset keeps a buffer
)

// reset clears the scratch space, which is in use after an error, so that the Encoder does
// not keep the caller's values alive. It frees what a large record has allocated beyond the
// limits above.
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
	if cap(e.keys) > maxKept {
		e.keys = nil
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

// CloseObject ends an object whose members were each written with a comma behind them.
func CloseObject(b []byte) []byte {
	return append(withoutComma(b), '}')
}

// CloseArray ends an array whose items were each written with a comma behind them.
func CloseArray(b []byte) []byte {
	return append(withoutComma(b), ']')
}

func withoutComma(b []byte) []byte {
	if b[len(b)-1] == ',' {
		return b[:len(b)-1]
	}
	return b
}
