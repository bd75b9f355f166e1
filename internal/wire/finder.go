package wire

import (
	"slices"
	"time"
)

// A Finder finds every rule that a record breaks, after an [Encoder] has refused the record at
// the first one. The generated methods walk through the record a second time and add what is
// wrong. Writing and finding are apart so that a valid record, which needs no Finder, does no
// work for it.
//
// The time it takes is bounded by what writing the record would take: it writes free-form
// objects as far as they can be written, and stops where the Encoder stops.
type Finder struct {
	*Encoder
	path   []step // from the record to the value that is looked at
	broken BrokenRules
	text   []byte // scratch space
}

// step is a part of a path.
type step struct {
	kind  stepKind
	name  string
	index int
}

type stepKind int

const (
	toProperty stepKind = iota // of an object that the contract defines
	toItem                     // of an array
	toKey                      // of a map of texts
	toMember                   // of a free-form object
)

// Enter says that what follows is about the named property.
func (f *Finder) Enter(name string) { f.path = append(f.path, step{kind: toProperty, name: name}) }

// EnterItem says that what follows is about item i of an array.
func (f *Finder) EnterItem(i int) { f.path = append(f.path, step{kind: toItem, index: i}) }

func (f *Finder) enterKey(key string) { f.path = append(f.path, step{kind: toKey, name: key}) }

func (f *Finder) enterMember(key string) { f.path = append(f.path, step{kind: toMember, name: key}) }

// Leave goes back to what the latest Enter left.
func (f *Finder) Leave() { f.path = f.path[:len(f.path)-1] }

// Add adds a broken rule of a value below the current path. A record may break any number of
// rules, so those beyond maxBroken are only counted.
func (f *Finder) Add(err *FieldError) {
	if f.full() {
		f.broken.More++
		return
	}
	for _, s := range slices.Backward(f.path) {
		switch s.kind {
		case toProperty:
			err = err.Under(s.name)
		case toItem:
			err = err.At(s.index)
		case toKey:
			err = err.Key(s.name)
		case toMember:
			err = err.member(s.name)
		}
	}
	f.broken.Rules = append(f.broken.Rules, err)
}

func (f *Finder) full() bool { return len(f.broken.Rules) == maxBroken }

// Text adds the error for a text that is not UTF-8.
func (f *Finder) Text(field, s string) {
	var err *FieldError
	if f.text, err = AppendText(f.text[:0], s); err != nil {
		f.Add(err.in(field))
	}
}

// Date adds the error for a day that AppendDate does not write.
func (f *Finder) Date(field string, t time.Time) {
	if year := t.Year(); year < 0 || year > 9999 {
		f.Add(notDate(year).in(field))
	}
}

// Float adds the error for a number that JSON cannot hold.
func (f *Finder) Float(field string, v float64) {
	if _, err := AppendFloat(f.text[:0], v, 64); err != nil {
		f.Add(err.in(field))
	}
}

// SameDays adds an error for each of the n items of the array field that has the day of an
// item before it. date returns the date of item i, and is also the name of the property that
// holds it. Items without a date that can be written have been found before.
func (f *Finder) SameDays(field, name string, n int, date func(i int) time.Time) {
	firsts := make(map[int]int)
	for i := range n {
		t := date(i)
		if year := t.Year(); t.IsZero() || year < 0 || year > 9999 {
			continue
		}
		day := packDay(t.Date())
		if first, found := firsts[day]; found {
			f.Add(SameDay(field, name, first, i, t))
		} else {
			firsts[day] = i
		}
	}
}

// Texts is [Finder.NullableTexts] for texts that may not be null.
func (f *Finder) Texts(field string, m map[string]string, limit int, find func(string)) {
	nullable := make(map[string]*string, len(m))
	for k, v := range m {
		nullable[k] = &v
	}
	f.NullableTexts(field, nullable, limit, find)
}

// NullableTexts adds what is wrong with the keys of m, calls find for each value that is not
// null, and adds the error for a map whose JSON has more than limit bytes; 0 means no limit.
func (f *Finder) NullableTexts(field string, m map[string]*string, limit int, find func(text string)) {
	f.Enter(field)
	size := len("{")
	for _, t := range f.SortNullableStrings(m) {
		var err *FieldError
		if f.text, err = AppendText(f.text[:0], t.Key); err != nil {
			f.Add(err.OfKey(t.Key))
		}
		size += f.size(t.Key) + len(":,")
		if t.Value == nil {
			size += len("null")
			continue
		}
		size += f.size(*t.Value)
		f.enterKey(t.Key)
		find(*t.Value)
		f.Leave()
	}
	f.DropStrings()
	f.Leave()
	if limit > 0 && size > limit {
		f.Add(TooLarge(field, size, limit))
	}
}

// size returns the number of bytes of s as JSON.
func (f *Finder) size(s string) int {
	f.text = AppendPlainText(f.text[:0], s)
	return len(f.text)
}

// in puts the property name before the path of the error, if there is one: a value of a map
// has none.
func (e *FieldError) in(field string) *FieldError {
	if field == "" {
		return e
	}
	return e.Under(field)
}
