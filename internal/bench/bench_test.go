package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/bytedance/sonic"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/bench/internal/estate"
	"github.com/klarity-go/klarity/internal/bench/internal/sink"
	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// BenchmarkCheckAndEncode encodes one typical record as JSON. The first two also check it against
// the contract; the others do not.
func BenchmarkCheckAndEncode(b *testing.B) {
	plain := estate.Typical(1)
	b.Run("sdk", func(b *testing.B) {
		r := sdkRecord(plain)
		e := warmEncoder(b, &r)
		measureEncoding(b, len(e.Buf), func() error {
			e.Buf = e.Buf[:0]
			return r.AppendTo(e)
		})
	})
	b.Run("stock", func(b *testing.B) {
		r := stockRecord(plain)
		producer := runtime.JSONProducer()
		var out bytes.Buffer
		if err := producer.Produce(&out, &r); err != nil {
			b.Fatal(err)
		}
		measureEncoding(b, out.Len(), func() error {
			if err := r.Validate(strfmt.Default); err != nil {
				return err
			}
			out.Reset()
			return producer.Produce(&out, &r)
		})
	})
	b.Run("oapi-codegen", func(b *testing.B) { r := oapiRecord(plain); measureMarshal(b, json.Marshal, &r) })
	b.Run("encoding-json", func(b *testing.B) { measureMarshal(b, json.Marshal, &plain) })
	b.Run("json-v2", func(b *testing.B) {
		measureMarshal(b, func(v any) ([]byte, error) { return jsonv2.Marshal(v) }, &plain)
	})
	b.Run("sonic", func(b *testing.B) { measureMarshal(b, sonic.Marshal, &plain) })
}

func measureMarshal(b *testing.B, marshal func(any) ([]byte, error), record any) {
	text, err := marshal(record)
	if err != nil {
		b.Fatal(err)
	}
	measureEncoding(b, len(text), func() error {
		_, err := marshal(record)
		return err
	})
}

func measureEncoding(b *testing.B, size int, encode func() error) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if err := encode(); err != nil {
			b.Fatal(err)
		}
	}
}

// warmEncoder returns an encoder that has encoded r before, as in the middle of a run.
func warmEncoder(tb testing.TB, r *models.EstateRecord) *wire.Encoder {
	e := &wire.Encoder{NotBefore: "2026-01"}
	if err := r.AppendTo(e); err != nil {
		tb.Fatal(err)
	}
	return e
}

// BenchmarkUpsertAll sends 1000 records, one batch, in process: the work of the SDK without the
// connections of net/http and the kernel.
func BenchmarkUpsertAll(b *testing.B) {
	client := inProcess(b)
	records := sdkBatch(batchRecords)
	report, err := client.UpsertAll(b.Context(), records)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(report.Bytes)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.UpsertAll(b.Context(), records); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batchRecords, "ns/record")
}

// BenchmarkUpsertOnce sends the same records in one call, on the goroutine of the caller.
func BenchmarkUpsertOnce(b *testing.B) {
	client := inProcess(b)
	req := sdkRequest(batchRecords)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.UpsertOnce(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batchRecords, "ns/record")
}

// BenchmarkToken gets a cached token, as every request does.
func BenchmarkToken(b *testing.B) {
	client := inProcess(b)
	if _, err := client.Token(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Run("goroutines-1", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Token(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	const goroutines = 64
	b.Run(fmt.Sprintf("goroutines-%d", goroutines), func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(goroutines) // this many for each processor
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := client.Token(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkGenerator makes one record, which every row of the table includes.
func BenchmarkGenerator(b *testing.B) {
	pool := estate.NewPool(sdkRecord, setSDKID, estate.PoolOptions{})
	b.ReportAllocs()
	i := 0
	var last *models.EstateRecord
	for b.Loop() {
		last = pool.At(i)
		i++
	}
	_ = last
}

// inProcess returns a client that reaches a sink without a connection.
func inProcess(tb testing.TB) *api.Client {
	tb.Helper()
	client, err := api.New(api.Credentials{ClientID: "bench", ClientSecret: "bench"},
		api.WithTransport(new(sink.Transport)), api.WithTokenURL("http://127.0.0.1"+sink.TokenPath))
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

func sdkBatch(n int) []*models.EstateRecord {
	pool := estate.NewPool(sdkRecord, setSDKID, estate.PoolOptions{})
	records := make([]*models.EstateRecord, n)
	for i := range records {
		records[i] = pool.At(i)
	}
	return records
}

func sdkRequest(n int) *models.UpsertRequest { return &models.UpsertRequest{Records: sdkBatch(n)} }
