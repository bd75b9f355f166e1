package main

import (
	"context"
	"slices"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
)

// row is one line of the table: a contender in one setting.
type row struct {
	name  string // of the flag -only
	title string // in the table
	// prepare does the one-time work, which is not measured.
	prepare func(contenderConfig) (sendFunc, error)
	// divisor reduces the number of records; 0 means 1.
	divisor int
	// otherRecords marks rows that send changed records, or not each of them exactly once, so that
	// -check does not compare them.
	otherRecords bool
}

// contenderConfig is the configuration of a contender.
type contenderConfig struct {
	url      string // of the server
	inFlight int
	pool     int // distinct records; 0 means the default
}

func (cfg contenderConfig) poolOptions(key estate.KeyFunc) estate.PoolOptions {
	return estate.PoolOptions{Size: cfg.pool, Key: key}
}

// sendFunc sends the records from to to-1 and returns how many of them were accepted.
type sendFunc func(ctx context.Context, from, to int) (accepted int, err error)

// Rows that the program refers to by name.
const (
	stockRow = "stock"
	limitRow = "limit"
	sdkRow   = "sdk"
	tenthRow = "sdk-tenth"
)

// rows are all rows, in the order of the table.
var rows = slices.Concat(clients, elasticRows, baselines, sdkVariants)

// clients do the whole job.
var clients = []row{
	{name: sdkRow, title: "this SDK: `Upsert` from an iterator", prepare: sdk(sdkVariant{key: estate.Unique})},
	{name: stockRow, title: "go-swagger: generated client, models, `Validate`", prepare: stock},
	{name: "oapi", title: "oapi-codegen: generated client", prepare: oapiCodegen},
	{name: "json", title: "net/http + encoding/json", prepare: handwritten(encodingJSON)},
	{name: "json-v2", title: "net/http + go-json-experiment (encoding/json/v2)", prepare: handwritten(jsonV2)},
	{name: "sonic", title: "net/http + bytedance/sonic", prepare: handwritten(sonicJSON)},
}

// baselines are the parts of the job that no client can avoid.
var baselines = []row{
	{name: limitRow, title: "the limit: net/http, bodies encoded beforehand", prepare: limit},
	{name: "generator", title: "making the records, sending nothing", prepare: generator, otherRecords: true},
	{name: "generator-tenth", title: "making a tenth of the records, sending nothing", prepare: generator, otherRecords: true, divisor: 10},
}

// sdkVariants are other uses of this SDK.
var sdkVariants = []row{
	{name: "sdk-results", title: "SDK, with `OnResult`", prepare: sdk(sdkVariant{key: estate.Unique, results: true})},
	{name: "sdk-apply", title: "SDK, `Apply` of upserts alone", prepare: sdk(sdkVariant{key: estate.Unique, changes: true})},
	{name: "sdk-uploader", title: "SDK, an `Uploader` fed by one goroutine", prepare: sdkUploader},
	{name: tenthRow, title: "SDK, a tenth of the records", prepare: sdk(sdkVariant{key: estate.Unique}), divisor: 10},
	{name: "sdk-twice", title: "SDK, each key twice in a row", prepare: sdk(sdkVariant{key: estate.EachTwice}), otherRecords: true},
	{name: "sdk-repeats", title: "SDK, one key of ten repeats a recent one", prepare: sdk(sdkVariant{key: estate.SometimesRepeated}), otherRecords: true},
	{name: "sdk-bytes", title: "SDK, batches cut at 256 KiB", prepare: sdk(sdkVariant{key: estate.Unique, batchBytes: 256 << 10})},
	{name: "sdk-poison", title: "SDK, one record of each thousand refused with 400", prepare: sdk(sdkVariant{key: estate.Unique, poison: true}), otherRecords: true},
}

func findRow(name string) (row, bool) {
	for _, r := range rows {
		if r.name == name {
			return r, true
		}
	}
	return row{}, false
}
