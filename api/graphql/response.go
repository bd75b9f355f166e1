package graphql

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/klarity-go/klarity/internal/transport"
)

const (
	maxResponse = 32 << 20 // bounds what is read of a response
	maxText     = 64 << 10 // bounds what is looked at of one that is not GraphQL's, or has errors
)

// response is what became of one request.
type response struct {
	status    int // 0 without a response
	requestID string
	complete  bool            // it was read to its end
	data      json.RawMessage // nil when there is none
	failure   *Error          // nil: data, and no errors
	kind      transport.Kind  // of the failure
}

// read takes a response apart. Anything but 200 is a failure, as in the programs of Klarity's
// documentation; the errors and the data of GraphQL are looked for under any status.
func (m message) read(resp *http.Response, body []byte, readErr error) *response {
	r := &response{
		status:    resp.StatusCode,
		requestID: m.redact.Line(transport.RequestID(resp.Header), 128),
		complete:  readErr == nil,
	}
	var tooLong bool
	if tooLong = len(body) > maxResponse; tooLong {
		body = body[:maxResponse]
	}
	var fields struct {
		Data   json.RawMessage `json:"data"`
		Errors json.RawMessage `json:"errors"`
	}
	if readErr != nil || tooLong || json.Unmarshal(body, &fields) != nil {
		fields.Data, fields.Errors = nil, nil
	}
	if m.secretData {
		m.redact = redactTexts(m.redact, fields.Data)
	}
	errs, more := parseErrors(fields.Errors, m.redact)
	if !isNull(fields.Data) {
		r.data = fields.Data
	}
	if r.status == http.StatusOK && r.data != nil && len(errs) == 0 {
		return r
	}
	said := body[:min(len(body), maxText)]
	if m.secretData {
		said = nil
	}
	e := &Error{
		StatusCode: r.status,
		Errors:     errs,
		MoreErrors: more,
		Body:       []byte(transport.Head(m.redact(string(said)), maxErrorBody)),
		RequestID:  r.requestID,
		RetryAfter: transport.RetryAfter(resp.Header, time.Now()),
		Attempts:   1,
	}
	r.failure, r.kind = e, transport.Final
	switch {
	case len(errs) > 0:
		e.Message = errs[0].Message
	default:
		e.Message = m.redact.Line(transport.Message(said), maxMessage)
	}
	if r.status >= 200 && r.status < 300 && len(errs) == 0 && r.data == nil {
		e.Err = ErrResponse
		if readErr != nil {
			e.Err = fmt.Errorf("%w: %w", ErrResponse, transport.SanitizeError(readErr, m.redact, maxMessage))
			r.kind = transport.Broken
		} else if tooLong {
			e.Err = fmt.Errorf("%w: %w", ErrResponse, errTooLong)
		}
	}
	if k := transport.StatusKind(r.status); worthARetry(k) {
		r.kind = k
	}
	return r
}

var errTooLong = errors.New("it is longer than 32 MiB")

// worthARetry reports whether a response of this kind is one that sending the same again may
// change. The others, such as a refusal of the key, show that the API is there.
func worthARetry(k transport.Kind) bool { return k == transport.Busy || k == transport.Broken }

// mayHaveRun reports whether the server may have carried out an operation without saying what
// became of it.
func (r *response) mayHaveRun() bool {
	switch {
	case r.failure == nil:
		return false
	case r.status == 0:
		return r.kind != transport.Unreachable && r.kind != transport.Misdirected // a refused certificate
	case r.status >= 500, r.status == http.StatusRequestTimeout:
		return true
	}
	return r.status < 300 && (len(r.failure.Errors) == 0 || slices.ContainsFunc(r.failure.Errors, belowARoot))
}

// belowARoot reports whether an error is about a part of what a mutation returned: then it was
// carried out before.
func belowARoot(e ResponseError) bool { return len(e.Path) > 1 }

// redactTexts also replaces the texts of data that holds a secret.
func redactTexts(redact transport.Redactor, data json.RawMessage) transport.Redactor {
	var value any
	if json.Unmarshal(data, &value) != nil {
		return redact
	}
	for _, secret := range appendTexts(nil, value, 8) {
		redact = redact.And(transport.NewRedactor(secret))
	}
	return redact
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
