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

// Format is the format of a file.
type Format string

// The formats.
const (
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
	JSON      Format = "json"
)

// FormatOf returns the format for a file name's extension.
func FormatOf(name string) (Format, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return CSV, nil
	case ".jsonl", ".ndjson":
		return JSONLines, nil
	case ".json":
		return JSON, nil
	}
	return "", fmt.Errorf("the format of %q is not known from its name: add -format csv, jsonl or json", name)
}

// Reader reads the items of one file.
type Reader[T any] struct {
	next func() (item *T, pos position, err error)
	pos  position
}

// position is the line on which an item begins, and the number of bytes read up to its end.
type position struct {
	line   int
	offset int64
}

// Records reads estate records. period is the billing period of the run: a JSON document
// with another one is refused.
//
// An error concerns the file as a whole, such as an unknown column; no item was read.
func Records(r io.Reader, f Format, period models.InsertInPeriod) (*Reader[models.EstateRecord], error) {
	return open(r, f, recordTable(), (*decoder).record, envelope{"records", "insertInPeriod", string(period)})
}

// Locators reads the locators of records to delete; see Records.
func Locators(r io.Reader, f Format, period models.Period) (*Reader[models.RecordLocator], error) {
	return open(r, f, locatorTable(), (*decoder).locator, envelope{"records", "period", string(period)})
}

// Enrichments reads data to attach to records; see Records.
func Enrichments(r io.Reader, f Format) (*Reader[models.Enrichment], error) {
	return open(r, f, enrichmentTable(), (*decoder).enrichment, envelope{list: "enrichments"})
}

// All yields every item, or an [*Error] in place of an invalid one.
func (r *Reader[T]) All() iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			item, at, err := r.next()
			if err == io.EOF { // not errors.Is: a failed stream may wrap io.EOF
				return
			}
			r.pos = at
			var itemErr *Error
			if err != nil && !errors.As(err, &itemErr) {
				itemErr = &Error{Line: at.line, Err: fmt.Errorf("reading stopped here, the rest of the input is unknown: %w", err), last: true}
			}
			if itemErr != nil {
				if !yield(nil, itemErr) || itemErr.last {
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

// skipBOM skips the byte order mark that Excel writes before UTF-8, and returns an error for
// a file that is UTF-16 or compressed.
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
