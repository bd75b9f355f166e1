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
// costs one row.
type rowReader struct {
	in      *lineReader
	comma   byte
	pending []line // lines that were read for an invalid row, to be read again
	row     row
}

type line struct {
	n    int
	text []byte
	err  error // errTooLong, or nil
}

var (
	errBareQuote  = errors.New(`a quote inside a cell: put quotes around the cell, and double the one inside`)
	errAfterQuote = errors.New(`text follows the quote that closes a cell`)
	errOpenQuote  = errors.New(`the quote that opens a cell is never closed`)
)

// next reads the next row that is not blank into r.row, where it is valid until the next
// call, and returns the line it begins on.
func (r *rowReader) next() (int, error) {
	for {
		current, err := r.nextLine()
		if err == nil {
			err = current.err
		}
		if err != nil {
			return current.n, err
		}
		if isBlank(current.text) {
			continue
		}
		r.row.reset()
		var read []line
		size, n := len(current.text), current.n
		for {
			done, err := r.row.feed(current.text, r.comma)
			if done && err == nil {
				return n, nil
			}
			if err == nil && size > MaxItem {
				err = errOpenQuote
			}
			if err == nil {
				current, err = r.nextLine()
				if err == nil {
					read = append(read, line{current.n, bytes.Clone(current.text), current.err})
					size += len(current.text)
				}
				if err == io.EOF || current.err != nil {
					err = errOpenQuote
				}
			}
			if err != nil {
				r.pending = append(read, r.pending...)
				return n, err
			}
		}
	}
}

// nextLine returns the next line, a pending one first. After an error nothing can be read.
func (r *rowReader) nextLine() (line, error) {
	if len(r.pending) > 0 {
		first := r.pending[0]
		r.pending = r.pending[1:]
		return first, nil
	}
	text, err := r.in.next()
	if errors.Is(err, errTooLong) {
		return line{n: r.in.number, err: err}, nil
	}
	return line{n: r.in.number, text: text}, err
}

// row is a row, complete or being read. All cells share one buffer.
type row struct {
	buf    []byte
	ends   []int
	quoted bool // the next line continues a quoted cell
}

func (w *row) reset() { w.buf, w.ends, w.quoted = w.buf[:0], w.ends[:0], false }

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
		w.ends = append(w.ends, len(w.buf))
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
	return fmt.Errorf("cell %d: %w", len(w.ends)+1, err)
}
