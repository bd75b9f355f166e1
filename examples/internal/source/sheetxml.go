package source

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The bounds of a sheet in Excel.
const (
	maxRows    = 1 << 20
	maxColumns = 1 << 14
)

// sheetXML reads the rows of a sheet from its XML, one at a time. A row, and what is between
// two rows, may have MaxItem bytes.
type sheetXML struct {
	d      *xml.Decoder
	budget *budgetReader
	ended  bool // after the last row

	row    int // the number of the row that was read last, from 1
	hidden bool
	cells  []sheetCell

	merged      int // groups of cells, known after the last row
	firstMerged string
}

func newSheetXML(r io.Reader) *sheetXML {
	budget := &budgetReader{Reader: r}
	return &sheetXML{d: newXML(budget), budget: budget}
}

// next reads the next row that is in the file. After the last one the error is io.EOF; every
// other error means that the rest cannot be read.
func (s *sheetXML) next() error {
	for !s.ended {
		token, err := s.token()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "row" {
				return s.readRow(token)
			}
		case xml.EndElement:
			if token.Name.Local == "sheetData" {
				s.ended = true
			}
		}
	}
	return s.readRest()
}

// token returns the next token. The XML has an end, so that io.EOF before it is an error.
func (s *sheetXML) token() (xml.Token, error) {
	s.budget.left = MaxItem
	if s.budget.read > maxSheet {
		return nil, fmt.Errorf("the sheet has more than %d GiB of XML: save it as CSV", int64(maxSheet)>>30)
	}
	return s.tokenOfRow()
}

func (s *sheetXML) tokenOfRow() (xml.Token, error) {
	token, err := s.d.RawToken()
	switch {
	case err == io.EOF:
		return nil, errZip(errors.New("the sheet ends too early"))
	case errors.Is(err, errTooMuchXML):
		return nil, fmt.Errorf("row %d of the sheet, or the one after it, has more than %d MiB of XML", s.row, MaxItem>>20)
	case err != nil:
		return nil, errZip(err)
	}
	return token, nil
}

// readRow reads the cells of a row whose element has begun. Rows and cells without a number
// follow the one before them.
func (s *sheetXML) readRow(start xml.StartElement) error {
	s.cells, s.hidden = s.cells[:0], isTrue(attribute(start, "hidden"))
	number := s.row + 1
	if r := attribute(start, "r"); r != "" {
		number, _ = strconv.Atoi(r)
	}
	if number <= s.row || number > maxRows {
		return errZip(fmt.Errorf("row %.20q follows row %d", attribute(start, "r"), s.row))
	}
	s.row = number
	for {
		token, err := s.tokenOfRow()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "c" {
				if err := s.readCell(token); err != nil {
					return err
				}
			}
		case xml.EndElement:
			if token.Name.Local == "row" {
				return nil
			}
		}
	}
}

func (s *sheetXML) readCell(start xml.StartElement) error {
	c := sheetCell{typ: attribute(start, "t"), style: attribute(start, "s")}
	last := -1
	if len(s.cells) > 0 {
		last = s.cells[len(s.cells)-1].column
	}
	c.column = last + 1
	if r := attribute(start, "r"); r != "" {
		c.column = columnOf(r)
	}
	if c.column <= last || c.column >= maxColumns {
		return errZip(fmt.Errorf("row %d has the cell %.20q out of order", s.row, attribute(start, "r")))
	}
	var value []byte
	in := ""
	for {
		token, err := s.tokenOfRow()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch in = token.Name.Local; in {
			case "f":
				c.formula = true
			case "v":
				c.hasValue = true
			case "is":
				c.hasValue = true
				if value, err = appendText(s.d, value, "is"); err != nil {
					return errZip(err)
				}
				in = ""
			}
		case xml.CharData:
			if in == "v" {
				value = append(value, token...)
			}
		case xml.EndElement:
			if in = ""; token.Name.Local == "c" {
				c.value = string(value)
				s.cells = append(s.cells, c)
				return nil
			}
		}
	}
}

// readRest reads what follows the rows: which cells are merged, and the checksum of the part.
func (s *sheetXML) readRest() error {
	for {
		s.budget.left = MaxItem
		token, err := s.d.RawToken()
		if err == io.EOF {
			return io.EOF
		}
		if err != nil {
			return errZip(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "mergeCell" {
			if s.merged++; s.merged == 1 {
				s.firstMerged = attribute(start, "ref")
			}
		}
	}
}

func attribute(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// columnOf returns the column, from 0, of a cell such as AB12; maxColumns if it has none.
func columnOf(reference string) int {
	letters := strings.TrimRight(reference, "0123456789")
	if letters == "" || len(letters) > 3 {
		return maxColumns
	}
	n := 0
	for i := range len(letters) {
		c := letters[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return maxColumns
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}
