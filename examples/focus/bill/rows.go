package bill

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"hash/maphash"
	"io"
)

// maxRow is how many bytes a row may have. Without a bound, a quote that is never closed would
// read the rest of the file into memory.
const maxRow = 1 << 20

// rows reads the rows of a text.
type rows struct {
	csv   *csv.Reader
	guard *guard
	mark  int64 // bytes of the byte order mark
}

func newRows(text io.Reader, seed maphash.Seed) (*rows, error) {
	g := &guard{r: text}
	g.hash.SetSeed(seed)
	b := bufio.NewReaderSize(g, readAhead)
	r := &rows{guard: g}
	if start, _ := b.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		n, err := b.Discard(len(byteOrderMark))
		if err != nil {
			return nil, err
		}
		r.mark = int64(n)
	}
	r.csv = csv.NewReader(b)
	r.csv.ReuseRecord = true
	return r, nil
}

// readAhead is how much is read at a time.
const readAhead = 64 << 10

var errLongRow = fmt.Errorf("has more than %d bytes: a quote that is opened in it may never be closed", maxRow)

// read returns the next row, which is valid until the next call. A [*csv.ParseError] is one of the
// row; after any other error there is nothing more to read.
func (r *rows) read() ([]string, error) {
	r.guard.left = maxRow + readAhead
	return r.csv.Read()
}

// mayBeCutOff reports whether the row that was read last is the last one, and has no line end: all
// that was read belongs to rows, and does not end in one.
func (r *rows) mayBeCutOff() bool {
	return r.guard.last != '\n' && r.csv.InputOffset()+r.mark == r.guard.read
}

// line is the one on which the row begins that was read last.
func (r *rows) line() int {
	line, _ := r.csv.FieldPos(0)
	return line
}

// guard bounds what is read for a row, and tells one text from another.
type guard struct {
	r    io.Reader
	left int
	read int64
	last byte
	hash maphash.Hash
}

// Read implements [io.Reader].
func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 && g.read > 0 {
		return 0, errLongRow
	}
	n, err := g.r.Read(p)
	g.left -= n
	g.read += int64(n)
	_, _ = g.hash.Write(p[:n]) // it does not fail
	if n > 0 {
		g.last = p[n-1]
	}
	return n, err
}
