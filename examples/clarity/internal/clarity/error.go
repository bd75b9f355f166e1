package clarity

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrResponse matches a response that claims success and cannot be used: a page of HTML, JSON
// that was cut off, a document without what was asked for.
var ErrResponse = errors.New("the response cannot be used")

// errCutOff is the end of a connection in the middle of a response.
var errCutOff = errors.New("it was cut off")

// Error is a call that did not succeed. It does not hold the key, even when a response repeats
// it.
type Error struct {
	// Call is the method and the path, such as "GET /v2/datasources".
	Call string
	// StatusCode is that of the response, 0 when there was none.
	StatusCode int
	// Message is what the server says, in its own words: a line of about 500 bytes at most.
	Message string
	// RequestID is the one that gateways commonly give a request, or empty.
	RequestID string
	// RetryAfter is how long the server asked to wait, 0 when it did not.
	RetryAfter time.Duration
	// Attempts counts the requests that were made.
	Attempts int
	// Note says why the call was not tried again, when it could have been.
	Note string
	// Err is the cause when there was no response, or why one could not be used.
	Err error
}

// maxMessage bounds a text of the server's, in bytes.
const maxMessage = 500

// Error says what was tried, what the server said, and what to do.
func (e *Error) Error() string {
	var parts []string
	if e.StatusCode > 0 {
		parts = append(parts, strings.TrimSpace(strconv.Itoa(e.StatusCode)+" "+http.StatusText(e.StatusCode)))
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if e.Message != "" && e.Message != http.StatusText(e.StatusCode) {
		parts = append(parts, e.Message)
	}
	text := e.Call + ": " + strings.Join(parts, ": ")
	var details []string
	if e.RequestID != "" {
		details = append(details, "request id "+e.RequestID)
	}
	if e.RetryAfter > 0 {
		details = append(details, "retry after "+e.RetryAfter.String())
	}
	if e.Attempts > 1 {
		details = append(details, "tried "+strconv.Itoa(e.Attempts)+" times")
	}
	if len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	for _, part := range []string{e.Note, e.advice()} {
		if part != "" {
			text += "; " + part
		}
	}
	return text
}

// advice is what to do about it.
func (e *Error) advice() string {
	switch {
	case e.StatusCode == http.StatusUnauthorized:
		return "check that the key (" + EnvAPIKey + ") is enabled: Organization > Users > Applications > Actions > API Keys"
	case e.StatusCode == http.StatusForbidden && e.Call != CallDatasources:
		return "check the role of the application in this Org: Observer is the recommended one"
	case e.StatusCode == http.StatusForbidden:
		return "check the Org ID (" + EnvOrg + "), and that the application is connected to this Org with the role Observer"
	case e.StatusCode >= 300 && e.StatusCode < 400:
		return "redirects are not followed: check " + EnvAPIURL
	case e.StatusCode == http.StatusNotFound, e.StatusCode == http.StatusMethodNotAllowed:
		return "check " + EnvAPIURL
	case errors.Is(e.Err, ErrResponse) && !errors.Is(e.Err, errCutOff):
		return "check " + EnvAPIURL + ", and whether a proxy answers in place of Clarity"
	}
	return ""
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// MarshalJSON implements [json.Marshaler]: the text, and the status.
func (e *Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Call   string `json:"call"`
		Status int    `json:"status,omitempty"`
		Error  string `json:"error"`
	}{e.Call, e.StatusCode, e.Error()})
}

// LogValue implements [slog.LogValuer].
func (e *Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }
