package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxValue bounds what is held of a document at a time: the largest element of its lists.
const maxValue = 16 << 20

// document is a JSON document that is read as a stream.
type document struct {
	*json.Decoder
	input *boundedReader
}

func newDocument(r io.Reader) *document {
	input := &boundedReader{r: r, left: maxValue}
	return &document{json.NewDecoder(input), input}
}

// elements calls read for each element of the list that comes next, which must call Decode. A null
// is an empty list.
func (d *document) elements(noun string, read func() error) error {
	switch start, err := d.token(); {
	case err != nil:
		return err
	case start == nil:
		return nil
	case start != json.Delim('['):
		return fmt.Errorf("it has no list of %ss: found %v at byte %d", noun, start, d.InputOffset())
	}
	for n := 1; d.More(); n++ {
		if err := read(); err != nil {
			return fmt.Errorf("%s %d: %w", noun, n, err)
		}
	}
	_, err := d.token()
	return err
}

// fields calls read for each field of the object that comes next. It must read the value.
func (d *document) fields(read func(name string) error) error {
	switch start, err := d.token(); {
	case err != nil:
		return err
	case start != json.Delim('{'):
		return fmt.Errorf("it is no JSON object: found %v at byte %d", start, d.InputOffset())
	}
	for d.More() {
		name, err := d.token()
		if err != nil {
			return err
		}
		if err := read(name.(string)); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// end reports what follows the document: there must be nothing.
func (d *document) end() error {
	switch next, err := d.Token(); {
	case err == io.EOF:
		return nil
	case err != nil:
		return d.explain(err)
	default:
		return fmt.Errorf("it has something after its end, at byte %d: %v", d.InputOffset(), next)
	}
}

// token is Token, with errors that say more.
func (d *document) token() (json.Token, error) {
	d.input.left = maxValue
	t, err := d.Token()
	return t, d.explain(err)
}

// decode is Decode for a value of at most maxValue bytes.
func (d *document) decode(v any) error {
	d.input.left = maxValue
	return d.explain(d.Decode(v))
}

// explain says what an error of the decoder means to somebody who has only the file.
func (d *document) explain(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF) && d.InputOffset() == 0:
		return errors.New("it is empty")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends in the middle: it was cut off, or is still being written")
	case errors.As(err, &syntax):
		return fmt.Errorf("it is no JSON, near byte %d: %v", syntax.Offset, syntax)
	case errors.As(err, &kind):
		return fmt.Errorf("%s is of a kind that was not expected: %s", kind.Field, kind.Value)
	}
	return err
}

// brief cuts the middle of a long error out: a value that it quotes may have megabytes.
func brief(err error) error {
	const most = 400
	if err == nil || len(err.Error()) <= most {
		return err
	}
	text := err.Error()
	return errors.New(strings.ToValidUTF8(text[:most/2]+"…"+text[len(text)-most/2:], ""))
}

// boundedReader fails when more is read than is left. Whoever begins with another value sets left.
type boundedReader struct {
	r    io.Reader
	left int64
}

// Read implements [io.Reader].
func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("it has a value of more than %d MiB", maxValue>>20)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
