package main

import (
	"context"
	"fmt"
	"net/http"

	types "github.com/oapi-codegen/runtime/types"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
	"github.com/klarity-go/klarity/internal/bench/internal/oapi"
)

// oapiCodegen is the client that oapi-codegen generates from the contract. It checks nothing.
func oapiCodegen(cfg contenderConfig) (sendFunc, error) {
	authorize := func(_ context.Context, req *http.Request) error {
		req.Header.Set("Authorization", "Bearer "+benchToken)
		return nil
	}
	client, err := oapi.NewClientWithResponses(cfg.url, oapi.WithHTTPClient(newHTTPClient()), oapi.WithRequestEditorFn(authorize))
	if err != nil {
		return nil, err
	}
	pool := estate.NewPool(oapiRecord, func(r *oapi.EstateRecord, id string) { r.Id = id }, cfg.poolOptions(estate.Unique))
	return inBatches(cfg, func(ctx context.Context, from, to int) error {
		body := oapi.UpsertRequest{Records: make([]oapi.EstateRecord, 0, to-from)}
		for i := from; i < to; i++ {
			body.Records = append(body.Records, *pool.At(i))
		}
		resp, err := client.UpsertEstateRecordsWithResponse(ctx, body)
		if err == nil && resp.StatusCode() != http.StatusAccepted {
			err = fmt.Errorf("upsert: %s", resp.Status())
		}
		return err
	}), nil
}

func oapiRecord(r estate.Record) oapi.EstateRecord {
	values := make([]oapi.CostElement, len(r.Costs.Values))
	for i, v := range r.Costs.Values {
		values[i] = oapi.CostElement{Date: types.Date{Time: parseDay(v)}, Value: v.Value}
	}
	return oapi.EstateRecord{
		Id: r.ID, Type: r.Type, Name: &r.Name, Metadata: &r.Metadata, Tags: &r.Tags,
		Costs:        &oapi.Costs{Currency: r.Costs.Currency, Values: values},
		ValidThrough: &r.ValidThrough,
	}
}
