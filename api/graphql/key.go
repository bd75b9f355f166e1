package graphql

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/klarity-go/klarity/internal/transport"
)

// Key is an API key as Klarity documents it: the ID and the secret with a slash between
// them, ID/SECRET. The secret is shown once, when the key is created or recreated.
//
// Formatting, logging or marshalling a Key shows the ID only. Package fmt, though, asks no
// value how it wants to be shown that it finds in an unexported field of another struct, or
// under a verb that does not fit (%p, %w): keep a Key out of structs that are printed, and
// let go vet look at the verbs.
type Key string

// secret is the half behind the first slash. Of what has no slash, all may be the secret.
func (k Key) secret() string {
	if _, secret, ok := strings.Cut(string(k), "/"); ok {
		return secret
	}
	return string(k)
}

// check reports what is wrong with the form of the key. What the two halves look like is not
// public, so nothing more is asked of them than that a header can carry them.
func (k Key) check() error {
	how := fmt.Sprintf("want ID/SECRET: see the first argument of New, or %s for NewFromEnv", EnvAPIKey)
	id, secret, slash := strings.Cut(string(k), "/")
	switch {
	case k == "":
		return errors.New("the API key is missing, " + how)
	case strings.TrimSpace(string(k)) != string(k):
		return errors.New("the API key has white space around it, as from a file with a line break at its end: trim it")
	case !slash:
		return errors.New("the API key has no slash between its ID and its secret, " + how)
	case id == "":
		return errors.New("the API key has no ID before the slash, " + how)
	case secret == "":
		return errors.New("the API key has no secret behind the slash, " + how)
	case strings.ContainsFunc(string(k), func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the API key has characters that no header can carry, " + how)
	}
	return nil
}

// String returns the ID, and a placeholder for the secret.
func (k Key) String() string {
	id, _, ok := strings.Cut(string(k), "/")
	switch {
	case k == "":
		return ""
	case !ok:
		return transport.Redacted
	}
	return id + "/" + transport.Redacted
}

// Format implements [fmt.Formatter]: all verbs that fit show the same.
func (k Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, k.String()) }

// LogValue implements [slog.LogValuer].
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json honours.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
