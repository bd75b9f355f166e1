package source

import (
	"errors"
	"fmt"
)

// openJSONLines returns a Reader that reads one item from each line that is not blank.
func openJSONLines[T any](in *lineReader, decode func(*decoder, *T) error) *Reader[T] {
	return &Reader[T]{next: func() (*T, position, error) {
		for {
			line, err := in.next()
			at := position{in.number, in.offset}
			switch {
			case errors.Is(err, errTooLong):
				return nil, at, &Error{Line: in.number, Err: err}
			case err != nil:
				return nil, at, err
			case isBlank(line):
				continue
			}
			item, err := decodeItem(line, in.number, decode)
			if errors.Is(err, errArray) {
				err = &Error{Line: in.number, Err: fmt.Errorf("%w (a file with one array has the format json)", errArray)}
			}
			if syntaxErr, ok := errors.AsType[*syntaxError](err); ok {
				err = &Error{Line: in.number, Err: fmt.Errorf("byte %d: %w", syntaxErr.at+1, syntaxErr)}
			}
			return item, at, err
		}
	}}
}

var errArray = errors.New("must be an object, not an array")

// decodeItem decodes an item. Its error is a *syntaxError or an *Error.
func decodeItem[T any](text []byte, line int, decode func(*decoder, *T) error) (*T, error) {
	if err := checkSyntax(text); err != nil {
		return nil, err
	}
	item := new(T)
	d := &decoder{data: text}
	if d.peek() == '[' {
		return nil, &Error{Line: line, Err: errArray}
	}
	if err := decode(d, item); err != nil {
		return nil, withItemKey(&Error{Line: line, Err: err}, item)
	}
	return item, nil
}
