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

// fewMembers is up to how many members are sorted by insertion.
const fewMembers = 12

func sortTexts(s []TextMember) {
	if len(s) > fewMembers {
		slices.SortFunc(s, func(a, b TextMember) int { return strings.Compare(a.Key, b.Key) })
		return
	}
	for i := 1; i < len(s); i++ {
		for j := i; j > 0 && s[j].Key < s[j-1].Key; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
}

func sortMembers(s []member) {
	if len(s) > fewMembers {
		slices.SortFunc(s, func(a, b member) int { return strings.Compare(a.key, b.key) })
		return
	}
	for i := 1; i < len(s); i++ {
		for j := i; j > 0 && s[j].key < s[j-1].key; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
}
