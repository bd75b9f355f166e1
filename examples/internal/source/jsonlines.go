package source

import (
	"errors"
	"fmt"
)

// jsonLines are the items of a file with one item on each line that is not blank.
type jsonLines[T any] struct {
	in     *lineReader
	stream *stream
	decode func(*decoder, *T) error
}

func (j *jsonLines[T]) next() (*T, Position, error) {
	for {
		line, err := j.in.first()
		at := Position{Line: j.in.number, Offset: j.stream.offset(j.in.offset)}
		switch {
		case errors.Is(err, errTooLong):
			return nil, at, at.fail(err)
		case err != nil:
			return nil, at, err
		case isBlank(line):
			continue
		}
		item, err := decodeItem(line, at, j.decode)
		if errors.Is(err, errArray) {
			err = at.fail(fmt.Errorf("%w (a file with one array has the format json)", errArray))
		}
		if syntaxErr, ok := errors.AsType[*syntaxError](err); ok {
			err = at.fail(fmt.Errorf("byte %d: %w", syntaxErr.at+1, syntaxErr))
		}
		return item, at, err
	}
}

func (j *jsonLines[T]) raw() []byte {
	if text := j.in.text(); len(text) > 0 {
		return trimLineEnd(text)
	}
	return nil
}

func (j *jsonLines[T]) frame() Frame {
	return Frame{Head: j.stream.frameMark(), Between: "\n", Tail: "\n"}
}

var errArray = errors.New("must be an object, not an array")

// decodeItem decodes an item. Its error is a *syntaxError or an *Error.
func decodeItem[T any](text []byte, at Position, decode func(*decoder, *T) error) (*T, error) {
	if err := checkSyntax(text); err != nil {
		return nil, err
	}
	item := new(T)
	d := &decoder{data: text}
	if d.peek() == '[' {
		return nil, at.fail(errArray)
	}
	if err := decode(d, item); err != nil {
		return nil, withItemKey(at.fail(err), item)
	}
	return item, nil
}
