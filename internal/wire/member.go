package wire

import (
	"slices"
	"strings"
)

// The members of a JSON object are written in the order of their keys, as encoding/json
// does it: the same record has the same bytes every time.

// member is a member of a free-form object.
type member struct {
	key string
	val any
}

// TextMember is a member of an object whose values are texts or null.
type TextMember struct {
	Key   string
	Value string
	Null  bool
}

// SortTexts returns the members of m in the order of their keys. They are valid until the
// next call; [Encoder.DropTexts] ends their use.
func (e *Encoder) SortTexts(m map[string]string) []TextMember {
	for k, v := range m {
		e.texts = append(e.texts, TextMember{Key: k, Value: v})
	}
	sortTexts(e.texts)
	return e.texts
}

// SortNullableTexts is [Encoder.SortTexts] for values that may be null.
func (e *Encoder) SortNullableTexts(m map[string]*string) []TextMember {
	for k, v := range m {
		if v == nil {
			e.texts = append(e.texts, TextMember{Key: k, Null: true})
		} else {
			e.texts = append(e.texts, TextMember{Key: k, Value: *v})
		}
	}
	sortTexts(e.texts)
	return e.texts
}

// DropTexts lets go of the members that were sorted last.
func (e *Encoder) DropTexts() {
	clear(e.texts)
	e.texts = e.texts[:0]
}

// sortMembers puts the members of m, which it appends to e.members, in the order of their
// keys.
func (e *Encoder) sortMembers(m map[string]any) []member {
	first := len(e.members)
	for k, v := range m {
		e.members = append(e.members, member{k, v})
	}
	s := e.members[first:]
	if len(s) > fewMembers {
		slices.SortFunc(s, func(a, b member) int { return strings.Compare(a.key, b.key) })
		return s
	}
	for i := 1; i < len(s); i++ {
		m, j := s[i], i
		for ; j > 0 && m.key < s[j-1].key; j-- {
			s[j] = s[j-1]
		}
		if j < i {
			s[j] = m
		}
	}
	return s
}

// fewMembers is up to how many members are sorted by insertion.
const fewMembers = 12

func sortTexts(s []TextMember) {
	if len(s) > fewMembers {
		slices.SortFunc(s, func(a, b TextMember) int { return strings.Compare(a.Key, b.Key) })
		return
	}
	for i := 1; i < len(s); i++ {
		m, j := s[i], i
		for ; j > 0 && m.Key < s[j-1].Key; j-- {
			s[j] = s[j-1]
		}
		if j < i {
			s[j] = m
		}
	}
}
