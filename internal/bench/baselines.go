package main

import (
	"context"
	"encoding/json"
	"runtime"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
)

// limitBodies is the number of pre-encoded bodies that are sent again and again.
const limitBodies = 16

// limit is net/http posting bodies that were encoded before the measurement. No client can be
// faster.
func limit(cfg contenderConfig) (sendFunc, error) {
	client := newHTTPClient()
	pool := estate.NewPlainPool(cfg.poolOptions(estate.Unique))
	bodies := make([][]byte, limitBodies)
	for n := range bodies {
		body := estate.Request{}
		for i := range batchRecords {
			body.Records = append(body.Records, pool.At(n*batchRecords+i))
		}
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		bodies[n] = text
	}
	return inBatches(cfg, func(ctx context.Context, from, to int) error {
		return post(ctx, client, cfg.url, bodies[from/batchRecords%limitBodies])
	}), nil
}

// generator makes the records and sends nothing: the overhead of the benchmark itself in all
// other rows.
func generator(cfg contenderConfig) (sendFunc, error) {
	pool := estate.NewPool(sdkRecord, setSDKID, cfg.poolOptions(estate.Unique))
	return func(_ context.Context, from, to int) (int, error) {
		for i := from; i < to; i++ {
			runtime.KeepAlive(pool.At(i))
		}
		return to - from, nil
	}, nil
}
