package clarity

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/klarity-go/klarity/internal/transport"
)

// Key is an API key of Clarity's, as the Dashboard shows it. Formatting, logging or marshalling
// it shows a placeholder.
type Key string

// check reports what is wrong with the form of the key. What keys look like is not public, so
// nothing more is asked than that a header can carry it.
func (k Key) check() error {
	switch {
	case k == "":
		return errors.New("the API key is missing: set " + EnvAPIKey)
	case strings.TrimSpace(string(k)) != string(k):
		return errors.New("the API key has white space around it, as from a file with a line break at its end: trim " + EnvAPIKey)
	case strings.ContainsFunc(string(k), func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the API key has characters that no header can carry: set " + EnvAPIKey)
	}
	return nil
}

// String returns a placeholder.
func (k Key) String() string {
	if k == "" {
		return ""
	}
	return transport.Redacted
}

// Format implements [fmt.Formatter]: all verbs that fit show the same.
func (k Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, k.String()) }

// LogValue implements [slog.LogValuer].
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json honours.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
