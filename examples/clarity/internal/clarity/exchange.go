package clarity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/transport"
)

const (
	maxResponse = 64 << 20 // bounds what is read of a response, unpacked
	maxText     = 64 << 10 // bounds what is looked at of one that is no document
)

// exchange is one request through a generated operation, with our eyes on the response: the
// generated layer reports neither the status nor the text of one that it does not expect.
type exchange struct {
	call   string // for errors
	http   *http.Client
	redact transport.Redactor

	failure *Error
	kind    transport.Kind // of the failure
}

// install puts the exchange around the operation's parameters and its reader of responses, and
// between it and the transport.
func (x *exchange) install(op *runtime.ClientOperation) {
	client := *x.http
	client.Transport = x
	op.Client = &client
	params, next := op.Params, op.Reader
	op.Params = runtime.ClientRequestWriterFunc(func(req runtime.ClientRequest, formats strfmt.Registry) error {
		return errors.Join(
			params.WriteToRequest(req, formats),
			req.SetHeaderParam("User-Agent", transport.UserAgent+" (examples/clarity)"),
		)
	})
	op.Reader = runtime.ClientResponseReaderFunc(func(resp runtime.ClientResponse, consumer runtime.Consumer) (any, error) {
		body, err := transport.ReadBounded(resp.Body(), maxResponse+1)
		if x.examine(resp, body, err) {
			return next.ReadResponse(readable{resp, body}, consumer)
		}
		return nil, x.failure
	})
}

// RoundTrip implements [http.RoundTripper]. The runtime gives up, without reporting the status,
// on a content type that it has no reader for.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := x.http.Transport.RoundTrip(req)
	if err == nil && resp != nil {
		resp.Header.Set("Content-Type", "application/json")
	}
	return resp, err
}

// examine reports whether the response is a document. Otherwise it sets the failure.
func (x *exchange) examine(resp runtime.ClientResponse, body []byte, readErr error) bool {
	header := http.Header{}
	for _, name := range transport.ErrorHeaders {
		if v := resp.GetHeader(name); v != "" {
			header.Set(name, v)
		}
	}
	said := body[:min(len(body), maxText)]
	e := &Error{
		Call:       x.call,
		StatusCode: resp.Code(),
		RequestID:  x.redact.Line(transport.RequestID(header), 128),
		RetryAfter: transport.RetryAfter(header, time.Now()),
	}
	kind := transport.Final
	switch {
	case e.StatusCode != http.StatusOK:
		e.Message = x.redact.Line(transport.Message(said), maxMessage)
		if k := transport.StatusKind(e.StatusCode); k == transport.Busy || k == transport.Broken {
			kind = k // the others, such as a refusal of the key, are not changed by a further try
		}
	case readErr != nil:
		e.Err = fmt.Errorf("%w: %w: %w", ErrResponse, errCutOff, transport.SanitizeError(readErr, x.redact, maxMessage))
		kind = transport.Broken
	case len(body) > maxResponse:
		e.Err = fmt.Errorf("%w: it is longer than %d MiB", ErrResponse, maxResponse>>20)
	case strings.HasPrefix(strings.TrimSpace(string(said)), "<"):
		e.Err = fmt.Errorf("%w: it is %s", ErrResponse, x.redact.Line(transport.Message(said), maxMessage))
	case !json.Valid(body):
		e.Err = fmt.Errorf("%w: it is not JSON, or cut off", ErrResponse)
	default:
		return true
	}
	x.failure, x.kind = e, kind
	return false
}

// explain finds the error that says most.
func (x *exchange) explain(err error) (*Error, transport.Kind) {
	if x.failure != nil {
		return x.failure, x.kind
	}
	e := &Error{Call: x.call, Err: transport.SanitizeError(err, x.redact, maxMessage)}
	if kind := transport.ErrorKind(err); kind != transport.Misdirected {
		return e, kind
	}
	return e, transport.Final // a refused certificate: a further try is refused as well
}

// readable is a response with a body that was read before.
type readable struct {
	runtime.ClientResponse
	body []byte
}

func (r readable) Body() io.ReadCloser { return io.NopCloser(bytes.NewReader(r.body)) }

// do makes the request, once.
func (x *exchange) do(ctx context.Context, timeout time.Duration, submit func(context.Context) error) (*Error, transport.Kind) {
	type outcome struct {
		e    *Error
		kind transport.Kind
	}
	o, err := transport.Detach(ctx, timeout, x.redact, func() outcome {
		if err := submit(ctx); err != nil {
			e, kind := x.explain(err)
			return outcome{e, kind}
		}
		return outcome{}
	})
	if err != nil { // the call may still run: what it finds is not looked at
		return &Error{Call: x.call, Err: err}, transport.Broken
	}
	return o.e, o.kind
}
