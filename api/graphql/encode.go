package graphql

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// encode makes the body of a request.
func encode(query string, variables any) ([]byte, error) {
	switch {
	case strings.TrimSpace(query) == "":
		return nil, &configError{errors.New("the query is empty")}
	case !utf8.ValidString(query):
		return nil, &configError{errors.New("the query is not UTF-8")}
	}
	body := struct {
		Query     string          `json:"query"`
		Variables json.RawMessage `json:"variables,omitempty"`
	}{Query: query}
	if variables != nil {
		encoded, err := json.Marshal(variables)
		switch {
		case err != nil:
			return nil, &configError{fmt.Errorf("the variables cannot be encoded: %w", err)}
		case !utf8.Valid(encoded) || hasReplacement(encoded):
			return nil, &configError{errors.New("the variables hold text that is not UTF-8")}
		case encoded[0] == '{':
			body.Variables = encoded
		case !bytes.Equal(encoded, []byte("null")):
			return nil, &configError{errors.New("the variables are not a JSON object: want a map or a struct")}
		}
	}
	b, err := json.Marshal(body)
	if err != nil { // strings and valid JSON always marshal
		return nil, &configError{err}
	}
	return b, nil
}

// hasReplacement reports whether encoding/json has replaced bytes that are not UTF-8, for
// which it alone writes \ufffd; the character itself it leaves as it is.
func hasReplacement(encoded []byte) bool {
	for {
		i := bytes.IndexByte(encoded, '\\')
		if i < 0 {
			return false
		}
		if bytes.HasPrefix(encoded[i:], []byte(`\ufffd`)) {
			return true
		}
		encoded = encoded[i+2:] // an escaped backslash begins no escape
	}
}

// checkOut reports whether a response's data can be decoded into out.
func checkOut(out any) error {
	if out == nil {
		return nil
	}
	if v := reflect.ValueOf(out); v.Kind() != reflect.Pointer || v.IsNil() {
		return &configError{fmt.Errorf("the data cannot be decoded into a %T: want a pointer that is not nil, or nil", out)}
	}
	return nil
}
