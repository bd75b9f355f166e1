package api

import (
	"fmt"
	"log/slog"
)

// Credentials are the ID and the secret of an External Integration, as Klarity shows them
// when the integration is added (Main > External Integrations > Add New Integration). The
// secret is shown once; regenerating it invalidates the previous one.
//
// Formatting, logging or marshalling Credentials shows the ID only. Package fmt, though,
// asks no value that it finds in an unexported field of another struct how it wants to be
// shown: keep Credentials out of structs that are printed.
type Credentials struct {
	ClientID     string
	ClientSecret string
}

const redacted = "REDACTED"

func (c Credentials) String() string {
	if c.ClientSecret == "" {
		return fmt.Sprintf("{%s, no secret}", c.ClientID)
	}
	return fmt.Sprintf("{%s, secret %s}", c.ClientID, redacted)
}

// Format implements [fmt.Formatter], so that no verb shows the secret.
func (c Credentials) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// LogValue implements [slog.LogValuer].
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json honours.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
