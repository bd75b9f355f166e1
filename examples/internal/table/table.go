// Package table reads small CSV files with named columns, such as price sheets and lists of nids,
// which people write by hand or in a spreadsheet.
package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// Row is a row, by column, and the line that it begins on.
type Row struct {
	Cells map[string]string
	Line  int
}

// Read reads a CSV file whose first line names the given columns, in any order; others are read,
// too. Cells are separated by commas, or by semicolons. Spaces around them do not count, and
// rows whose cells are all empty are left out. The file
// is held in memory. One that is no UTF-8 is an error. An error does not say the file's name.
func Read(name string, columns ...string) ([]Row, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err // the name is said already
		}
		return nil, err
	}
	return Parse(content, columns...)
}

// Parse is Read for a file that was read already.
func Parse(content []byte, columns ...string) ([]Row, error) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")) // as Excel writes it
	if !utf8.Valid(content) {                                   // as older versions of Excel write it
		return nil, errors.New("it is no UTF-8: save it as \"CSV UTF-8\"")
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.TrimLeadingSpace = true
	first, _, _ := bytes.Cut(content, []byte("\n"))
	if bytes.Contains(first, []byte(";")) && !bytes.Contains(first, []byte(",")) {
		r.Comma = ';'
	}
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("no first line with the columns %s: %w", strings.Join(columns, ", "), err)
	}
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	for _, column := range columns {
		if !slices.Contains(header, column) {
			return nil, fmt.Errorf("the column %q is missing: the first line must name %s", column, strings.Join(columns, ", "))
		}
		if i := slices.Index(header, column); slices.Contains(header[i+1:], column) {
			return nil, fmt.Errorf("the column %q is there twice", column)
		}
	}
	var rows []Row
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		row := Row{map[string]string{}, line}
		for i, column := range header {
			row.Cells[column] = strings.TrimSpace(cells[i])
		}
		if strings.TrimSpace(strings.Join(cells, "")) != "" { // such as ";;", the empty rows of a spreadsheet
			rows = append(rows, row)
		}
	}
}
