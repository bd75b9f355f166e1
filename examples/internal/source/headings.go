package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// header is the first row of a sheet, understood.
type header[T any] struct {
	columns *columns
	set     []func(*T, cell) error // nil for a column without a heading, or one that is ignored
	kinds   []columnKind

	costs   []int32 // the columns of the last item's costs, shared by items that have the same
	scratch []int32
}

type columnKind uint8

const (
	columnUnnamed columnKind = iota
	columnIgnored
	columnField
	columnCost // of a day
)

// separators are what may stand between cells, in the order in which they are tried.
const separators = ",;\t|"

// readHeadings reads the first row of a CSV file, and the line sep=; before it, with which
// Excel is told the separator. Without that line the separator is the first one that gives
// all columns that must be there. head is the text of both lines, and width how many cells the
// first row has, with those that have no heading.
func (t table[T]) readHeadings(r *rowReader) (h header[T], head string, width int, err error) {
	text, err := firstLine(r.in)
	if err != nil {
		return h, "", 0, err
	}
	at := Position{Line: r.in.number}
	candidates := separators
	if sep, ok := separatorLine(text); ok {
		if len(sep) != 1 || sep[0] == '"' || sep[0] >= utf8.RuneSelf {
			return h, "", 0, at.fail(fmt.Errorf("%.20q names no separator: one character such as sep=;", text))
		}
		candidates, head = sep, string(r.in.text())
		if text, err = firstLine(r.in); err != nil {
			return h, "", 0, err
		}
		at.Line = r.in.number
	}
	if !utf8.Valid(text) {
		return h, "", 0, at.fail(errNotText(text, invalidUTF8(text)))
	}
	if bytes.IndexByte(text, '\r') >= 0 && bytes.IndexByte(text, '"') < 0 {
		return h, "", 0, at.fail(errors.New("the lines end in carriage returns alone (an old format of the Mac): save the file as CSV UTF-8"))
	}
	head += string(r.in.text())
	names, comma, err := t.split(text, candidates)
	if err != nil {
		return h, "", 0, at.fail(err)
	}
	r.comma = comma
	h, column, err := t.headings(names, false)
	if err != nil {
		if column >= 0 {
			at.Column = names[column]
		}
		return h, "", 0, at.fail(err)
	}
	return h, head, len(names), nil
}

// firstLine returns the next line that is not blank.
func firstLine(in *lineReader) ([]byte, error) {
	text, err := in.first()
	for err == nil && isBlank(text) {
		text, err = in.first()
	}
	switch {
	case err == io.EOF:
		return nil, errNoHeadings
	case errors.Is(err, errTooLong):
		return nil, Position{Line: in.number}.fail(err)
	}
	return text, err
}

var errNoHeadings = errors.New("the file is empty: the first line must name the columns")

// separatorLine returns what follows sep= in a line of its own.
func separatorLine(line []byte) (string, bool) {
	s := strings.Trim(string(line[:min(len(line), 20)]), `"`)
	if len(s) < len("sep=") || !strings.EqualFold(s[:len("sep=")], "sep=") {
		return "", false
	}
	return s[len("sep="):], true
}

// split splits the first line into headings. If no separator gives all columns that must be
// there, the one that gives the most known columns is taken, for the error.
func (t table[T]) split(line []byte, separators string) (best []string, comma byte, err error) {
	mostKnown := -1
	for i := range len(separators) {
		var w row
		done, splitErr := w.feed(line, separators[i])
		if splitErr == nil && !done {
			splitErr = errOpenQuote
		}
		if splitErr != nil {
			if mostKnown < 0 && err == nil {
				err = splitErr
			}
			continue
		}
		names, known := w.cells(nil), 0
		has := map[string]bool{}
		for _, n := range names {
			if set, _ := t.column(t.field(trimHeading(n))); set != nil {
				known++
			}
			has[t.field(trimHeading(n))] = true
		}
		if t.checkComplete(func(c string) bool { return has[c] }) == nil {
			return names, separators[i], nil
		}
		if known > mostKnown {
			best, comma, mostKnown = names, separators[i], known
		}
	}
	if best != nil {
		err = nil
	}
	return best, comma, err
}

// headings finds out what each column is about. With an error it returns the column that is
// at fault, -1 if it is not a single one.
func (t table[T]) headings(names []string, workbook bool) (h header[T], column int, err error) {
	for len(names) > 0 && trimHeading(names[len(names)-1]) == "" {
		names = names[:len(names)-1] // spreadsheets leave them
	}
	fields, paths := make([]string, len(names)), make([]string, len(names))
	h.set, h.kinds = make([]func(*T, cell) error, len(names)), make([]columnKind, len(names))
	seen := make(map[string]int, len(names))
	for i, name := range names {
		name = trimHeading(name)
		if names[i] = name; name == "" {
			continue
		}
		field := t.field(name)
		fail := func(err error) (header[T], int, error) {
			return h, i, fmt.Errorf("column %d, %.60q: %w", i+1, name, err)
		}
		if h.set[i], err = t.column(field); err != nil {
			return fail(err)
		}
		if h.set[i] == nil && t.ignoreUnknown {
			h.kinds[i] = columnIgnored
			continue
		}
		if h.set[i] == nil {
			return fail(t.unknown(name))
		}
		if before, duplicate := seen[field]; duplicate {
			return fail(fmt.Errorf("column %d has the same name", before))
		}
		seen[field] = i + 1
		fields[i], paths[i], h.kinds[i] = field, jsonPath(field), columnField
		if strings.HasPrefix(field, "cost.") {
			h.kinds[i] = columnCost
		}
	}
	h.columns = newColumns(names, paths, workbook)
	if err := t.checkComplete(func(c string) bool { return seen[c] > 0 }); err != nil {
		return h, -1, err
	}
	return h, -1, new(fieldTree).checkConflicts(names, fields)
}

// noteIgnored notices the columns that are ignored.
func (h *header[T]) noteIgnored(n *notes) {
	for i, kind := range h.kinds {
		if kind == columnIgnored {
			n.add(noteIgnored, fmt.Sprintf("column %q", h.columns.names[i]))
		}
	}
}

// trimHeading removes spaces around a heading, those included that a reader cannot see.
func trimHeading(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
}

// field returns a heading in the spelling of columnNames: their case does not matter, that of
// the keys in them does.
func (t table[T]) field(heading string) string {
	prefix, key, hasKey := strings.Cut(heading, ".")
	for known := range strings.SplitSeq(t.columnNames, ", ") {
		knownPrefix, _, knownHasKey := strings.Cut(known, ".")
		if hasKey == knownHasKey && strings.EqualFold(prefix, knownPrefix) {
			if hasKey {
				return knownPrefix + "." + key
			}
			return known
		}
	}
	return heading
}

// unknown is the error for a heading that is none.
func (t table[T]) unknown(name string) error {
	prefix, rest, _ := strings.Cut(strings.ToLower(name), ".")
	plain := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(prefix)
	for known := range strings.SplitSeq(t.columnNames, ", ") {
		knownPrefix, _, hasKey := strings.Cut(known, ".")
		for _, also := range aliases[knownPrefix] {
			if plain == also && hasKey == (rest != "") {
				return fmt.Errorf("unknown; did you mean %q?", known)
			}
		}
	}
	return fmt.Errorf("unknown; the columns are %s", t.columnNames)
}

// aliases are words that people write for a column, in lower case and without what joins
// words. They are suggested and not taken: what a column means is not guessed.
var aliases = map[string][]string{
	"tag": {"tags", "label", "labels"}, "meta": {"metadata"}, "cost": {"costs", "amount"}, "data": {"metadata", "meta"},
	"validThrough": {"validthrough", "validuntil", "validto"}, "id": {"recordid", "resourceid"}, "type": {"resourcetype", "recordtype"},
}

// jsonPath returns the path that a column's field has in the errors of the SDK.
func jsonPath(field string) string {
	prefix, key, _ := strings.Cut(field, ".")
	switch prefix {
	case "currency":
		return "costs.currency"
	case "tag":
		return "tags[" + strconv.Quote(key) + "]"
	case "meta", "data":
		path := map[string]string{"meta": "metadata", "data": "data"}[prefix]
		for k := range strings.SplitSeq(key, ".") {
			if isPlainName(k) {
				path += "." + k
			} else {
				path += "[" + strconv.Quote(k) + "]"
			}
		}
		return path
	case "cost":
		return "" // found by its number; see columns.of
	}
	return field
}

// isPlainName reports whether a key stands in a path without quotes.
func isPlainName(key string) bool {
	return plainName.MatchString(key)
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
