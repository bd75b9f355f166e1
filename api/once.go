package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// UpsertOnce sends exactly one request: nothing is split, repeated or retried, and after
// a 401 the next call gets a new token. (A token is asked for first if there is none.) It
// does not wait while others pause; a Retry-After that it gets makes them pause.
// The records are checked as [Client.Upsert] checks them, and must be 1 to 1000, none
// twice: an order within a request is not promised by the API.
//
// The error is a [*RecordError] for a record that breaks a rule, and an [*Error] for
// anything but a 202. The answer is never nil without an error; its message may be empty.
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

func sendOnce[T any](ctx context.Context, c *Client, v verb[T], records []T) (*models.AcceptedResponse, error) {
	if len(records) < 1 || len(records) > maxRecords {
		return nil, &configError{fmt.Errorf("a request carries 1 to %d records, this one %d", maxRecords, len(records))}
	}
	var enc wire.Encoder
	v.ready(&enc)
	enc.Buf = append(enc.Buf, v.env.head...)
	seen := make(map[Key]int, len(records))
	for i, rec := range records {
		key := v.key(rec)
		if i > 0 {
			enc.Buf = append(enc.Buf, ',')
		}
		err := v.checked(rec, &enc, math.MaxInt)
		if first, twice := seen[key.plain()]; err == nil && twice {
			err = fmt.Errorf("stands in the request twice, first as record %d: send the two in two requests, in their order", first)
		}
		if err != nil {
			return nil, &RecordError{Index: i, Key: key, Err: err}
		}
		seen[key.plain()] = i
		if i == 0 { // the others will be about as long
			enc.Buf = slices.Grow(enc.Buf, min(len(enc.Buf)*len(records)*9/8, defaultBatchBytes))
		}
	}
	enc.Buf = append(enc.Buf, v.env.tail...)
	token, err := c.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := c.call(ctx, token, v.op, newLease(enc.Buf, nil), len(records))
	if err == nil {
		answer.Message = fit(answer.Message, c.hiding(token), maxMessage)
	}
	if e, ok := err.(*Error); ok && e.Retryable() && e.RetryAfter <= c.retry.MaxRetryAfter {
		c.pace.pause(e.RetryAfter) // for the runs and uploaders of this client
	}
	return answer, err
}
