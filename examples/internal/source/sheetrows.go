package source

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// sheetRows are the items of a sheet of a workbook.
type sheetRows[T any] struct {
	sheetValues
	xml    *sheetXML
	sheet  sheet
	header header[T]
	table  table[T]
	notes  *notes
	bytes  func() int64 // how much of the file was read
	comma  bool         // amounts are written with a decimal comma in the text of a row
	got    bool         // a row was read
}

// openWorkbook reads a workbook up to the headings of the sheet.
func openWorkbook[T any](s *stream, o Options, t table[T], n *notes) (items[T], func() error, error) {
	if o.Format != "" && o.Format != XLSX {
		return nil, nil, fmt.Errorf("this is a zip archive, such as an Excel workbook, and not %s: leave out -format", o.Format.noun())
	}
	if err := o.check(XLSX); err != nil {
		return nil, nil, err
	}
	p, size, remove, err := openZip(s)
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	rows := &sheetRows[T]{table: t, notes: n, comma: o.Decimal == DecimalComma}
	part, err := rows.open(p, size, o.Sheet)
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return rows, func() error { return errors.Join(part.Close(), remove()) }, nil
}

// open reads what the sheet's cells refer to, and its headings. The caller must close the
// part of the archive that it returns.
func (s *sheetRows[T]) open(p parts, size int64, name string) (io.Closer, error) {
	w, err := readWorkbook(p)
	if err != nil {
		return nil, err
	}
	if s.sheet, err = w.sheet(name); err != nil {
		return nil, err
	}
	s.date1904 = w.date1904
	if s.texts, err = readTexts(p, w.texts, maxTexts); err != nil {
		return nil, err
	}
	if s.styles, err = readDateStyles(p, w.styles); err != nil {
		return nil, err
	}
	part, err := p.open(s.sheet.part)
	if err != nil {
		return nil, err
	}
	s.xml = newSheetXML(part)
	total := max(1, float64(p[strings.ToLower(s.sheet.part)].UncompressedSize64))
	s.bytes = func() int64 {
		return int64(min(1, float64(s.xml.budget.read)/total) * float64(size))
	}
	if err := s.readHeadings(); err != nil {
		_ = part.Close()
		return nil, err
	}
	s.header.noteIgnored(s.notes)
	return part, nil
}

func (s *sheetRows[T]) at() Position {
	return Position{Sheet: s.sheet.name, Line: s.xml.row, Offset: s.bytes(), columns: s.header.columns}
}

// readHeadings reads the first row that is not blank.
func (s *sheetRows[T]) readHeadings() error {
	var names []string
	for len(names) == 0 {
		err := s.xml.next()
		if err == io.EOF {
			return fmt.Errorf("the sheet %q is empty: its first row must name the columns", s.sheet.name)
		}
		if err != nil {
			return err
		}
		for _, c := range s.xml.cells {
			value, err := s.value(c)
			if err != nil {
				at := s.at()
				at.Letter = columnLetters(c.column)
				return at.fail(err)
			}
			if trimHeading(value.text) != "" {
				names = append(names, make([]string, c.column-len(names))...)
				names = append(names, value.text)
			}
		}
	}
	header, column, err := s.table.headings(names, true)
	if err != nil {
		at := s.at()
		if column >= 0 {
			at.Column, at.Letter = names[column], columnLetters(column)
		}
		return at.fail(err)
	}
	s.header = header
	return nil
}

func (s *sheetRows[T]) next() (*T, Position, error) {
	for {
		s.got = false
		err := s.xml.next()
		at := s.at()
		if err == io.EOF && s.xml.merged > 0 {
			s.notes.addN(noteMerged, s.xml.merged, quoteSheet(s.sheet.name)+"!"+s.xml.firstMerged)
		}
		if err != nil {
			return nil, at, err
		}
		if s.isBlank() {
			continue
		}
		s.got = true
		if s.xml.hidden {
			s.notes.add(noteHidden, at.String())
		}
		return s.header.item(s.table, at, s.notes, len(s.xml.cells), func(i int) (int, cell, error) {
			c := s.xml.cells[i]
			value, err := s.value(c)
			return c.column, value, err
		})
	}
}

// isBlank reports whether no cell of the row has a value or an error.
func (s *sheetRows[T]) isBlank() bool {
	for _, c := range s.xml.cells {
		if value, err := s.value(c); err != nil || value.text != "" {
			return false
		}
	}
	return true
}

// raw returns the row as CSV.
func (s *sheetRows[T]) raw() []byte {
	if !s.got {
		return nil
	}
	texts := make([]string, len(s.header.set))
	for _, c := range s.xml.cells {
		if more := c.column + 1 - len(texts); more > 0 && c.value != "" {
			texts = append(texts, make([]string, more)...)
		} else if more > 0 {
			continue
		}
		value, err := s.value(c)
		if err != nil {
			value.text = c.value // an error such as #N/A, as people see it
		}
		if s.comma && value.kind == cellNumber && c.column < len(s.header.kinds) && s.header.kinds[c.column] == columnCost {
			value.text = strings.Replace(value.text, ".", ",", 1)
		}
		texts[c.column] = value.text
	}
	return appendRow(nil, texts)
}

func (s *sheetRows[T]) frame() Frame {
	return Frame{Head: string(appendRow(nil, s.header.columns.names)) + "\n", Between: "\n", Tail: "\n"}
}

// appendRow appends a row of CSV.
func appendRow(b []byte, cells []string) []byte {
	for i, c := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		if strings.ContainsAny(c, ",\"\r\n") {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		b = append(b, c...)
	}
	return b
}
