package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// envelope is the object that may stand around the array, as in a request's body.
type envelope struct {
	list   string // the field with the items
	period string // the field with the billing period, if there is one
	want   string // the period of the run: the file may not say another
}

// elements takes a JSON document apart without holding more than one element.
type elements struct {
	r      *bufio.Reader
	line   int
	offset int64
	buf    []byte
}

// openJSON reads the document up to the first item, so that a document of another shape is
// an error before anything is sent.
func openJSON[T any](in *elements, decode func(*value, *T) error, env envelope) (*Reader[T], error) {
	wrapped := false
	c, err := in.peek()
	if err == nil && c == '{' {
		wrapped = true
		in.skip()
		c, err = in.peek()
		if err == nil && c != '}' {
			err = in.untilList(env)
		} else if err == nil {
			err = fmt.Errorf("the object has no field %q", env.list)
		}
		if err == nil {
			c, err = in.peek()
		}
	}
	switch {
	case err != nil:
		return nil, &Error{Line: in.line, Err: whole(err)}
	case c != '[':
		return nil, &Error{Line: in.line, Err: fmt.Errorf("an array of items is wanted, not %s", nounOf(c))}
	}
	in.skip()

	first, done := true, false
	return &Reader[T]{next: func() (item *T, at position, err error) {
		at = position{in.line, in.offset}
		if done {
			return nil, at, io.EOF
		}
		line, text, err := in.element(first)
		first = false
		switch {
		case err == errNoMore:
			done = true
			if err := in.finish(wrapped, env); err != nil {
				return nil, position{in.line, in.offset}, in.broken(err)
			}
			return nil, at, io.EOF
		case errors.Is(err, errTooLong):
			return nil, position{line, in.offset}, &Error{Line: line, Err: err}
		case err != nil:
			return nil, position{line, in.offset}, in.broken(err)
		}
		at = position{line, in.offset}
		item, err = decodeItem(text, line, decode)
		if bad, ok := errors.AsType[*syntaxError](err); ok {
			line += newlines(text[:bad.at])
			if bad.err == errNotUTF8 {
				return nil, at, &Error{Line: line, Err: bad}
			}
			return nil, at, &Error{Line: line, Err: stops(bad), last: true}
		}
		return item, at, err
	}}, nil
}

var errNoMore = errors.New("no more elements")

// element reads the next element of the array and the line on which it begins.
func (e *elements) element(first bool) (int, []byte, error) {
	c, err := e.peek()
	if err != nil {
		return e.line, nil, err
	}
	if c == ']' {
		e.skip()
		return e.line, nil, errNoMore
	}
	if !first {
		if c != ',' {
			return e.line, nil, fmt.Errorf("a comma is wanted between two items, not %q", c)
		}
		e.skip()
		if _, err = e.peek(); err != nil {
			return e.line, nil, err
		}
	}
	line := e.line
	text, err := e.raw()
	return line, text, err
}

// untilList reads the fields in front of the list, and the list's name.
func (e *elements) untilList(env envelope) error {
	for {
		key, err := e.key()
		if err != nil {
			return err
		}
		if key == env.list {
			return nil
		}
		if err := e.period(key, env); err != nil {
			return err
		}
		switch c, err := e.peek(); {
		case err != nil:
			return err
		case c == '}':
			return fmt.Errorf("the object has no field %q", env.list)
		case c != ',':
			return fmt.Errorf("a comma is wanted, not %q", c)
		}
		e.skip()
	}
}

// finish reads what stands after the list: the rest of the object, and then nothing.
func (e *elements) finish(wrapped bool, env envelope) error {
	for wrapped {
		c, err := e.peek()
		if err != nil {
			return err
		}
		e.skip()
		if c == '}' {
			break
		}
		if c != ',' {
			return fmt.Errorf("a comma or the end of the object is wanted, not %q", c)
		}
		key, err := e.key()
		if err != nil {
			return err
		}
		if err := e.period(key, env); err != nil {
			return err
		}
	}
	if c, err := e.peek(); err == nil {
		return fmt.Errorf("%q stands after the end of the document", c)
	} else if err != io.ErrUnexpectedEOF {
		return err
	}
	return nil
}

// period reads a field that is not the list: it can only be the period, and must be the
// one that the run works on.
func (e *elements) period(key string, env envelope) error {
	if key != env.period || env.period == "" {
		return fmt.Errorf("%w %q", errUnknown, key)
	}
	text, err := e.raw()
	if err != nil {
		return err
	}
	if string(text) != `"`+env.want+`"` {
		return fmt.Errorf("the file says %s %.20s, the run works on %q: set -period", key, text, env.want)
	}
	return nil
}

func (e *elements) key() (string, error) {
	if _, err := e.peek(); err != nil {
		return "", err
	}
	text, err := e.raw()
	if err != nil {
		return "", err
	}
	if err := syntax(text); err != nil {
		return "", err
	}
	key, err := (&value{b: text}).text()
	if err != nil {
		return "", err
	}
	if c, err := e.peek(); err != nil {
		return "", err
	} else if c != ':' {
		return "", fmt.Errorf("a colon is wanted after %q, not %q", key, c)
	}
	e.skip()
	_, err = e.peek()
	return key, err
}

// broken is the error after which nothing can be read.
func (e *elements) broken(err error) *Error {
	return &Error{Line: e.line, Err: stops(whole(err)), last: true}
}

func whole(err error) error {
	if err == io.ErrUnexpectedEOF {
		return errors.New("the document ends too early")
	}
	return err
}

func stops(err error) error { return fmt.Errorf("%w; reading stopped here", err) }
