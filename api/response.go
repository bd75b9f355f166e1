package api

import (
	"net/http"
	"time"

	"github.com/klarity-go/klarity/internal/transport"
)

// maxResponse bounds what is read of the API's responses. They are a sentence long; what is
// longer comes from something else, and its end is of no use.
const maxResponse = 64 << 10

// newError turns a response into an error.
func newError(operation string, records int, resp *http.Response, body []byte, redact transport.Redactor) *Error {
	return &Error{
		Operation:  operation,
		Records:    records,
		StatusCode: resp.StatusCode,
		Message:    redact.Line(transport.Message(body), maxMessage),
		Body:       []byte(transport.Head(redact(string(body)), maxErrorBody)),
		RequestID:  redact.Line(transport.RequestID(resp.Header), 128),
		RetryAfter: transport.RetryAfter(resp.Header, time.Now()),
		Attempts:   1,
	}
}
