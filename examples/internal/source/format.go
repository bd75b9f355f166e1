package source

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Format is the format of a file.
type Format string

// The formats.
const (
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
	JSON      Format = "json"
	XLSX      Format = "xlsx"
)

// noun names a file of the format.
func (f Format) noun() string {
	switch f {
	case XLSX:
		return "an Excel workbook"
	case CSV:
		return "a CSV file"
	case JSONLines:
		return "a file of JSON lines"
	}
	return "a JSON document"
}

// formatOfName returns the format for a file name's extension, or "".
func formatOfName(name string) Format {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch filepath.Ext(name) {
	case ".csv", ".tsv", ".txt":
		return CSV
	case ".jsonl", ".ndjson":
		return JSONLines
	case ".json":
		return JSON
	}
	return ""
}

// shape is how the items of a JSON document follow each other.
type shape int

const (
	document shape = iota // an array, which may be inside an object
	sequence              // one object after the other, over several lines each
)

// formatOf sees the format of a text by its beginning. It looks ahead only as far as it must:
// a pipe may have no more yet.
func formatOf(r *bufio.Reader, o Options) (Format, shape, error) {
	if o.Format == XLSX {
		return "", 0, fmt.Errorf("this is no Excel workbook: leave out -format xlsx")
	}
	if o.Format == CSV || o.Format == JSONLines {
		return o.Format, 0, nil
	}
	head, err := peekUntil(r, func(b []byte) bool { return len(bytes.TrimSpace(b)) > 0 })
	if err != nil {
		return "", 0, err
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	first := byte(0)
	if len(text) > 0 {
		first = text[0]
	}
	switch named := formatOfName(o.Name); {
	case first == '{':
		return objectFormat(r, o.Format)
	case first == '[', o.Format == JSON:
		return JSON, document, nil
	case named != "":
		return named, document, nil
	case first == 0:
		return "", 0, fmt.Errorf("there is nothing in it that shows its format: add -format csv, jsonl, json or xlsx")
	}
	return CSV, 0, nil
}

// objectFormat tells the formats that begin with an object apart: a request's body, items of
// one line each, and items of several lines.
func objectFormat(r *bufio.Reader, given Format) (Format, shape, error) {
	head, err := peekUntil(r, func(b []byte) bool {
		text := bytes.TrimLeft(b, " \t\r\n")
		return firstKeyEnds(text) && (isEnvelope(firstKey(text)) || bytes.IndexByte(text, '\n') >= 0)
	})
	if err != nil {
		return "", 0, err
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	line, _, more := bytes.Cut(text, []byte("\n"))
	inSeveralLines := more && !balanced(line)
	switch key := firstKey(text); {
	case isEnvelope(key):
		return JSON, document, nil
	case inSeveralLines && key != "":
		return JSON, sequence, nil
	case given == JSON:
		return JSON, document, nil
	}
	return JSONLines, 0, nil
}

// isEnvelope reports whether a key is one of a request's body, and not of an item.
func isEnvelope(key string) bool {
	return key == "records" || key == "enrichments" || key == "insertInPeriod" || key == "period"
}

// firstKeyEnds reports whether text, which begins with an object, goes beyond its first key.
func firstKeyEnds(text []byte) bool {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	if len(rest) == 0 {
		return false
	}
	return rest[0] != '"' || bytes.IndexByte(rest[1:], '"') >= 0
}

func firstKey(text []byte) string {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' {
		return ""
	}
	key, _, _ := bytes.Cut(rest[1:], []byte(`"`))
	return string(key)
}

// balanced reports whether all brackets of a line of JSON are closed in it.
func balanced(line []byte) bool {
	depth, inString, escaped := 0, false, false
	for _, c := range line {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			depth--
		}
	}
	return depth == 0
}

// peekUntil looks ahead until enough says so, the buffer is full or the stream ends. It waits
// for one more byte at a time, and gets all that has come with it.
func peekUntil(r *bufio.Reader, enough func([]byte) bool) ([]byte, error) {
	for n := 1; ; n = r.Buffered() + 1 {
		if _, err := r.Peek(min(n, r.Size())); err != nil && err != io.EOF {
			return nil, err
		} else if head, _ := r.Peek(r.Buffered()); err == io.EOF || n > r.Size() || enough(head) {
			return head, nil
		}
	}
}
