package graphql

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"github.com/klarity-go/klarity/internal/transport"
)

// Creds are what Klarity reads a cloud account with: a JSON object in a string. For IBM Cloud it
// is {"apikey": "..."} (github.com/andreainnocenti/ibmcloud-klarity-finops, main.tf); its form for
// other providers is not public.
//
// Formatting, logging or marshalling Creds shows none of them, with the exceptions of [Key]. No
// error of an operation that sends them shows them, when the server repeats them as a whole or
// repeats one of their texts that has eight bytes or more.
type Creds string

// secrets are Creds as a server may repeat them: as a whole, and each text in their JSON, the
// longest first, so that no text is taken for a part of another. A text of less than eight bytes
// is a word, such as the name of a user.
func (c Creds) secrets() []string {
	if c == "" {
		return nil
	}
	all := []string{string(c)}
	var value any
	if json.Unmarshal([]byte(c), &value) == nil {
		all = appendTexts(all, value, 8)
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// appendTexts appends the texts in a value of JSON that have at least n bytes.
func appendTexts(texts []string, value any, n int) []string {
	switch v := value.(type) {
	case string:
		if len(v) >= n {
			texts = append(texts, v)
		}
	case []any:
		for _, element := range v {
			texts = appendTexts(texts, element, n)
		}
	case map[string]any:
		for _, element := range v {
			texts = appendTexts(texts, element, n)
		}
	}
	return texts
}

// String returns a placeholder, or nothing when there are none.
func (c Creds) String() string {
	if c == "" {
		return ""
	}
	return transport.Redacted
}

// Format implements [fmt.Formatter]: all verbs that fit show the same.
func (c Creds) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// LogValue implements [slog.LogValuer].
func (c Creds) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json honours.
func (c Creds) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
