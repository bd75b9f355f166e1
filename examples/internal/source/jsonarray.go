package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// envelope describes the object that may contain the array, as in a request's body.
type envelope struct {
	list   string // the field with the items
	period string // the field with the billing period, if there is one
	want   string // the period of the run, which a period in the file must equal
}

// arrayReader reads the array of a JSON document, holding one element at a time.
type arrayReader struct {
	r      *bufio.Reader
	line   int
	offset int64
	buf    []byte
}

// openJSON reads the document up to the first item, so that a document with another
// structure is an error before anything is sent.
func openJSON[T any](in *arrayReader, decode func(*decoder, *T) error, env envelope) (*Reader[T], error) {
	wrapped := false
	c, err := in.peek()
	if err == nil && c == '{' {
		wrapped = true
		in.skip()
		c, err = in.peek()
		if err == nil && c != '}' {
			err = in.readUntilList(env)
		} else if err == nil {
			err = fmt.Errorf("the object has no field %q", env.list)
		}
		if err == nil {
			c, err = in.peek()
		}
	}
	switch {
	case err != nil:
		return nil, &Error{Line: in.line, Err: describeEOF(err)}
	case c != '[':
		return nil, &Error{Line: in.line, Err: fmt.Errorf("expected an array of items, not %s", kindOf(c))}
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
		case errors.Is(err, errNoMore):
			done = true
			if err := in.readRest(wrapped, env); err != nil {
				return nil, position{in.line, in.offset}, in.fatal(err)
			}
			return nil, at, io.EOF
		case errors.Is(err, errTooLong):
			return nil, position{line, in.offset}, &Error{Line: line, Err: err}
		case err != nil:
			return nil, position{line, in.offset}, in.fatal(err)
		}
		at = position{line, in.offset}
		item, err = decodeItem(text, line, decode)
		if syntaxErr, ok := errors.AsType[*syntaxError](err); ok {
			line += countNewlines(text[:syntaxErr.at])
			if errors.Is(syntaxErr, errNotUTF8) {
				return nil, at, &Error{Line: line, Err: syntaxErr}
			}
			return nil, at, &Error{Line: line, Err: stopped(syntaxErr), last: true}
		}
		return item, at, err
	}}, nil
}

var errNoMore = errors.New("no more elements")

// element returns the next element of the array and the line on which it begins. The error
// after the last element is errNoMore.
func (a *arrayReader) element(first bool) (int, []byte, error) {
	c, err := a.peek()
	if err != nil {
		return a.line, nil, err
	}
	if c == ']' {
		a.skip()
		return a.line, nil, errNoMore
	}
	if !first {
		if c != ',' {
			return a.line, nil, fmt.Errorf("expected a comma between two items, not %q", c)
		}
		a.skip()
		if _, err = a.peek(); err != nil {
			return a.line, nil, err
		}
	}
	line := a.line
	text, err := a.rawValue()
	return line, text, err
}

// readUntilList reads the fields before the list, and the list's name.
func (a *arrayReader) readUntilList(env envelope) error {
	for {
		key, err := a.key()
		if err != nil {
			return err
		}
		if key == env.list {
			return nil
		}
		if err := a.checkPeriod(key, env); err != nil {
			return err
		}
		switch c, err := a.peek(); {
		case err != nil:
			return err
		case c == '}':
			return fmt.Errorf("the object has no field %q", env.list)
		case c != ',':
			return fmt.Errorf("expected a comma, not %q", c)
		}
		a.skip()
	}
}

// readRest reads what follows the list: the rest of the object, if there is one, and the end
// of the document.
func (a *arrayReader) readRest(wrapped bool, env envelope) error {
	for wrapped {
		c, err := a.peek()
		if err != nil {
			return err
		}
		a.skip()
		if c == '}' {
			break
		}
		if c != ',' {
			return fmt.Errorf("expected a comma or the end of the object, not %q", c)
		}
		key, err := a.key()
		if err != nil {
			return err
		}
		if err := a.checkPeriod(key, env); err != nil {
			return err
		}
	}
	if c, err := a.peek(); err == nil {
		return fmt.Errorf("unexpected %q after the end of the document", c)
	} else if err != io.ErrUnexpectedEOF {
		return err
	}
	return nil
}

// checkPeriod reads a field other than the list. It must be the period of the run.
func (a *arrayReader) checkPeriod(key string, env envelope) error {
	if key != env.period || env.period == "" {
		return fmt.Errorf("%w %q", errUnknown, key)
	}
	text, err := a.rawValue()
	if err != nil {
		return err
	}
	if string(text) != `"`+env.want+`"` {
		return fmt.Errorf("the file has %s %.20s, but this run uses %q: set -period", key, text, env.want)
	}
	return nil
}

func (a *arrayReader) key() (string, error) {
	if _, err := a.peek(); err != nil {
		return "", err
	}
	text, err := a.rawValue()
	if err != nil {
		return "", err
	}
	if err := checkSyntax(text); err != nil {
		return "", err
	}
	key, err := (&decoder{data: text}).stringValue()
	if err != nil {
		return "", err
	}
	if c, err := a.peek(); err != nil {
		return "", err
	} else if c != ':' {
		return "", fmt.Errorf("expected a colon after %q, not %q", key, c)
	}
	a.skip()
	_, err = a.peek()
	return key, err
}

// fatal returns an error after which nothing more can be read.
func (a *arrayReader) fatal(err error) *Error {
	return &Error{Line: a.line, Err: stopped(describeEOF(err)), last: true}
}

func describeEOF(err error) error {
	if err == io.ErrUnexpectedEOF {
		return errors.New("the document ends too early")
	}
	return err
}

func stopped(err error) error { return fmt.Errorf("%w; reading stopped here", err) }
