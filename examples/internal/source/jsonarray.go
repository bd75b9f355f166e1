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
	r        *bufio.Reader
	sequence bool // there is no array: one item follows the other
	line     int
	offset   int64
	buf      []byte
}

// jsonArray are the items of a JSON document.
type jsonArray[T any] struct {
	in       *arrayReader
	stream   *stream
	decode   func(*decoder, *T) error
	envelope envelope
	wrapped  bool // in an object
	begun    bool
	done     bool
	text     []byte
}

// openJSON reads the document up to the first item, so that a document with another
// structure is an error before anything is sent.
func openJSON[T any](in *arrayReader, s *stream, decode func(*decoder, *T) error, env envelope) (*jsonArray[T], error) {
	j := &jsonArray[T]{in: in, stream: s, decode: decode, envelope: env}
	c, err := in.peek()
	if err == nil && c == '{' {
		j.wrapped = true
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
		return nil, Position{Line: in.line}.fail(describeEOF(err))
	case c != '[':
		return nil, Position{Line: in.line}.fail(fmt.Errorf("expected an array of items, not %s", kindOf(c)))
	}
	in.skip()
	return j, nil
}

func (j *jsonArray[T]) next() (item *T, at Position, err error) {
	in := j.in
	if j.text = nil; j.done {
		return nil, j.at(in.line), io.EOF
	}
	line, text, err := in.element(!j.begun)
	j.begun = true
	at = j.at(line)
	switch {
	case errors.Is(err, errNoMore):
		j.done = true
		if j.in.sequence {
			return nil, at, io.EOF
		}
		if err := in.readRest(j.wrapped, j.envelope); err != nil {
			return nil, j.at(in.line), in.fatal(err)
		}
		return nil, at, io.EOF
	case errors.Is(err, errTooLong):
		return nil, at, at.fail(err)
	case err != nil:
		return nil, at, in.fatal(err)
	}
	j.text = text
	item, err = decodeItem(text, at, j.decode)
	if syntaxErr, ok := errors.AsType[*syntaxError](err); ok {
		at.Line += countNewlines(text[:syntaxErr.at])
		if errors.Is(syntaxErr, errNotUTF8) {
			return nil, j.at(line), at.fail(syntaxErr)
		}
		itemErr := at.fail(stopped(syntaxErr))
		itemErr.last = true
		return nil, j.at(line), itemErr
	}
	return item, at, err
}

func (j *jsonArray[T]) at(line int) Position {
	return Position{Line: line, Offset: j.stream.offset(j.in.offset)}
}

func (j *jsonArray[T]) raw() []byte { return j.text }

func (j *jsonArray[T]) frame() Frame {
	if j.in.sequence {
		return Frame{Head: j.stream.frameMark(), Between: "\n", Tail: "\n"}
	}
	return Frame{Head: j.stream.frameMark() + "[\n", Between: ",\n", Tail: "\n]\n"}
}

var errNoMore = errors.New("no more elements")

// element returns the next element of the array, or of a sequence, and the line on which it
// begins. The error after the last element is errNoMore.
func (a *arrayReader) element(first bool) (int, []byte, error) {
	c, err := a.peek()
	if a.sequence && err == io.ErrUnexpectedEOF {
		return a.line, nil, errNoMore
	}
	if err != nil {
		return a.line, nil, err
	}
	if c == ']' && !a.sequence {
		a.skip()
		return a.line, nil, errNoMore
	}
	if !first && !a.sequence {
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
	return &Error{Position: Position{Line: a.line}, Err: stopped(describeEOF(err)), last: true}
}

func describeEOF(err error) error {
	if err == io.ErrUnexpectedEOF {
		return errors.New("the document ends too early")
	}
	return err
}

func stopped(err error) error { return fmt.Errorf("%w; reading stopped here", err) }
