package graphql

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/klarity-go/klarity/internal/transport"
)

// Errors are the errors of a response, in its order.
type Errors []ResponseError

// ResponseError is one error of a response. The form is the one of the GraphQL specification
// (section 7.1.2); that Klarity sends it is not stated in any public source, so whatever it
// sends is taken as far as it fits. All texts are lines of about 500 bytes at most, without
// the secret.
type ResponseError struct {
	// Message says what went wrong, in the server's words.
	Message string `json:"message"`
	// Path is the field of the response that the error is about, or empty.
	Path Path `json:"path,omitempty"`
	// Locations are places in the document.
	Locations []Location `json:"locations,omitempty"`
	// Type is the errorType beside the message, as services in the manner of AWS AppSync
	// send it, such as UnauthorizedException.
	Type string `json:"errorType,omitempty"`
	// Extensions are what the server adds. Their values are as [json.Unmarshal] makes them.
	// Those of more than 4 KiB are left out.
	Extensions map[string]any `json:"extensions,omitempty"`
}

// Location is a place in a document, both counted from 1.
type Location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Path leads to a field of the response: each element is a string, the name or alias of a
// field, or an int, the index in a list from 0.
type Path []any

// String returns a path such as accountsV2.accounts[3].owner.
func (p Path) String() string {
	var b strings.Builder
	for _, element := range p {
		switch e := element.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(e) + "]")
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(e)
		}
	}
	return b.String()
}

// String returns the message, with the type and the path if there are any.
func (e ResponseError) String() string {
	text := e.Message
	if text == "" {
		text = "an error without a message"
	}
	if e.Type != "" {
		text = e.Type + ": " + text
	}
	if path := e.Path.String(); path != "" {
		text += " (at " + transport.Head(path, 200) + ")"
	}
	return text
}

const (
	maxErrors     = 1000 // of a response
	maxExtensions = 4 << 10
	maxPath       = 50 // elements of a path, or locations
	maxName       = 100
)

// parseErrors reads the errors of a response as far as they have the form of the
// specification, and says how many there are beyond those it keeps.
func parseErrors(raw json.RawMessage, redact transport.Redactor) (errs Errors, more int) {
	if isNull(raw) {
		return nil, 0
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw} // not a list: one error
	}
	for i, raw := range list {
		if i == maxErrors {
			return errs, len(list) - i
		}
		errs = append(errs, parseError(raw, redact))
	}
	return errs, 0
}

func parseError(raw json.RawMessage, redact transport.Redactor) ResponseError {
	var fields struct{ Message, Path, Locations, ErrorType, Extensions json.RawMessage }
	if json.Unmarshal(raw, &fields) != nil { // not an object
		fields.Message = raw
	}
	e := ResponseError{
		Message: text(fields.Message, maxMessage, redact),
		Path:    parsePath(fields.Path, redact),
		Type:    text(fields.ErrorType, maxName, redact),
	}
	var locations []Location
	if json.Unmarshal(fields.Locations, &locations) == nil {
		e.Locations = locations[:min(len(locations), maxPath)]
	}
	if len(fields.Extensions) <= maxExtensions {
		d := json.NewDecoder(bytes.NewReader(fields.Extensions))
		d.UseNumber()
		var extensions map[string]any
		if d.Decode(&extensions) == nil && extensions != nil {
			e.Extensions, _ = sanitize(extensions, redact).(map[string]any)
		}
	}
	return e
}

// text is a JSON string's, or the JSON itself if it is none.
func text(raw json.RawMessage, n int, redact transport.Redactor) string {
	if isNull(raw) {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	return redact.Line(s, n)
}

func parsePath(raw json.RawMessage, redact transport.Redactor) Path {
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil {
		return nil
	}
	var path Path
	for _, raw := range elements[:min(len(elements), maxPath)] {
		var index int
		if json.Unmarshal(raw, &index) == nil && !isNull(raw) && redact(string(raw)) == string(raw) {
			path = append(path, index)
		} else {
			path = append(path, text(raw, maxName, redact))
		}
	}
	return path
}

// sanitize makes each text in a value a line without secrets.
func sanitize(value any, redact transport.Redactor) any {
	switch v := value.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, value := range v {
			m[redact.Line(name, maxName)] = sanitize(value, redact)
		}
		return m
	case []any:
		for i := range v {
			v[i] = sanitize(v[i], redact)
		}
		return v
	case string:
		return redact.Line(v, maxMessage)
	case json.Number:
		if f, err := v.Float64(); err == nil && redact(v.String()) == v.String() {
			return f
		}
		return redact.Line(v.String(), maxMessage)
	}
	return value
}
