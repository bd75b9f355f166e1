package wire

import (
	"slices"
	"strings"
)

// The members of a JSON object are written in the order of their keys, as encoding/json
// does, so that equal records have equal bytes.

// Member is a member of an object.
type Member[V any] struct {
	Key   string
	Value V
}

// SortStrings returns the members of m in the order of their keys. They are valid until the
// next call of SortStrings or [Encoder.DropStrings].
func (e *Encoder) SortStrings(m map[string]string) []Member[string] {
	e.texts = appendSorted(e.texts, m)
	return e.texts
}

// SortNullableStrings is [Encoder.SortStrings] for values that may be null.
func (e *Encoder) SortNullableStrings(m map[string]*string) []Member[*string] {
	e.nullable = appendSorted(e.nullable, m)
	return e.nullable
}

// DropStrings clears the members that SortStrings and SortNullableStrings returned, so that
// the Encoder does not keep the caller's strings alive.
func (e *Encoder) DropStrings() {
	clear(e.texts)
	clear(e.nullable)
	e.texts, e.nullable = e.texts[:0], e.nullable[:0]
}

// fewMembers is the largest number of members that are sorted by insertion.
const fewMembers = 12

// appendSorted appends the members of m to all, in the order of their keys. Sorting keys
// together with their values saves a lookup for each value, which would take a tenth of the
// time of a record.
func appendSorted[V any](all []Member[V], m map[string]V) []Member[V] {
	first := len(all)
	for k, v := range m {
		all = append(all, Member[V]{k, v})
	}
	s := all[first:]
	if len(s) > fewMembers {
		slices.SortFunc(s, func(a, b Member[V]) int { return strings.Compare(a.Key, b.Key) })
		return all
	}
	for i := 1; i < len(s); i++ {
		m, j := s[i], i
		for ; j > 0 && m.Key < s[j-1].Key; j-- {
			s[j] = s[j-1]
		}
		s[j] = m
	}
	return all
}
