package job

import (
	"context"
	"iter"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// Upserts is the operation of a program that uploads records to a billing period. The program adds
// where they come from.
func Upserts(period models.InsertInPeriod) Operation[models.EstateRecord] {
	return Operation[models.EstateRecord]{
		Progress: "Uploading",
		Record:   func(r *models.EstateRecord) *models.EstateRecord { return r },
		Check:    func(r *models.EstateRecord) error { return api.CheckRecord(r, period) },
		Key:      func(r *models.EstateRecord) api.Key { return api.Key{Type: r.Type, ID: r.ID} },
		Send: func(ctx context.Context, c *api.Client, records iter.Seq2[*models.EstateRecord, error], opts ...api.RunOption) (api.Report, error) {
			return c.Upsert(ctx, records, append(opts, api.InPeriod(period))...)
		},
	}
}

// Enrichments is the operation of a program that attaches data to records. The program adds where
// they come from.
func Enrichments() Operation[models.Enrichment] {
	return Operation[models.Enrichment]{
		Progress: "Enriching",
		Check:    api.CheckEnrichment,
		Key:      func(e *models.Enrichment) api.Key { return api.Key{NID: string(e.Record.NID)} },
		Send: func(ctx context.Context, c *api.Client, enrichments iter.Seq2[*models.Enrichment, error], opts ...api.RunOption) (api.Report, error) {
			return c.Enrich(ctx, enrichments, opts...)
		},
	}
}
