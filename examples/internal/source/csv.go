package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// rowReader reads CSV as defined by RFC 4180: quotes only around a whole cell, doubled
// inside it.
//
// encoding/csv reads the same format, but with a quote that is never closed it reads the
// rest of the file into memory as one cell. rowReader instead reports such a row as an
// error, and continues with the line after the one on which the row began: one stray quote
// costs one row. No line is read more than twice for that, because a row goes on only to the
// next line with an odd number of quotes, and the lines between are rows of their own.
type rowReader struct {
	in     *lineReader
	comma  byte
	row    row
	parsed int64 // bytes, those of lines that were read twice counted twice
}

var (
	errBareQuote  = errors.New(`a quote inside a cell: put quotes around the cell, and double the one inside`)
	errAfterQuote = errors.New(`text follows the quote that closes a cell`)
	errOpenQuote  = errors.New(`the quote that opens a cell is never closed`)
)

func isRowError(err error) bool {
	for _, e := range []error{errBareQuote, errAfterQuote, errOpenQuote, errTooLong} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// next reads the next row that is not blank into r.row, where it is valid until the next
// call, and returns the line it begins on.
func (r *rowReader) next() (int, error) {
	text, err := r.in.first()
	for err == nil && isBlank(text) {
		text, err = r.in.first()
	}
	n := r.in.number
	if err != nil {
		return n, err
	}
	r.row.reset()
	for {
		r.parsed += int64(len(text))
		done, err := r.row.feed(text, r.comma)
		if done && err == nil {
			return n, nil
		}
		if err == nil {
			text, err = r.in.more()
			if err == io.EOF || errors.Is(err, errTooLong) {
				err = errOpenQuote
			}
		}
		if err != nil {
			r.in.back()
			return n, err
		}
	}
}

// row is a row, complete or being read. All cells share one buffer.
type row struct {
	buf    []byte
	ends   []int
	quoted bool // the next line continues a quoted cell

	// columns, if not 0, is how many cells are kept. The cells after them are counted, and
	// whether one has a text, so that a line of separators costs no memory.
	columns   int
	extra     int
	extraText bool
}

func (w *row) reset() {
	w.buf, w.ends, w.quoted = w.buf[:0], w.ends[:0], false
	w.extra, w.extraText = 0, false
}

// isEmpty reports whether no cell has a text.
func (w *row) isEmpty() bool { return len(w.buf) == 0 && !w.extraText }

// cells returns the row's cells, in the memory of to if there is room.
func (w *row) cells(to []string) []string {
	to = to[:0]
	all, start := string(w.buf), 0
	for _, end := range w.ends {
		to = append(to, all[start:end])
		start = end
	}
	return to
}

// endCell ends the cell whose text was added to the buffer.
func (w *row) endCell() {
	kept := len(w.ends)
	if w.columns == 0 || kept < w.columns {
		w.ends = append(w.ends, len(w.buf))
		return
	}
	if len(w.buf) > w.ends[kept-1] {
		w.extraText = true
		w.buf = w.buf[:w.ends[kept-1]]
	}
	w.extra++
}

// feed adds a line. The row is done unless the line ends inside quotes.
func (w *row) feed(line []byte, comma byte) (done bool, err error) {
	i := 0
	for {
		switch {
		case w.quoted:
			n, closed := w.readQuoted(line[i:])
			if i += n; !closed {
				w.buf = append(w.buf, '\n')
				return false, nil
			}
			w.quoted = false
			if i < len(line) && line[i] != comma {
				return false, w.cellError(errAfterQuote)
			}
		case i < len(line) && line[i] == '"':
			w.quoted = true
			i++
			continue
		default:
			end := bytes.IndexByte(line[i:], comma)
			if end < 0 {
				end = len(line) - i
			}
			if bytes.IndexByte(line[i:i+end], '"') >= 0 {
				return false, w.cellError(errBareQuote)
			}
			w.buf = append(w.buf, line[i:i+end]...)
			i += end
		}
		w.endCell()
		if i == len(line) {
			return true, nil
		}
		i++ // the separator
	}
}

// readQuoted adds the text up to the closing quote, or the whole line, to the buffer. n is
// the number of bytes read, including the quote.
func (w *row) readQuoted(line []byte) (n int, closed bool) {
	for {
		q := bytes.IndexByte(line[n:], '"')
		if q < 0 {
			w.buf = append(w.buf, line[n:]...)
			return len(line), false
		}
		w.buf = append(w.buf, line[n:n+q]...)
		n += q + 1
		if n == len(line) || line[n] != '"' {
			return n, true
		}
		w.buf = append(w.buf, '"')
		n++
	}
}

func (w *row) cellError(err error) error {
	return fmt.Errorf("cell %d: %w", len(w.ends)+w.extra+1, err)
}
