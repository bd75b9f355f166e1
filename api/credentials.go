package api

import (
	"fmt"
	"log/slog"

	"github.com/klarity-go/klarity/internal/transport"
)

// Credentials are the ID and the secret of an External Integration, as Klarity shows them
// when the integration is added (Main > External Integrations > Add New Integration). The
// secret is shown once; regenerating it invalidates the previous one.
//
// Formatting, logging or marshalling Credentials shows the ID only. Package fmt, though,
// asks no value how it wants to be shown that it finds in an unexported field of another
// struct, or under a verb that does not fit (%p, %w): keep Credentials out of structs that
// are printed, and let go vet look at the verbs.
type Credentials struct {
	ClientID     string
	ClientSecret string
}

func (c Credentials) String() string {
	if c.ClientSecret == "" {
		return fmt.Sprintf("{%s, no secret}", c.ClientID)
	}
	return fmt.Sprintf("{%s, secret %s}", c.ClientID, transport.Redacted)
}

// Format implements [fmt.Formatter]: all verbs that fit show the same.
func (c Credentials) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// LogValue implements [slog.LogValuer].
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json honours.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
