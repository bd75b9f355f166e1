package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/klarity-go/klarity/internal/transport"
	"github.com/klarity-go/klarity/models"
)

// UpsertOnce sends exactly one request: nothing is split, repeated or retried, and after
// a 401 the next call gets a new token. (A token is asked for first if there is none.) It
// waits for no Retry-After and no outage, but what becomes of it counts for those; it does
// wait for [WithMaxInFlight] and [WithLimiter].
// The records are checked as [Client.Upsert] checks them, and must be 1 to 1000, none
// twice: an order within a request is not promised by the API.
//
// The error is a [*RecordError] for a record that breaks a rule, and an [*Error] for
// anything but a 202. The response is never nil without an error; its message may be empty.
func (c *Client) UpsertOnce(ctx context.Context, req *models.UpsertRequest) (*models.AcceptedResponse, error) {
	if req == nil {
		return nil, errNoRequest
	}
	v, err := upsertVerb(req.InsertInPeriod)
	if err != nil {
		return nil, err
	}
	return sendOnce(ctx, c, v, req.Records)
}

// DeleteOnce sends exactly one request, as [Client.UpsertOnce] does.
func (c *Client) DeleteOnce(ctx context.Context, req *models.DeleteRequest) (*models.AcceptedResponse, error) {
	if req == nil {
		return nil, errNoRequest
	}
	v, err := deleteVerb(req.Period)
	if err != nil {
		return nil, err
	}
	return sendOnce(ctx, c, v, req.Records)
}

// EnrichOnce sends exactly one request, as [Client.UpsertOnce] does.
func (c *Client) EnrichOnce(ctx context.Context, req *models.EnrichRequest) (*models.AcceptedResponse, error) {
	if req == nil {
		return nil, errNoRequest
	}
	return sendOnce(ctx, c, enrichVerb(), req.Enrichments)
}

var errNoRequest = &configError{errors.New("the request is nil")}

func sendOnce[T any](ctx context.Context, c *Client, v *verb[T], records []T) (*models.AcceptedResponse, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	if len(records) < 1 || len(records) > maxRecords {
		return nil, &configError{fmt.Errorf("a request carries 1 to %d records, this one %d", maxRecords, len(records))}
	}
	var space scratch
	space.at(time.Now())
	enc := &space.enc
	enc.Buf = append(enc.Buf, v.envelope.head...)
	seen := make(map[Key]int, len(records))
	for i, rec := range records {
		if i > 0 {
			enc.Buf = append(enc.Buf, ',')
		}
		_, key, err := v.encode(rec, &space, math.MaxInt)
		names, n := key.names()
		for _, name := range names[:n] {
			if first, twice := seen[name]; err == nil && twice {
				err = fmt.Errorf("is in the request twice, first as record %d: send the two in two requests, in their order", first)
			}
			seen[name] = i
		}
		if err != nil {
			return nil, &RecordError{Operation: v.name(), Index: i, Key: key, Outcome: Invalid, Err: err}
		}
		if i == 0 { // the others will be about as long
			enc.Buf = slices.Grow(enc.Buf, min(len(enc.Buf)*9/8, defaultBatchBytes/len(records))*len(records))
		}
	}
	enc.Buf = append(enc.Buf, v.envelope.tail...)
	req := &request{c: c, op: v.envelope.op, body: newSharedBody(enc.Buf, nil), records: len(records)}
	defer func() { // of the transport, which the caller gets as it is
		if p := recover(); p != nil {
			if e, ok := p.(*panicError); ok {
				p = e.value
			}
			panic(p)
		}
	}()
	f := c.sender.Once(ctx, req)
	req.logTries(ctx, &logger{Logger: c.logger})
	switch {
	case f == nil:
	case f.Kind == transport.Interrupted:
		return nil, contextError(ctx)
	case f.Kind == transport.Withheld:
		return nil, c.failure(v.envelope.op, len(records), 1, transport.Result{Failure: f})
	default:
		return nil, f.Err
	}
	req.accepted.Message = c.redactor(req.token).Line(req.accepted.Message, maxMessage)
	return req.accepted, nil
}
