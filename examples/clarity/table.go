package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/klarity-go/klarity/api"
)

// row is a row of a small CSV file, by column, and its line.
type row struct {
	cells map[string]string
	line  int
}

// readTable reads a CSV file with the given columns, in any order. Spaces around cells do not
// count.
func readTable(name string, columns ...string) ([]row, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err // the name is said already
		}
		return nil, err
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")) // as Excel writes it
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
	var rows []row
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		found := row{map[string]string{}, line}
		for i, column := range header {
			found.cells[column] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, found)
	}
}

// reason is what is wrong with a record, without its name.
func reason(err error) error {
	if e, ok := errors.AsType[*api.RecordError](err); ok {
		return e.Err
	}
	return err
}

// ofColumn names the column of the file in place of the field of a record.
func ofColumn(err error) error {
	e, ok := errors.AsType[*api.FieldError](err)
	if !ok {
		return err
	}
	named := *e
	switch e.Field {
	case "costs.currency":
		named.Field = "currency"
	case "costs.values[0].value":
		named.Field = "price"
	case "record.nid":
		named.Field = "nid"
	}
	return &named
}
