package main

import (
	"context"
	"net/url"

	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
	"github.com/klarity-go/klarity/internal/bench/internal/stock/client/estate_records"
	"github.com/klarity-go/klarity/internal/bench/internal/stock/models"
)

// stock is the client that go-swagger generates from the contract with its own templates, used as
// in its documentation: Validate the request, then call the generated operation.
func stock(cfg contenderConfig) (sendFunc, error) {
	u, err := url.Parse(cfg.url)
	if err != nil {
		return nil, err
	}
	rt := httptransport.NewWithClient(u.Host, "/", []string{u.Scheme}, newHTTPClient())
	service := estate_records.New(rt, strfmt.Default)
	auth := httptransport.BearerToken(benchToken)
	pool := estate.NewPool(stockRecord, func(r *models.EstateRecord, id string) { r.ID = id }, cfg.poolOptions(estate.Unique))
	return inBatches(cfg, func(ctx context.Context, from, to int) error {
		body := &models.UpsertRequest{Records: make([]*models.EstateRecord, 0, to-from)}
		for i := from; i < to; i++ {
			body.Records = append(body.Records, pool.At(i))
		}
		if err := body.Validate(strfmt.Default); err != nil {
			return err
		}
		params := estate_records.NewUpsertEstateRecordsParams().WithBody(body)
		_, err := service.UpsertEstateRecordsContext(ctx, params, auth)
		return err
	}), nil
}

func stockRecord(r estate.Record) models.EstateRecord {
	values := make([]models.CostElement, len(r.Costs.Values))
	for i, v := range r.Costs.Values {
		values[i] = models.CostElement{Date: strfmt.Date(parseDay(v)), Value: v.Value}
	}
	return models.EstateRecord{
		ID: r.ID, Type: r.Type, Name: r.Name, Metadata: r.Metadata, Tags: r.Tags,
		Costs:        &models.Costs{Currency: r.Costs.Currency, Values: values},
		ValidThrough: r.ValidThrough,
	}
}
