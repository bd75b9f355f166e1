package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-openapi/runtime"
	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"go.opentelemetry.io/otel/trace"

	"github.com/klarity-go/klarity/client/estate_records"
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

// call sends ready bytes as the body of one operation, once. A nil error is a 202. When
// the API refuses the token, the token is dropped, so that the next call gets another.
func (c *Client) call(ctx context.Context, token *cachedToken, op *operation, body *lease, records int) (accepted *models.AcceptedResponse, err error) {
	start := time.Now()
	x := exchange{
		op: op, body: body.bytes, records: records,
		timeout:   c.timeout,
		userAgent: c.userAgent,
		redact:    c.hiding(token),
	}
	if c.tracer != nil {
		var span trace.Span
		ctx, span = c.startSpan(ctx, op, records)
		defer func() { endSpan(span, x.status, err) }()
	}
	accepted, err = op.submit(withLease(ctx, body), c.operations, httptransport.BearerToken(token.value), x.install)
	if c.logger.Enabled(ctx, slog.LevelDebug) {
		c.logger.LogAttrs(ctx, slog.LevelDebug, "klarity: request", slog.String("operation", op.name),
			slog.Int("records", records), slog.Int("bytes", len(body.bytes)), slog.Int("status", x.status),
			slog.Duration("took", time.Since(start)))
	}
	if x.status == http.StatusUnauthorized {
		c.tokens.drop(token)
	}
	if err != nil {
		return nil, x.explain(ctx, err)
	}
	return accepted, nil
}

// hiding returns what takes the token, and the secret, out of a text.
func (c *Client) hiding(token *cachedToken) func(string) string {
	return func(s string) string { return c.redact(redactor(token.value)(s)) }
}

// exchange is one request through a generated operation, with our bytes as the body and
// our eyes on the answer.
type exchange struct {
	op        *operation
	body      []byte
	records   int
	timeout   time.Duration
	userAgent string
	redact    func(string) string

	status  int // of the answer, 0 without one
	failure *Error
}

// install puts the exchange into the operation's place for parameters and around its
// reader of answers.
func (x *exchange) install(op *runtime.ClientOperation) {
	op.Params = x
	next := op.Reader
	op.Reader = runtime.ClientResponseReaderFunc(func(resp runtime.ClientResponse, consumer runtime.Consumer) (any, error) {
		return x.read(resp, consumer, next)
	})
}

// WriteToRequest implements [runtime.ClientRequestWriter]. A *bytes.Reader is what keeps
// the content length, and the body readable anew.
func (x *exchange) WriteToRequest(req runtime.ClientRequest, _ strfmt.Registry) error {
	return errors.Join(
		req.SetTimeout(x.timeout),
		req.SetHeaderParam("User-Agent", x.userAgent),
		req.SetBodyParam(bytes.NewReader(x.body)),
	)
}

// read notes what the answer says. What the generated reader gets to see is always
// something it can read, so that the status of a 202 stands whatever its body, and that
// of any other answer is told.
func (x *exchange) read(resp runtime.ClientResponse, consumer runtime.Consumer, next runtime.ClientResponseReader) (any, error) {
	x.status = resp.Code()
	body, _ := readBounded(resp.Body(), maxAnswer) // a broken body does not undo the status
	if x.status == http.StatusAccepted {
		if ok, err := next.ReadResponse(readable{resp, body}, consumer); err == nil {
			return ok, nil
		}
		return next.ReadResponse(readable{resp, []byte("{}")}, consumer)
	}
	header := http.Header{}
	for _, name := range answerHeaders {
		if v := resp.GetHeader(name); v != "" {
			header.Set(name, v)
		}
	}
	x.failure = newError(x.op.name, x.records, &http.Response{StatusCode: x.status, Header: header}, body, x.redact)
	return nil, x.failure
}

// readable is an answer with a body that was read before.
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
		return ended(ctx)
	}
	return &Error{Operation: x.op.name, Records: x.records, Attempts: 1, Err: cleanTransportError(err, x.redact)}
}
