package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ReadBounded reads at most limit bytes. What it has read counts, also with an error.
func ReadBounded(r io.Reader, limit int64) ([]byte, error) {
	var b bytes.Buffer
	_, err := b.ReadFrom(io.LimitReader(r, limit))
	return b.Bytes(), err
}

// Message finds what the server says to people: {"error": ...}, the shapes of OAuth, of
// problem+json (RFC 9457) and of common gateways, the title of an HTML page, or else the
// text as it is.
func Message(body []byte) string {
	var fields map[string]any
	if json.Unmarshal(body, &fields) == nil {
		if nested, ok := fields["error"].(map[string]any); ok {
			fields = nested
		}
		var parts []string
		for _, key := range []string{"error", "error_description", "title", "detail", "message", "Message"} {
			if s, ok := fields[key].(string); ok && s != "" {
				parts = append(parts, s)
			}
		}
		if len(parts) > 0 {
			return strings.Join(parts, ": ")
		}
	}
	text := strings.TrimSpace(string(body))
	if strings.HasPrefix(text, "<") {
		_, rest, _ := strings.Cut(text, "<title>")
		title, _, found := strings.Cut(rest, "</title>")
		if !found {
			return "a page of HTML"
		}
		return "a page of HTML with the title " + strconv.Quote(strings.TrimSpace(title))
	}
	return text
}

// requestIDHeaders are where gateways commonly put the ID of a request.
var requestIDHeaders = []string{"X-Request-Id", "X-Amzn-Requestid", "X-Correlation-Id", "X-Amz-Cf-Id"}

// ErrorHeaders are the headers that [RequestID] and [RetryAfter] read.
var ErrorHeaders = append([]string{"Retry-After", "Date"}, requestIDHeaders...)

// RequestID is the first of the headers that the response has in which gateways commonly
// put the ID of a request.
func RequestID(h http.Header) string {
	for _, name := range requestIDHeaders {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// RetryAfter reads the header of that name (RFC 9110, 10.2.3): seconds, or a date. A date
// is compared with the response's own, so that a clock that is off here does no harm. What
// is negative, past or no such value counts as absent; what is too large for a duration
// becomes the largest one.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > math.MaxInt64/int64(time.Second) {
			return math.MaxInt64
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(at.Sub(now), 0)
}

// SanitizeError keeps what net/http says and drops the URL around it, which is the configured
// one and may hold more than a log should. What net/http says may quote what came over the
// line, at any length: the text has n bytes or little more.
func SanitizeError(err error, redact Redactor, n int) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	said := err.Error()
	text := redact.Line(said, n)
	switch {
	case text == said:
		return err
	case redact(said) != said, redact(oneLine(said)) != oneLine(said):
		return errors.New(text) // the original would show it
	}
	return &sanitizedError{text, err}
}

// sanitizedError is an error whose text can stand in a line of a log.
type sanitizedError struct {
	text string
	err  error
}

func (e *sanitizedError) Error() string { return e.text }
func (e *sanitizedError) Unwrap() error { return e.err }
