package bill

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"
)

// reading is the reading of a bill's inputs.
type reading struct {
	ctx      context.Context
	bill     *Bill
	options  Options
	sums     *sums
	slugs    slugs
	problems RowsError
	rows     int
	earlier  int   // rows of an earlier billing period
	bytes    int64 // of the inputs
	seed     maphash.Seed
	texts    map[uint64]string // the names of the inputs that have rows, by the hash of their text
	key      []byte
	attrs    []byte
	row      row
}

func newReading(ctx context.Context, b *Bill) *reading {
	return &reading{ctx: ctx, bill: b, options: b.options, sums: newSums(), slugs: slugs{}, seed: maphash.MakeSeed(), texts: map[uint64]string{}}
}

// row is what a row says about its amount.
type row struct {
	amount   apd.Decimal
	currency string
	start    int64  // where it counts
	provider string // the slug
	segment  string // what the type has behind the provider
}

// reportEvery is after how many rows the progress is told, and an interrupt is seen.
const reportEvery = 1024

// maxTotals is how many totals by provider, currency and day are kept in memory. A bill of ten
// years, three providers and three currencies has a third of it.
const maxTotals = 100_000

// read reads a file.
func (r *reading) read(in Input) error {
	counted := &counter{r: in.Reader, n: &r.bytes}
	text, err := unpacked(counted)
	if err != nil {
		return r.fileError(in, err)
	}
	rows, err := newRows(text, r.seed)
	if err != nil {
		return r.fileError(in, err)
	}
	header, err := rows.read()
	if err != nil {
		return r.fileError(in, fmt.Errorf("its first line cannot be read: %w", err))
	}
	columns, err := readHeader(header, r.options.Cost)
	if err != nil {
		return r.fileError(in, err)
	}
	before := r.rows
	for {
		cells, err := rows.read()
		if err == io.EOF {
			r.tell()
			return r.checkNew(in, rows, r.rows-before)
		}
		r.rows++
		if r.rows%reportEvery == 0 {
			r.tell()
			if r.ctx.Err() != nil {
				return context.Cause(r.ctx)
			}
		}
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			r.problems.add(RowError{File: in.Name, Line: parse.StartLine, Err: rowText(parse, rows, len(cells), columns)})
			continue
		}
		if errors.Is(err, errLongRow) {
			return r.fileError(in, fmt.Errorf("the row after %d rows %w", r.rows-1, err))
		}
		if err != nil {
			return r.fileError(in, err)
		}
		if f, err := r.add(columns, cells, rows.mayBeCutOff()); err != nil {
			problem := RowError{File: in.Name, Line: rows.line(), Err: err}
			if f < fields {
				problem.Column = columns.names[f]
				if i := columns.indexes[f]; i >= 0 {
					problem.Line, _ = rows.csv.FieldPos(i)
				}
			}
			r.problems.add(problem)
			continue
		}
		if r.sums.size >= r.options.Buffer {
			if err := r.bill.store.flush(r.ctx, r.sums); err != nil {
				return err
			}
		}
		if len(r.bill.totals) > maxTotals {
			return r.fileError(in, fmt.Errorf("it has more than %d different combinations of provider, currency and day: this is no bill", maxTotals))
		}
	}
}

// checkNew refuses a file that was read already, under another name or packed in another way.
func (r *reading) checkNew(in Input, rows *rows, n int) error {
	if n == 0 {
		return nil // parts without rows may be alike
	}
	hash := rows.guard.hash.Sum64()
	if earlier, found := r.texts[hash]; found {
		return r.fileError(in, fmt.Errorf("it has the same text as %s: its costs would count twice", earlier))
	}
	r.texts[hash] = in.Name
	return nil
}

// rowText says what is wrong with a row as CSV.
func rowText(err *csv.ParseError, rows *rows, cells int, columns *columns) error {
	if !errors.Is(err.Err, csv.ErrFieldCount) {
		return fmt.Errorf("%w, at byte %d of line %d", err.Err, err.Column, err.Line)
	}
	text := fmt.Errorf("has %d cells, the first line has %d", cells, columns.cells)
	if rows.mayBeCutOff() {
		return fmt.Errorf("%w, and no line end: the file is cut off here", text)
	}
	return text
}

// add adds the amount of a row to the sums, or returns what is wrong with it, and in which column;
// fields stands for none.
func (r *reading) add(c *columns, cells []string, last bool) (field, error) {
	if last && c.endsInSummed() && cells[len(cells)-1] != "" {
		return fields, errors.New("is the last one and has no line end: it may be cut off in its last cell, which counts. If it is not, add a line end")
	}
	for f, i := range c.indexes {
		if i >= 0 && !utf8.ValidString(cells[i]) {
			return field(f), errors.New("is not text in UTF-8")
		}
	}
	if f, err := r.parse(c, cells); err != nil || r.problems.Count > 0 {
		return f, err // one wrong row is enough: no more sums are needed
	}
	row := &r.row
	r.addTotal(row)
	r.key = appendKey(r.key[:0], row.provider, resourceOf(c, cells))
	entry := r.sums.record(r.key)
	r.attrs = appendAttributes(r.attrs[:0], c, cells)
	entry.see(r.sums, row.start, row.segment, r.attrs)
	r.sums.add(entry, row.currency, dayOf(row.start), &row.amount)
	return fields, nil
}

// parse reads what decides about an amount.
func (r *reading) parse(c *columns, cells []string) (f field, err error) {
	row := &r.row
	text := func(f field) string { return c.cell(cells, f) }
	for _, f := range []field{cost, currency, chargeStart, provider} {
		if text(f) == "" {
			return f, errors.New("is empty")
		}
	}
	if err := parseAmount(&row.amount, text(cost)); err != nil {
		return cost, quoted(text(cost), err)
	}
	if row.currency = text(currency); !isCurrency(row.currency) {
		return currency, quoted(row.currency, errors.New("is not a currency code such as EUR"))
	}
	if row.start, err = parseStart(text(chargeStart)); err != nil {
		return chargeStart, quoted(text(chargeStart), err)
	}
	if begin := text(billingStart); begin != "" {
		billing, err := parseStart(begin)
		if err != nil {
			return billingStart, quoted(begin, err)
		}
		if row.start < billing {
			row.start = billing
			r.earlier++
		}
	}
	if row.provider = r.slugs.of(text(provider)); row.provider == "" {
		return provider, quoted(text(provider), errNoLetters)
	}
	if row.segment = r.slugs.of(text(service)); row.segment == "" && text(service) != "" {
		return service, quoted(text(service), errNoLetters)
	}
	if kind := text(resourceType); r.options.Type == ByResourceType && kind != "" {
		if row.segment = r.slugs.of(kind); row.segment == "" {
			return resourceType, quoted(kind, errNoLetters)
		}
	}
	return fields, nil
}

var errNoLetters = errors.New("has neither letters nor digits, of which a type can be made")

// isCurrency reports whether a text has the form of a code: what ISO 4217 has, or what an exporter
// may take for one, which Klarity refuses then.
func isCurrency(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 16
}

// quoted puts what a cell holds before what is wrong with it.
func quoted(text string, err error) error {
	if short := cut(text, 40); short != text {
		text = short + "…"
	}
	return fmt.Errorf("%q %w", text, err)
}

// addTotal adds an amount to the total of the file, apart from the sums of the records.
func (r *reading) addTotal(row *row) {
	key := totalKey{row.provider, row.currency, dayOf(row.start)}
	sum := r.bill.totals[key]
	if sum == nil {
		sum = new(apd.Decimal)
		key.provider, key.currency = strings.Clone(key.provider), strings.Clone(key.currency)
		r.bill.totals[key] = sum
	}
	add(sum, &row.amount)
}

func (r *reading) tell() {
	if r.options.Progress != nil {
		r.options.Progress(r.rows, r.bytes)
	}
}

// fileError is the error of a file, unless reading was interrupted.
func (r *reading) fileError(in Input, err error) error {
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	return &FileError{in.Name, err}
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n *int64
}

// Read implements [io.Reader].
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}
