package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxAnswer bounds what is read of the API's answers. They are a sentence long; what is
// longer comes from something else, and its end is of no use.
const maxAnswer = 64 << 10

// readBounded reads at most limit bytes. What it has read counts, also with an error.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	var b bytes.Buffer
	_, err := b.ReadFrom(io.LimitReader(r, limit))
	return b.Bytes(), err
}

// newError turns an answer into an error.
func newError(operation string, records int, resp *http.Response, body []byte, redact func(string) string) *Error {
	return &Error{
		Operation:  operation,
		Records:    records,
		StatusCode: resp.StatusCode,
		Message:    fit(message(body), redact, maxMessage),
		Body:       []byte(head(redact(string(body)), maxErrorBody)),
		RequestID:  fit(requestID(resp.Header), redact, 128),
		RetryAfter: retryAfter(resp.Header, time.Now()),
		Attempts:   1,
	}
}

// message finds what the server says to people: the contract's {"error": ...}, the
// shapes of OAuth, of problem+json (RFC 9457) and of common gateways, the title of an
// HTML page, or else the text as it is.
func message(body []byte) string {
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

// answerHeaders are the headers of an answer that an Error is made from.
var answerHeaders = append([]string{"Retry-After", "Date"}, requestIDHeaders...)

func requestID(h http.Header) string {
	for _, name := range requestIDHeaders {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// retryAfter reads the header of that name (RFC 9110, 10.2.3): seconds, or a date. A date
// is compared with the answer's own, so that a clock that is off here does no harm. What
// is negative, past or no such value counts as absent; what is too large for a duration
// becomes the largest one.
func retryAfter(h http.Header, now time.Time) time.Duration {
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

// cleanTransportError keeps what net/http says and drops the URL around it, which is the
// configured one and may hold more than a log should. What net/http says may quote what
// came over the line, at any length.
func cleanTransportError(err error, redact func(string) string) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	said := err.Error()
	text := fit(said, redact, maxMessage)
	switch {
	case text == said:
		return err
	case redact(said) != said, redact(clean(said)) != clean(said):
		return errors.New(text) // the original would show it
	}
	return &fitError{text, err}
}

// fitError is an error with a text that is fit for a line of a log.
type fitError struct {
	text string
	err  error
}

func (e *fitError) Error() string { return e.text }
func (e *fitError) Unwrap() error { return e.err }

// redactor replaces the secret wherever a server, a proxy or a transport repeats it: as it
// is, and as it looks in a URL, in HTML, and in JSON that is quoted in JSON, some levels deep.
func redactor(secret string) func(string) string {
	if secret == "" {
		return func(s string) string { return s }
	}
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
		// What is common in base64, as other languages write it in JSON.
		strings.ReplaceAll(secret, "/", `\/`), strings.ReplaceAll(secret, "+", `\u002B`), strings.ReplaceAll(secret, "+", `\u002b`),
	}
	marshaled, plain := secret, secret
	for range 3 {
		quoted, _ := json.Marshal(marshaled) // a string always marshals
		marshaled = string(quoted[1 : len(quoted)-1])
		plain = strconv.Quote(plain)
		plain = plain[1 : len(plain)-1]
		forms = append(forms, marshaled, plain)
	}
	var pairs []string
	for _, form := range slices.Backward(forms) { // the longest form wins
		pairs = append(pairs, form, redacted)
	}
	return strings.NewReplacer(pairs...).Replace
}

// fit makes a server's text fit to be shown: without what redact finds, also where invisible
// characters took it apart, on one line, and of n bytes or little more.
func fit(text string, redact func(string) string, n int) string {
	return cut(redact(clean(redact(text))), n)
}

// clean makes a server's text fit for one line of a log or terminal: no control or
// invisible characters, white space folded.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// head is the beginning of s, at most n bytes, cut between characters.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// cut is the head of s with a mark of what is missing.
func cut(s string, n int) string {
	h := head(s, n)
	if len(h) < len(s) {
		h = fmt.Sprintf("%s... (%d bytes more)", h, len(s)-len(h))
	}
	return h
}
