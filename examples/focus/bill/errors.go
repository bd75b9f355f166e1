package bill

import (
	"fmt"
	"strings"
)

// FileError is a file that is no bill, or cannot be read to its end.
type FileError struct {
	Name string
	Err  error
}

// Error implements error.
func (e *FileError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns what is wrong with the file.
func (e *FileError) Unwrap() error { return e.Err }

// RowError is a row that cannot be read.
type RowError struct {
	File   string
	Line   int
	Column string // "" if it is about the row as a whole
	Err    error
}

// Error implements error.
func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("%s, line %d: %v", e.File, e.Line, e.Err)
	}
	return fmt.Sprintf("%s, line %d, column %s: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap returns what is wrong with the row.
func (e *RowError) Unwrap() error { return e.Err }

// maxRowErrors is how many of them are kept.
const maxRowErrors = 10

// RowsError are the rows of a bill that cannot be read.
type RowsError struct {
	First []RowError // the first ten
	Count int        // of all of them
}

// Error implements error, with a line for each of the first rows.
func (e *RowsError) Error() string {
	var b strings.Builder
	rows := "1 row"
	if e.Count > 1 {
		rows = fmt.Sprintf("%d rows", e.Count)
	}
	fmt.Fprintf(&b, "%s cannot be read, so the sums would be too low: nothing was sent", rows)
	for i := range e.First {
		b.WriteString("\n  " + e.First[i].Error())
	}
	if more := e.Count - len(e.First); more > 0 {
		fmt.Fprintf(&b, "\n  … and %d more", more)
	}
	return b.String()
}

func (e *RowsError) add(row RowError) {
	if e.Count++; len(e.First) < maxRowErrors {
		e.First = append(e.First, row)
	}
}
