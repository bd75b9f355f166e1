package graphql

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// startSpan makes the client span of one request, with the attributes of OpenTelemetry's
// conventions for HTTP and GraphQL, the document left out. Nothing of the trace is sent along:
// the API is not part of the caller's system.
func (c *Client) startSpan(ctx context.Context, op operation) (context.Context, trace.Span) {
	attrs := []attribute.KeyValue{
		attribute.String("http.request.method", http.MethodPost),
		attribute.String("server.address", c.host),
		attribute.String("graphql.operation.type", op.kind()),
	}
	if op.name != "" {
		attrs = append(attrs, attribute.String("graphql.operation.name", op.name))
	}
	return c.tracer.Start(ctx, op.String(), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
}

// endSpan ends a span with the status of the response, 0 for none.
func endSpan(span trace.Span, status int, err *Error) {
	if status > 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
	}
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}
