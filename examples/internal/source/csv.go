package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// rows reads CSV as RFC 4180 has it: quotes only around a whole cell, doubled inside one.
//
// encoding/csv reads the same, but to it a quote that is never closed makes the rest of
// the file one cell, read into memory. Here such a row is given up, and reading goes on
// with the line after the one on which it began: one stray quote costs one row.
type rowReader struct {
	in      *lineReader
	comma   byte
	pending []line // lines that were read for a row that was given up
	row     row
}

type line struct {
	n    int
	text []byte
	err  error // the line was too long
}

var (
	errBareQuote  = errors.New(`a quote inside a cell: put quotes around the cell, and double the one inside`)
	errAfterQuote = errors.New(`text follows the quote that closes a cell`)
	errOpenQuote  = errors.New(`the quote that opens a cell is never closed`)
)

// next returns the cells of the next row that is not blank, and the line it begins on. The
// cells are valid until the next call.
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

// take returns the next line. Its error ends the reading.
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

// row is one row as it is being read. All cells share one buffer.
type row struct {
	buf    []byte
	ends   []int
	quoted bool // the line that comes next goes on inside a quoted cell
}

func (w *row) reset() { w.buf, w.ends, w.quoted = w.buf[:0], w.ends[:0], false }

// cells returns the row's cells.
func (w *row) cells(to []string) []string {
	to = to[:0]
	all, start := string(w.buf), 0
	for _, end := range w.ends {
		to = append(to, all[start:end])
		start = end
	}
	return to
}

// feed reads a line. The row is done unless the line ends inside quotes.
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

// untilQuote reads up to and over the closing quote, or the whole line.
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
