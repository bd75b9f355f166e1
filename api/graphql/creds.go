package graphql

import (
	"encoding/json"
	"fmt"
	"log/slog"

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

// secrets are Creds as a server may repeat them: as a whole, and each text of their object. A
// text of less than eight bytes is a word, such as the name of a user.
func (c Creds) secrets() []string {
	if c == "" {
		return nil
	}
	all := []string{string(c)}
	var fields map[string]any
	if json.Unmarshal([]byte(c), &fields) == nil {
		for _, value := range fields {
			if text, ok := value.(string); ok && len(text) >= 8 {
				all = append(all, text)
			}
		}
	}
	return all
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
