package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/bench/internal/estate"
	"github.com/klarity-go/klarity/internal/bench/internal/sink"
	"github.com/klarity-go/klarity/models"
)

// sdkVariant is what differs between the rows of the SDK.
type sdkVariant struct {
	key        estate.KeyFunc
	batchBytes int
	poison     bool // the server refuses one record of each thousand
	results    bool // with OnResult
	changes    bool // with Apply in place of Upsert
}

// sdk is one call of this SDK with an iterator.
func sdk(variant sdkVariant) func(contenderConfig) (sendFunc, error) {
	return func(cfg contenderConfig) (sendFunc, error) {
		base := cfg.url
		if variant.poison {
			base += sink.RejectPrefix
		}
		client, err := sdkClient(cfg.url, base)
		if err != nil {
			return nil, err
		}
		pool := estate.NewPool(sdkRecord, setSDKID, cfg.poolOptions(variant.key))
		opts := []api.RunOption{api.InFlight(cfg.inFlight), api.BatchBytes(variant.batchBytes)}
		return func(ctx context.Context, from, to int) (int, error) {
			opts, seen := opts, 0
			if variant.results {
				opts = append(opts, api.OnResult(func(r api.Result) {
					if r.Outcome == api.Accepted {
						seen++
					}
				}))
			}
			records := sdkRecords(pool, from, to, variant.poison)
			var report api.Report
			var err error
			if variant.changes {
				report, err = client.Apply(ctx, upserts(records), opts...)
			} else {
				report, err = client.Upsert(ctx, records, opts...)
			}
			switch {
			case variant.poison:
				if want := countPoison(from, to); report.Rejected != want || report.Accepted != to-from-want {
					return 0, fmt.Errorf("got %v, want %d of them rejected: %w", report, want, err)
				}
				return to - from, nil
			case variant.results && seen != report.Accepted:
				return 0, fmt.Errorf("got %d accepted results, want %d", seen, report.Accepted)
			}
			return report.Accepted, err
		}, nil
	}
}

// sdkUploader is the SDK in a service that gets its records one by one.
func sdkUploader(cfg contenderConfig) (sendFunc, error) {
	client, err := sdkClient(cfg.url, cfg.url)
	if err != nil {
		return nil, err
	}
	pool := estate.NewPool(sdkRecord, setSDKID, cfg.poolOptions(estate.Unique))
	return func(ctx context.Context, from, to int) (int, error) {
		up, err := client.NewUpserter(api.InFlight(cfg.inFlight))
		if err != nil {
			return 0, err
		}
		for i := from; i < to; i++ {
			if _, err := up.Add(ctx, pool.At(i)); err != nil {
				return 0, err
			}
		}
		err = up.Close(ctx)
		return up.Report().Accepted, err
	}, nil
}

func sdkClient(origin, base string) (*api.Client, error) {
	return api.New(api.Credentials{ClientID: "bench", ClientSecret: "bench"},
		api.WithBaseURL(base), api.WithTokenURL(origin+sink.TokenPath))
}

// sdkRecords is an iterator like a user's over the rows of a database.
func sdkRecords(pool *estate.Pool[models.EstateRecord], from, to int, poison bool) iter.Seq2[*models.EstateRecord, error] {
	return func(yield func(*models.EstateRecord, error) bool) {
		for i := from; i < to; i++ {
			r := pool.At(i)
			if poison && estate.OneInThousand(i) {
				r.Name = sink.Poison
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// upserts turns each record into a change.
func upserts(records iter.Seq2[*models.EstateRecord, error]) iter.Seq2[api.Change, error] {
	return func(yield func(api.Change, error) bool) {
		for r, err := range records {
			if !yield(api.Change{Upsert: r}, err) {
				return
			}
		}
	}
}

func countPoison(from, to int) (n int) {
	for i := from; i < to; i++ {
		if estate.OneInThousand(i) {
			n++
		}
	}
	return n
}

func setSDKID(r *models.EstateRecord, id string) { r.ID = id }

func sdkRecord(r estate.Record) models.EstateRecord {
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
