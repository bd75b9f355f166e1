package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/go-openapi/runtime"
	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"go.opentelemetry.io/otel/trace"

	"github.com/klarity-go/klarity/client/estate_records"
	"github.com/klarity-go/klarity/internal/transport"
	"github.com/klarity-go/klarity/models"
)

// operation is one of the three generated operations.
type operation struct {
	name, method, path string

	submit func(context.Context, estate_records.ClientService, runtime.ClientAuthInfoWriter, estate_records.ClientOption) (*models.AcceptedResponse, error)
}

var (
	upsertOperation = &operation{"upsert", http.MethodPost, "/v1/estateRecords", func(ctx context.Context, s estate_records.ClientService, auth runtime.ClientAuthInfoWriter, opt estate_records.ClientOption) (*models.AcceptedResponse, error) {
		ok, err := s.UpsertEstateRecordsContext(ctx, &estate_records.UpsertEstateRecordsParams{}, auth, opt)
		if err != nil {
			return nil, err
		}
		return ok.Payload, nil
	}}
	deleteOperation = &operation{"delete", http.MethodDelete, "/v1/estateRecords", func(ctx context.Context, s estate_records.ClientService, auth runtime.ClientAuthInfoWriter, opt estate_records.ClientOption) (*models.AcceptedResponse, error) {
		ok, err := s.DeleteEstateRecordsContext(ctx, &estate_records.DeleteEstateRecordsParams{}, auth, opt)
		if err != nil {
			return nil, err
		}
		return ok.Payload, nil
	}}
	enrichOperation = &operation{"enrich", http.MethodPost, "/v1/enrichments/estateRecords", func(ctx context.Context, s estate_records.ClientService, auth runtime.ClientAuthInfoWriter, opt estate_records.ClientOption) (*models.AcceptedResponse, error) {
		ok, err := s.EnrichEstateRecordsContext(ctx, &estate_records.EnrichEstateRecordsParams{}, auth, opt)
		if err != nil {
			return nil, err
		}
		return ok.Payload, nil
	}}
)

// exchange is one request through a generated operation, with our bytes as the body and
// our eyes on the response.
type exchange struct {
	http      *http.Client
	op        *operation
	body      *sharedBody
	records   int
	timeout   time.Duration
	userAgent string
	redact    transport.Redactor

	status  int // of the response, 0 without one
	failure *Error
}

// do makes the request, once. A nil error is a 202.
func (x *exchange) do(ctx context.Context, c *Client, token string) (*models.AcceptedResponse, error) {
	type outcome struct {
		x        exchange // of the goroutine: this one may be used while an abandoned one still is
		accepted *models.AcceptedResponse
		err      error
	}
	o, err := transport.Detach(ctx, x.timeout, x.redact, func() outcome {
		o := outcome{x: *x}
		o.accepted, o.err = o.x.submit(ctx, c, token)
		return o
	})
	panicked, _ := err.(*transport.Panic)
	switch {
	case err == nil:
	case panicked != nil:
		panic(&panicError{panicked.Value, panicked.Text})
	case err == transport.ErrExited:
		return nil, &Error{Operation: x.op.name, Records: x.records, Err: errUserCode}
	case err == transport.ErrAbandoned:
		return nil, &Error{Operation: x.op.name, Records: x.records, Attempts: 1, Err: err}
	default:
		return nil, contextError(ctx)
	}
	x.status, x.failure = o.x.status, o.x.failure
	return o.accepted, o.err
}

// submit makes the request in a span.
func (x *exchange) submit(ctx context.Context, c *Client, token string) (accepted *models.AcceptedResponse, err error) {
	if c.tracer != nil {
		var span trace.Span
		ctx, span = c.startSpan(ctx, x.op, x.records)
		defer func() {
			defer func() { _ = recover() }() // a tracer that panics does not undo the response
			endSpan(span, x.status, err)
		}()
	}
	accepted, err = x.op.submit(ctx, c.operations, httptransport.BearerToken(token), x.install)
	if err != nil {
		return nil, x.explain(ctx, err)
	}
	return accepted, nil
}

// install puts the exchange into the operation's place for parameters, around its reader
// of responses, and between it and the transport.
func (x *exchange) install(op *runtime.ClientOperation) {
	client := *x.http
	client.Transport = x
	op.Client, op.Params = &client, x
	next := op.Reader
	op.Reader = runtime.ClientResponseReaderFunc(func(resp runtime.ClientResponse, consumer runtime.Consumer) (any, error) {
		return x.read(resp, consumer, next)
	})
}

// WriteToRequest implements [runtime.ClientRequestWriter]. A *bytes.Reader is what sets
// the content length.
func (x *exchange) WriteToRequest(req runtime.ClientRequest, _ strfmt.Registry) error {
	return errors.Join(
		req.SetTimeout(x.timeout),
		req.SetHeaderParam("User-Agent", x.userAgent),
		req.SetBodyParam(bytes.NewReader(x.body.bytes)),
	)
}

// RoundTrip implements [http.RoundTripper]. It hands the transport a body that counts as
// a reader of the shared one, in place of the generated layer's of the same bytes.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := x.body.open()
	if err != nil {
		return nil, err
	}
	clone := *req // a RoundTripper must not change the request it is given
	clone.Body, clone.GetBody = body, x.body.open
	resp, err := x.http.Transport.RoundTrip(&clone)
	if err == nil && resp != nil {
		if resp.Header == nil {
			resp.Header = http.Header{}
		}
		// The runtime gives up, without reporting the status, on a content type that it
		// cannot parse or has no reader for. The facade reads all responses itself.
		resp.Header.Set("Content-Type", "application/json")
	}
	return resp, err
}

// read notes what the response says. What the generated reader gets to see is always
// something it can read, so that a 202 counts whatever its body, and that
// of any other response is reported.
func (x *exchange) read(resp runtime.ClientResponse, consumer runtime.Consumer, next runtime.ClientResponseReader) (any, error) {
	x.status = resp.Code()
	body, _ := transport.ReadBounded(resp.Body(), maxResponse) // a broken body does not undo the status
	if x.status == http.StatusAccepted {
		if ok, err := next.ReadResponse(readable{resp, body}, consumer); err == nil {
			return ok, nil
		}
		return next.ReadResponse(readable{resp, []byte("{}")}, consumer)
	}
	header := http.Header{}
	for _, name := range transport.ErrorHeaders {
		if v := resp.GetHeader(name); v != "" {
			header.Set(name, v)
		}
	}
	x.failure = newError(x.op.name, x.records, &http.Response{StatusCode: x.status, Header: header}, body, x.redact)
	return nil, x.failure
}

// readable is a response with a body that was read before.
type readable struct {
	runtime.ClientResponse
	body []byte
}

func (r readable) Body() io.ReadCloser { return io.NopCloser(bytes.NewReader(r.body)) }

// explain finds the error that says most.
func (x *exchange) explain(ctx context.Context, err error) error {
	switch {
	case x.failure != nil:
		return x.failure
	case ctx.Err() != nil:
		return contextError(ctx)
	}
	return &Error{Operation: x.op.name, Records: x.records, Attempts: 1, Err: transport.SanitizeError(err, x.redact, maxMessage)}
}
