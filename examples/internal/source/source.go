package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/klarity-go/klarity/models"
)

// Format is how the items of a file are written down.
type Format string

const (
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
	JSON      Format = "json"
)

// FormatOf guesses the format from a file's name.
func FormatOf(name string) (Format, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return CSV, nil
	case ".jsonl", ".ndjson":
		return JSONLines, nil
	case ".json":
		return JSON, nil
	}
	return "", fmt.Errorf("the name %q does not tell the format: add -format csv, jsonl or json", name)
}

// Reader reads the items of one file.
type Reader[T any] struct {
	next func() (item *T, pos position, err error)
	pos  position
}

// position is where an item begins, and how many bytes were read when it was complete.
type position struct {
	line   int
	offset int64
}

// Records reads estate records. period is the one that the run writes to: a JSON document
// that says another is refused.
//
// The error is about the file as a whole, such as an unknown column: nothing was read.
func Records(r io.Reader, f Format, period models.InsertInPeriod) (*Reader[models.EstateRecord], error) {
	return open(r, f, recordTable(), (*decoder).record, envelope{"records", "insertInPeriod", string(period)})
}

// Locators reads where to find the records to delete, as Records does.
func Locators(r io.Reader, f Format, period models.Period) (*Reader[models.RecordLocator], error) {
	return open(r, f, locatorTable(), (*decoder).locator, envelope{"records", "period", string(period)})
}

// Enrichments reads data to attach to records, as Records does.
func Enrichments(r io.Reader, f Format) (*Reader[models.Enrichment], error) {
	return open(r, f, enrichmentTable(), (*decoder).enrichment, envelope{list: "enrichments"})
}

// All yields every item, or in its place the [*Error] that says what is wrong with it.
func (r *Reader[T]) All() iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			item, at, err := r.next()
			if err == io.EOF {
				return
			}
			r.pos = at
			var bad *Error
			if err != nil && !errors.As(err, &bad) {
				bad = &Error{Line: at.line, Err: fmt.Errorf("reading stopped here, the rest of the input is unknown: %w", err), last: true}
			}
			if bad != nil {
				if !yield(nil, bad) || bad.last {
					return
				}
				continue
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// Line is the line on which the item yielded last begins, from 1.
func (r *Reader[T]) Line() int { return r.pos.line }

// Offset is the number of bytes read up to the end of the item yielded last.
func (r *Reader[T]) Offset() int64 { return r.pos.offset }

func open[T any](in io.Reader, f Format, t table[T], decode func(*decoder, *T) error, e envelope) (*Reader[T], error) {
	r := bufio.NewReaderSize(in, 64<<10)
	skipped, err := skipBOM(r)
	if err != nil {
		return nil, err
	}
	switch f {
	case CSV:
		return openCSV(&lineReader{r: r, offset: skipped}, t)
	case JSONLines:
		return openJSONLines(&lineReader{r: r, offset: skipped}, decode), nil
	case JSON:
		return openJSON(&arrayReader{r: r, line: 1, offset: skipped}, decode, e)
	}
	return nil, fmt.Errorf("unknown format %q: csv, jsonl or json", f)
}

// skipMark skips the byte order mark that Excel puts in front of UTF-8, and tells files
// that are not text in UTF-8 at all.
func skipBOM(r *bufio.Reader) (int64, error) {
	head, err := r.Peek(3)
	if err != nil && err != io.EOF {
		return 0, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		n, err := r.Discard(3)
		return int64(n), err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return 0, errors.New("the text is UTF-16: save it as UTF-8")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return 0, errors.New("the file is compressed: pipe it through gunzip -c, with -file - and -format")
	}
	return 0, nil
}
