package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/klarity-go/klarity/models"
)

// Options say how a file is read. The zero value sees by its content what it is.
type Options struct {
	// Format is the file's format; by default it is seen by the content.
	Format Format
	// Name is the file's name, whose extension tells the format where the content does not.
	Name string
	// Decimal says how amounts are written in the cells of a sheet.
	Decimal Decimal
	// Encoding is that of a text without a byte order mark; UTF-8 by default.
	Encoding Encoding
	// Sheet is the sheet of a workbook that is read, the first visible one by default.
	Sheet string
}

// Reader reads the items of one file.
type Reader[T any] struct {
	items items[T]
	pos   Position
	seen  keySet
	notes *notes
	close func() error
}

// items are the items of a file in one of the formats.
type items[T any] interface {
	next() (item *T, at Position, err error)
	// raw is the text of the item that next returned last; see Reader.Raw.
	raw() []byte
	frame() Frame
}

// Records reads estate records. period is the billing period of the run: a JSON document
// with another one is refused.
//
// An error concerns the file as a whole, such as an unknown column; no item was read. A
// reader must be closed.
func Records(r io.Reader, o Options, period models.InsertInPeriod) (*Reader[models.EstateRecord], error) {
	return open(r, o, form[models.EstateRecord]{recordTable(o.Decimal), (*decoder).record, envelope{"records", "insertInPeriod", string(period)}})
}

// Locators reads the locators of records to delete; see Records. Columns that are not about
// a locator are ignored, with a warning: the sheet that was uploaded may be used to delete.
func Locators(r io.Reader, o Options, period models.Period) (*Reader[models.RecordLocator], error) {
	return open(r, o, form[models.RecordLocator]{locatorTable(), (*decoder).locator, envelope{"records", "period", string(period)}})
}

// Enrichments reads data to attach to records; see Records.
func Enrichments(r io.Reader, o Options) (*Reader[models.Enrichment], error) {
	return open(r, o, form[models.Enrichment]{enrichmentTable(), (*decoder).enrichment, envelope{list: "enrichments"}})
}

// All yields every item, or an [*Error] in place of an invalid one.
func (r *Reader[T]) All() iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			item, at, err := r.items.next()
			if err == io.EOF { // not errors.Is: a failed stream may wrap io.EOF
				return
			}
			r.pos = at
			var itemErr *Error
			if err != nil && !errors.As(err, &itemErr) {
				itemErr = at.fail(fmt.Errorf("reading stopped here, the rest of the input is unknown: %w", err))
				itemErr.last = true
			}
			if itemErr != nil {
				if !yield(nil, itemErr) || itemErr.last {
					return
				}
				continue
			}
			if r.seen.add(keyOf(item)) {
				r.notes.add(noteDuplicate, at.String())
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// Position is where the item yielded last stands.
func (r *Reader[T]) Position() Position { return r.pos }

// Raw is the text of the item yielded last as it stands in the input, in UTF-8 and without
// the line end after it: the row of a CSV file, of a workbook the row as CSV, the line or the
// element of JSON. It is made only when it is asked for, valid until the next item is pulled,
// and nil for an item that was too long to be read.
func (r *Reader[T]) Raw() []byte { return r.items.raw() }

// Frame is what turns texts of [Reader.Raw] into a file that can be read in place of the
// input: Head, the texts with Between between them, and Tail.
type Frame struct {
	Head, Between, Tail string
}

// Frame returns the frame for the texts of the items. The Tail is known when all were read: the row
// of a CSV file that may be cut off has no line end there, either.
func (r *Reader[T]) Frame() Frame { return r.items.frame() }

// Warnings returns what a person should know about the input although it was read, since the
// last call. Each kind is one sentence, with how often it was found and where first.
func (r *Reader[T]) Warnings() []string { return r.notes.take(r.seen.full()) }

// Close deletes what was written to a temporary file. It does not close the input.
func (r *Reader[T]) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

// form is what a kind of item looks like in the formats.
type form[T any] struct {
	table    table[T]
	decode   func(*decoder, *T) error
	envelope envelope
}

func open[T any](in io.Reader, o Options, f form[T]) (*Reader[T], error) {
	s, err := openStream(in)
	if err != nil {
		return nil, err
	}
	r := &Reader[T]{notes: &notes{}}
	if s.isZip() {
		r.items, r.close, err = openWorkbook(s, o, f.table, r.notes)
	} else {
		r.items, err = openText(s, o, f, r.notes)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func openText[T any](s *stream, o Options, f form[T], notes *notes) (items[T], error) {
	if err := s.decode(o.Encoding); err != nil {
		return nil, err
	}
	format, shape, err := formatOf(s.text, o)
	if err != nil {
		return nil, err
	}
	if err := o.check(format); err != nil {
		return nil, err
	}
	if format == CSV {
		// One character of another encoding means that the whole file is in it.
		if s, err = s.checkWhole(o.Encoding); err != nil {
			return nil, err
		}
		return openCSV(&lineReader{in: s.text}, s, f.table, notes)
	}
	if format == JSONLines {
		return &jsonLines[T]{in: &lineReader{in: s.text}, stream: s, decode: f.decode}, nil
	}
	in := &arrayReader{r: s.text, line: 1, sequence: shape == sequence}
	if in.sequence {
		return &jsonArray[T]{in: in, stream: s, decode: f.decode}, nil
	}
	return openJSON(in, s, f.decode, f.envelope)
}

// check refuses an option that is not about the format, because somebody expects it to count.
func (o Options) check(f Format) error {
	switch {
	case o.Sheet != "" && f != XLSX:
		return fmt.Errorf("-sheet is about workbooks, and this is %s: leave it out", f.noun())
	case o.Decimal != DecimalPlain && (f == JSON || f == JSONLines):
		return fmt.Errorf("-decimal is about sheets, and this is %s: leave it out", f.noun())
	case o.Encoding != "" && f == XLSX:
		return fmt.Errorf("-encoding is about texts, and this is %s: leave it out", f.noun())
	}
	return nil
}

// newBuffer returns a reader that can look ahead.
func newBuffer(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, 64<<10) }
