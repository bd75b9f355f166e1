package api

import (
	"fmt"
	"hash/maphash"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/models"
)

// typicalRecord has 30 daily costs, 5 tags and nested metadata: 1.5 kB of JSON.
func typicalRecord(i int) *models.EstateRecord {
	r := &models.EstateRecord{
		ID:   fmt.Sprintf("vm-%08d", i),
		Type: "vm/onprem/linux",
		Name: fmt.Sprintf("Application server %d, Gothenburg", i),
		Metadata: map[string]any{
			"vendor": "Example Hardware", "cores": 16, "memory": "64 GiB", "managed": true,
			"location": map[string]any{"site": "Gothenburg", "rack": "B-17", "unit": 12},
			"contract": map[string]any{"owner": "procurement", "number": "C-2291", "note": nil},
		},
		Tags: Tags(map[string]string{"application": "webshop", "environment": "production", "team": "platform", "cost-centre": "4711", "criticality": "high"}),
		Costs: &models.Costs{
			Currency: "EUR",
		},
		ValidThrough: "2999-12",
	}
	first := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for d := range 30 {
		r.Costs.Values = append(r.Costs.Values, Cost(first.AddDate(0, 0, d), fmt.Sprintf("%d.%02d", 10+d, d)))
	}
	return r
}

// drain accepts everything at once, in process.
type drain struct{}

func (drain) RoundTrip(req *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, req.Body)
	req.Body.Close()
	resp := &http.Response{StatusCode: 202, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"message":"Accepted 1000 estate records"}`))}
	if strings.HasSuffix(req.URL.Path, "/token") {
		resp.StatusCode, resp.Body = 200, io.NopCloser(strings.NewReader(`{"access_token":"a","expires_in":3600}`))
	}
	return resp, nil
}

func benchClient(b testing.TB, opts ...Option) *Client {
	c, err := New(Credentials{ClientID: "id", ClientSecret: "secret"}, opts...)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func BenchmarkCheckAndEncode(b *testing.B) {
	v, err := upsertVerb("")
	if err != nil {
		b.Fatal(err)
	}
	r := typicalRecord(0)
	var space scratch
	space.at(time.Now())
	b.ReportAllocs()
	for b.Loop() {
		if r := newEntry(v, r, &space, seed, defaultBatchBytes); r.err != nil {
			b.Fatal(r.err)
		}
	}
	b.SetBytes(int64(len(space.enc.Buf)))
}

// BenchmarkStockCheckAndEncode is what the generated layer does by itself: Validate, and
// the runtime's producer. (The models' own MarshalJSON is part of it.)
func BenchmarkStockCheckAndEncode(b *testing.B) {
	r := typicalRecord(0)
	producer := runtime.JSONProducer()
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Validate(strfmt.Default); err != nil {
			b.Fatal(err)
		}
		if err := producer.Produce(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSubmitBatch(b *testing.B) {
	c := benchClient(b, WithTransport(drain{}))
	if _, err := c.Token(b.Context()); err != nil {
		b.Fatal(err)
	}
	body := readyBatch(b, 1000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		req := &request{c: c, op: upsertOperation, body: newSharedBody(body, nil), records: 1000}
		if f := c.sender.Once(b.Context(), req); f != nil {
			b.Fatal(f.Err)
		}
	}
}

func readyBatch(b testing.TB, n int) []byte {
	v, err := upsertVerb("")
	if err != nil {
		b.Fatal(err)
	}
	q := newBatcher(n, math.MaxInt, &sync.Pool{New: func() any { return new(batch) }})
	var space scratch
	space.at(time.Now())
	for i := range n {
		r := newEntry(v, typicalRecord(i), &space, seed, defaultBatchBytes)
		if r.err != nil {
			b.Fatal(r.err)
		}
		q.put(&r, i)
	}
	return q.next().buf
}

var seed = maphash.MakeSeed()

func BenchmarkUpload100k(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if strings.HasSuffix(r.URL.Path, "/token") {
			io.WriteString(w, `{"access_token":"a","expires_in":3600}`)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"message":"Accepted"}`)
	}))
	defer srv.Close()
	c := benchClient(b, WithBaseURL(srv.URL), WithTokenURL(srv.URL+"/token"))
	const n = 100_000
	pool := make([]*models.EstateRecord, n)
	for i := range pool {
		pool[i] = typicalRecord(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		report, err := c.Upsert(b.Context(), each(pool))
		if err != nil || report.Accepted != n {
			b.Fatal(report, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
}

func BenchmarkCachedToken(b *testing.B) {
	c := benchClient(b, WithTransport(drain{}))
	if _, err := c.tokens.get(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, procs := range []int{1, 64} {
		b.Run(fmt.Sprintf("goroutines-%d", procs), func(b *testing.B) {
			b.SetParallelism(procs)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := c.tokens.get(b.Context()); err != nil {
						b.Fail()
					}
				}
			})
		})
	}
}
