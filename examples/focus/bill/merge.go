package bill

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/cockroachdb/apd/v3"
	"github.com/cockroachdb/pebble/v2"
)

// merger is how the store combines values of one key: sums are added, of what rows say the
// earliest or the latest stays. The first byte of a value tells which. None of it depends on the
// order.
var merger = &pebble.Merger{
	Name: "klarity.focus.1",
	Merge: func(_, value []byte) (pebble.ValueMerger, error) {
		if len(value) == 0 {
			return nil, errUnknownValue(value)
		}
		if value[0] == kindSum {
			m := &sumMerger{}
			return m, m.MergeNewer(value)
		}
		return &choiceMerger{chosen: slices.Clone(value)}, nil
	},
}

func errUnknownValue(value []byte) error {
	return fmt.Errorf("the store has a value that was not written to it: %x", value[:min(len(value), 20)])
}

// sumMerger adds amounts. A value is 's' and a plain decimal number.
type sumMerger struct{ sum apd.Decimal }

func appendSum(value []byte, amount *apd.Decimal) []byte {
	return amount.Append(append(value, kindSum), 'f')
}

func readSum(value []byte) (amount apd.Decimal, err error) {
	if len(value) == 0 || value[0] != kindSum {
		return amount, errUnknownValue(value)
	}
	if _, _, err := amount.SetString(string(value[1:])); err != nil {
		return amount, errUnknownValue(value)
	}
	return amount, nil
}

// MergeNewer implements [pebble.ValueMerger].
func (m *sumMerger) MergeNewer(value []byte) error {
	amount, err := readSum(value)
	if err != nil {
		return err
	}
	add(&m.sum, &amount)
	return nil
}

// MergeOlder implements [pebble.ValueMerger].
func (m *sumMerger) MergeOlder(value []byte) error { return m.MergeNewer(value) }

// Finish implements [pebble.ValueMerger].
func (m *sumMerger) Finish(bool) ([]byte, io.Closer, error) { return appendSum(nil, &m.sum), nil, nil }

// choiceMerger keeps one of the values.
type choiceMerger struct{ chosen []byte }

// MergeNewer implements [pebble.ValueMerger].
func (m *choiceMerger) MergeNewer(value []byte) error {
	if len(value) <= startSize || value[0] != m.chosen[0] {
		return errUnknownValue(value)
	}
	head := 1 + startSize
	order := bytes.Compare(value[:head], m.chosen[:head])
	switch {
	case value[0] == kindLatest && order == 0:
		order = bytes.Compare(value[head:], m.chosen[head:])
	case value[0] == kindEarliest && order == 0 && lessSegment(string(value[head:]), string(m.chosen[head:])):
		order = -1
	}
	if value[0] == kindLatest && order > 0 || value[0] == kindEarliest && order < 0 {
		m.chosen = append(m.chosen[:0], value...)
	}
	return nil
}

// MergeOlder implements [pebble.ValueMerger].
func (m *choiceMerger) MergeOlder(value []byte) error { return m.MergeNewer(value) }

// Finish implements [pebble.ValueMerger].
func (m *choiceMerger) Finish(bool) ([]byte, io.Closer, error) { return m.chosen, nil, nil }
