package api

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// startSpan makes the client span of one request, named after the operation, with the
// attributes of OpenTelemetry's conventions for HTTP. The runtime's own spans are not
// used: they ignore the provider they are given (go-openapi/runtime 0.33.4). Nothing of
// the trace is sent along: the API is not part of the caller's system.
func (c *Client) startSpan(ctx context.Context, op *operation, records int) (context.Context, trace.Span) {
	return c.tracer.Start(ctx, op.name+"EstateRecords",
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(
			attribute.String("http.request.method", op.method),
			attribute.String("server.address", c.host),
			attribute.String("url.template", op.path),
			attribute.Int("klarity.records", records),
		))
}

// endSpan ends a span with the status of the response, 0 for none.
func endSpan(span trace.Span, status int, err error) {
	if status > 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
	}
	var e *Error
	if errors.As(err, &e) {
		span.SetStatus(codes.Error, e.Error())
	} else if err != nil {
		span.SetStatus(codes.Error, "canceled")
	}
	span.End()
}
