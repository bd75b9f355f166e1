package api

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What went wrong, for [errors.Is]. They match the errors of this package wherever they
// are wrapped: in a [Result], in the error of a run, or returned by a call.
var (
	// ErrInvalid matches a record that breaks a rule of the contract and was not sent.
	ErrInvalid = errors.New("the record breaks a rule of the contract")
	// ErrBadRequest matches a response of 400 or 422.
	ErrBadRequest = errors.New("the API refused the request")
	// ErrUnauthorized matches a response of 401: the API does not take the token.
	ErrUnauthorized = errors.New("the API does not take the token")
	// ErrTooLarge matches a response of 413.
	ErrTooLarge = errors.New("the request is too large")
	// ErrRateLimited matches a response of 429.
	ErrRateLimited = errors.New("too many requests")
	// ErrCredentials matches a refusal by the identity service: no token is issued for
	// these credentials. Sending again does not help; a person has to look.
	ErrCredentials = errors.New("the identity service refuses the credentials")
	// ErrClosed matches what an [Uploader] returns after Close.
	ErrClosed = errors.New("the uploader is closed")
	// ErrFull is what [Uploader.TryAdd] returns when taking the record would block.
	ErrFull = errors.New("the uploader is full")
)

// Error is a request that did not succeed: to the API, or to the identity service for a
// token. It holds neither the secret nor a token, even when a response repeats them.
type Error struct {
	// Operation is "upsert", "delete", "enrich" or "token".
	Operation string
	// Records is how many records the request carried, 0 for a token.
	Records int
	// StatusCode is the response's status, 0 when there was no response.
	StatusCode int
	// Message is what the server says, in its own words, at most 500 bytes. The API puts
	// it under "error"; other shapes, as gateways send them, are understood, too.
	Message string
	// Body is the beginning of the response's body, at most 4 KiB.
	Body []byte
	// RequestID is the first of these headers that the response has: X-Request-Id,
	// X-Amzn-Requestid, X-Correlation-Id, X-Amz-Cf-Id. The contract names none.
	RequestID string
	// RetryAfter is how long the server asked to wait, 0 when it did not.
	RetryAfter time.Duration
	// Attempts counts the tries, 0 or 1 where nothing was repeated.
	Attempts int
	// Note says why the SDK did not try again, when it could have.
	Note string
	// Err is the cause when there was no response, or an *oauth2.RetrieveError when the
	// identity service refused.
	Err error

	noToken bool // the identity service responded with 200, and not with a token
}

const (
	operationToken = "token"
	maxMessage     = 500
	maxErrorBody   = 4 << 10
)

// Error says what was tried, on what, what the server said, and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.Operation == operationToken:
		b.WriteString("token request")
	case e.Records > 0:
		fmt.Fprintf(&b, "%s of %s", e.Operation, plural(e.Records, "record"))
	default:
		b.WriteString(e.Operation)
	}
	return b.String() + ": " + e.reason(false)
}

// reason is the text without what was tried. Of a request of several records it says so, if it
// is to be about one of them.
func (e *Error) reason(ofOne bool) string {
	var b strings.Builder
	switch {
	case e.StatusCode > 0:
		b.WriteString(strconv.Itoa(e.StatusCode))
		if text := http.StatusText(e.StatusCode); text != "" {
			b.WriteString(" " + text)
		}
		if e.Message != "" {
			b.WriteString(": " + e.Message)
		}
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString(e.Message)
	}
	var details []string
	if ofOne && e.Records > 1 {
		details = append(details, "in a request of "+plural(e.Records, "record"))
	}
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
		b.WriteString(" (" + strings.Join(details, ", ") + ")")
	}
	for _, part := range []string{e.Note, e.advice()} {
		if part != "" {
			b.WriteString("; " + part)
		}
	}
	return b.String()
}

func (e *Error) advice() string {
	switch {
	case e.Operation == operationToken && e.StatusCode == http.StatusNotFound:
		return "check the token URL (KLARITY_TOKEN_URL)"
	case e.Operation == operationToken && e.refused():
		return "check the integration's ID and secret (KLARITY_CLIENT_ID, KLARITY_CLIENT_SECRET; a regenerated secret ends the old one) and the audience (KLARITY_AUDIENCE)"
	case e.StatusCode == http.StatusUnauthorized:
		return "check that token URL, audience and base URL belong together"
	case e.StatusCode == http.StatusRequestEntityTooLarge && e.Records > 1:
		return "send less at once (BatchBytes)"
	case e.StatusCode >= 300 && e.StatusCode < 400:
		return "redirects are not followed: check the base URL (KLARITY_API_URL)"
	}
	return ""
}

// refused reports whether the identity service's response is one that asking again does not
// change.
func (e *Error) refused() bool {
	return e.Operation == operationToken && e.StatusCode >= 300 && e.StatusCode < 500 &&
		e.StatusCode != http.StatusRequestTimeout && e.StatusCode != http.StatusTooManyRequests
}

// MarshalJSON implements [json.Marshaler]: "error" is the text, and its parts are fields of their
// own. The body is left out.
func (e *Error) MarshalJSON() ([]byte, error) {
	v := struct {
		Operation  string `json:"operation"`
		Records    int    `json:"records,omitempty"`
		Status     int    `json:"status,omitempty"`
		Message    string `json:"message,omitempty"`
		RequestID  string `json:"requestId,omitempty"`
		RetryAfter string `json:"retryAfter,omitempty"`
		Attempts   int    `json:"attempts,omitempty"`
		Note       string `json:"note,omitempty"`
		Error      string `json:"error"`
	}{e.Operation, e.Records, e.StatusCode, e.Message, e.RequestID, "", e.Attempts, e.Note, e.Error()}
	if e.RetryAfter > 0 {
		v.RetryAfter = e.RetryAfter.String()
	}
	return json.Marshal(v)
}

// LogValue implements [slog.LogValuer]: the error is logged as its text.
func (e *Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the sentinels of this package.
func (e *Error) Is(target error) bool {
	if e.Operation == operationToken {
		return target == ErrCredentials && e.refused()
	}
	switch target {
	case ErrBadRequest:
		return refusesRecords(e)
	case ErrUnauthorized:
		return e.StatusCode == http.StatusUnauthorized
	case ErrTooLarge:
		return e.StatusCode == http.StatusRequestEntityTooLarge
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	}
	return false
}

// Retryable reports whether sending the same request again may succeed: there was no
// response (and no certificate was refused), or 408, 429 or 5xx
// (but for 501 and 505).
// Upserts, deletes and enrichments can be repeated without harm, so an unknown result
// counts as retryable.
func (e *Error) Retryable() bool {
	switch e.StatusCode {
	case 0:
		var config *configError
		var certificate *tls.CertificateVerificationError
		return !errors.Is(e.Err, context.Canceled) && !errors.As(e.Err, &config) && !errors.As(e.Err, &certificate)
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	}
	return e.StatusCode >= 500 && e.StatusCode != http.StatusNotImplemented && e.StatusCode != http.StatusHTTPVersionNotSupported
}
