package source

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// MaxItem is the most bytes of one item: a line of JSON, an element of a JSON array, a
// record of CSV. Metadata and tags end at 1 MB each, so no item that the API takes comes
// near it, and a file that lost its line ends cannot fill the memory.
const MaxItem = 8 << 20

// Error is what is wrong with one item of the input.
type Error struct {
	// Line is where the item begins, from 1.
	Line int
	// Type, ID and NID name the item as far as it was read.
	Type, ID, NID string
	Err           error

	last bool // nothing can be read after it
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// fieldError is an error inside an item, under the path of the field that has it.
type fieldError struct {
	path string
	err  error
}

func (e *fieldError) Error() string { return e.path + ": " + e.err.Error() }

func (e *fieldError) Unwrap() error { return e.err }

// under puts a field's name, or an element's index in brackets, in front of err's path.
func prefixPath(name string, err error) error {
	f, ok := errors.AsType[*fieldError](err)
	if !ok {
		return &fieldError{name, err}
	}
	if !strings.HasPrefix(f.path, "[") {
		name += "."
	}
	f.path = name + f.path
	return f
}

// plain is a key as it stands in a path: quoted where it would not be read as one word.
func quoteKey(key string) string {
	if key == "" || len(key) > 60 || strings.ContainsFunc(key, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune(`.[]":`, r)
	}) {
		return fmt.Sprintf("%.60q", key)
	}
	return key
}

// errCannotClear is for null where the API has no way to clear what is stored.
func errCannotClear(noun string) error {
	return fmt.Errorf("null: the API cannot clear %s", noun)
}
