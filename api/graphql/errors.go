package graphql

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klarity-go/klarity/internal/transport"
)

// What went wrong, for [errors.Is]. They match the errors of [Client.Do].
var (
	// ErrKey matches a refusal of the key: a response of 401 or 403, or an error of the type
	// UnauthorizedException. How Klarity refuses a key is not public; these are what services
	// of its kind respond with.
	ErrKey = errors.New("the API refuses the key")
	// ErrRateLimited matches a response of 429.
	ErrRateLimited = errors.New("too many requests")
	// ErrResponse matches a response that claims success and is none of GraphQL: a page of
	// HTML, JSON that was cut off, an object with neither data nor errors; or one that lacks
	// what it was asked for, such as an account, or the ID of what a mutation created.
	ErrResponse = errors.New("the response is not one of GraphQL")
	// ErrOutcomeUnknown matches a mutation that may have taken effect: it was sent, and there
	// was no response, or one of 408 or 5xx, or one that matches ErrResponse, or one that has
	// no errors and whose data cannot be decoded, or one with an error about a part of what the
	// mutation returned, such as the ID. Look before sending it again.
	ErrOutcomeUnknown = errors.New("the mutation may have taken effect")
)

// Error is an operation that did not succeed, or not as a whole. It does not hold the key's
// secret, even when a response repeats it.
type Error struct {
	// Operation is "query" or "mutation", which also stands for a document that cannot be
	// told apart.
	Operation string
	// Name is that of the operation in the document, or empty.
	Name string
	// StatusCode is the response's status, 0 when there was no response. It is 200 when a
	// response of GraphQL has errors.
	StatusCode int
	// Message is what the server says, in its own words, at most 500 bytes: that of the first
	// of Errors, or what another kind of response says to people.
	Message string
	// Errors are the errors of a response of GraphQL, the first 1000 of them.
	Errors Errors
	// MoreErrors is how many errors the response has beyond those.
	MoreErrors int
	// Body is the beginning of the response's body, at most 4 KiB. It is empty when all that
	// failed was to decode the data.
	Body []byte
	// RequestID is the first of these headers that the response has: X-Request-Id,
	// X-Amzn-Requestid, X-Correlation-Id, X-Amz-Cf-Id. The documentation names none.
	RequestID string
	// RetryAfter is how long the server asked to wait, 0 when it did not.
	RetryAfter time.Duration
	// Attempts counts the requests that were made.
	Attempts int
	// Note says why the SDK did not send it again, when it could have.
	Note string
	// Err is the cause when there was no response, or why one could not be read or decoded;
	// the end of the context, if the caller gave up.
	Err error

	unknown bool // it may have taken effect
}

const (
	maxMessage   = 500
	maxErrorBody = 4 << 10
)

// Error says what was tried, what the server said, and what to do.
func (e *Error) Error() string {
	op := operation{query: e.Operation == "query", name: e.Name}
	return op.String() + ": " + e.reason()
}

func (e *Error) reason() string {
	var parts []string
	if e.StatusCode > 0 && (e.StatusCode != http.StatusOK || len(e.Errors) == 0) {
		parts = append(parts, strings.TrimSpace(strconv.Itoa(e.StatusCode)+" "+http.StatusText(e.StatusCode)))
	}
	_, ended := e.Err.(*contextEnd)
	if e.Err != nil && (e.StatusCode == 0 || !ended) {
		parts = append(parts, e.Err.Error())
	}
	switch {
	case len(e.Errors) > 0:
		parts = append(parts, e.Errors[0].String())
	case e.Message != "":
		parts = append(parts, e.Message)
	}
	text := strings.Join(parts, ": ")
	var details []string
	if n := len(e.Errors) + e.MoreErrors; n > 1 {
		details = append(details, fmt.Sprintf("the first of %d errors", n))
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
		text += " (" + strings.Join(details, ", ") + ")"
	}
	if e.unknown {
		details = []string{ErrOutcomeUnknown.Error()}
	} else {
		details = nil
	}
	for _, part := range append(details, e.Note, e.advice()) {
		if part != "" {
			text += "; " + part
		}
	}
	return text
}

func (e *Error) advice() string {
	switch {
	case e.Is(ErrKey):
		return "check the API key (" + EnvAPIKey + "), its role and expiration date, and that it belongs to the region (" + EnvRegion + "); a new key may take some minutes to work"
	case e.StatusCode >= 300 && e.StatusCode < 400:
		return "redirects are not followed: check the GraphQL URL (" + EnvURL + ")"
	case e.StatusCode == http.StatusNotFound, e.StatusCode == http.StatusMethodNotAllowed:
		return "check the GraphQL URL (" + EnvURL + ")"
	}
	return ""
}

// MarshalJSON implements [json.Marshaler]: "error" is the text, and its parts are fields of
// their own. The body is left out.
func (e *Error) MarshalJSON() ([]byte, error) {
	v := struct {
		Operation  string `json:"operation"`
		Name       string `json:"name,omitempty"`
		Status     int    `json:"status,omitempty"`
		Message    string `json:"message,omitempty"`
		Errors     Errors `json:"errors,omitempty"`
		MoreErrors int    `json:"moreErrors,omitempty"`
		RequestID  string `json:"requestId,omitempty"`
		RetryAfter string `json:"retryAfter,omitempty"`
		Attempts   int    `json:"attempts,omitempty"`
		Note       string `json:"note,omitempty"`
		Unknown    bool   `json:"outcomeUnknown,omitempty"`
		Error      string `json:"error"`
	}{e.Operation, e.Name, e.StatusCode, e.Message, e.Errors, e.MoreErrors, e.RequestID, "", e.Attempts, e.Note, e.unknown, e.Error()}
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
	switch target {
	case ErrKey:
		return e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden ||
			slices.ContainsFunc(e.Errors, func(r ResponseError) bool { return r.Type == "UnauthorizedException" })
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	case ErrOutcomeUnknown:
		return e.unknown
	}
	return false
}

// Retryable reports whether sending the same operation again may succeed, and does no harm. Of
// a query: there was no response (and no certificate was refused), or one that was cut off, or
// 408, 429 or 5xx (but for 501 and 505). Of a mutation: no request was made, or the connection
// was refused before anything was sent.
func (e *Error) Retryable() bool {
	var certificate *tls.CertificateVerificationError
	var panicked *panicError
	var missing *missingError
	switch {
	case errors.Is(e.Err, context.Canceled), errors.As(e.Err, &certificate), errors.As(e.Err, &panicked), errors.As(e.Err, &missing), errors.Is(e.Err, transport.ErrExited):
		return false
	case e.Operation != "query":
		return e.Attempts == 0 || e.StatusCode == 0 && transport.ErrorKind(e.Err) == transport.Unreachable
	case e.StatusCode == 0, errors.Is(e.Err, ErrResponse) && e.Err != ErrResponse && !errors.Is(e.Err, errTooLong):
		return true
	}
	return worthARetry(transport.StatusKind(e.StatusCode))
}

// contextEnd is the end of the caller's context.
type contextEnd struct {
	err, cause error
	previous   error // what had failed before, or nil
}

// reason is the end without what had failed before.
func (c *contextEnd) reason() string {
	if c.cause != nil && c.cause != c.err {
		return c.err.Error() + ": " + c.cause.Error()
	}
	return c.err.Error()
}

func (c *contextEnd) Error() string {
	if c.previous == nil {
		return c.reason()
	}
	return c.reason() + "; the latest failure: " + c.previous.Error()
}

func (c *contextEnd) Unwrap() []error {
	errs := []error{c.err, c.cause}
	if c.previous != nil {
		errs = append(errs, c.previous)
	}
	return errs
}
