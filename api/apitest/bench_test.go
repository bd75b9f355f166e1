package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

// BenchmarkUpsert measures how long the emulator takes for a request of 1000 records.
func BenchmarkUpsert(b *testing.B) {
	for _, days := range []int{0, 2, 30} {
		b.Run(fmt.Sprintf("%ddays", days), func(b *testing.B) { benchmarkUpsert(b, upsertBody(days)) })
	}
	b.Run("30days,changing", func(b *testing.B) {
		body := upsertBody(30)
		benchmarkUpserts(b, []string{body, strings.NewReplacer(".50", ".75", `"seats":25`, `"seats":26`, "webshop", "shop").Replace(body)})
	})
	b.Run("30days,stateless", func(b *testing.B) { benchmarkUpsert(b, upsertBody(30), apitest.Stateless()) })
	b.Run("30days,accept all", func(b *testing.B) { benchmarkUpsert(b, upsertBody(30), apitest.AcceptAll()) })
}

// BenchmarkGraphQL measures how long the emulator takes for a small query, and for a page of 100
// accounts.
func BenchmarkGraphQL(b *testing.B) {
	c := inProcess(b, apitest.WithLandscape(crowd(100)))
	for name, query := range map[string]string{
		"names":    namesOfPeople,
		"accounts": `{ accountsV2(limit: 100) { count pages accounts { ` + allOfAccount + ` } } }`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.mustGraphQL(b, query, nil)
			}
		})
	}
}

func benchmarkUpsert(b *testing.B, body string, opts ...apitest.Option) {
	benchmarkUpserts(b, []string{body}, opts...)
}

// benchmarkUpserts sends the bodies by turns.
func benchmarkUpserts(b *testing.B, bodies []string, opts ...apitest.Option) {
	c := inProcess(b, opts...).login(b)
	b.SetBytes(int64(len(bodies[0])))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		body := strings.NewReader(bodies[i%len(bodies)])
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, c.baseURL+"/v1/estateRecords", body)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+c.token)
		if r, err := c.do(req); err != nil || r.status != http.StatusAccepted {
			b.Fatal(r, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/record")
}

// upsertBody returns a body of 1000 records, each with costs for the given number of days.
func upsertBody(days int) string {
	var records []string
	for i := range 1000 {
		var values []string
		for d := range days {
			values = append(values, fmt.Sprintf(`{"date":"2026-06-%02d","value":"%d.50"}`, d+1, i))
		}
		costs := ""
		if days > 0 {
			costs = `,"costs":{"currency":"EUR","values":[` + strings.Join(values, ",") + `]}`
		}
		records = append(records, fmt.Sprintf(`{"id":"lic-%d","type":"licence/design/team","name":"Design suite",`+
			`"metadata":{"vendor":"Example","seats":25,"contract":{"owner":"procurement","note":null}},`+
			`"tags":{"application":"webshop","environment":"production"}%s}`, i, costs))
	}
	return `{"records":[` + strings.Join(records, ",") + `]}`
}

// BenchmarkLoad measures how long it takes to load 1000 saved records.
func BenchmarkLoad(b *testing.B) {
	c := inProcess(b).login(b)
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, c.baseURL+"/v1/estateRecords", strings.NewReader(upsertBody(30)))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	if r, err := c.do(req); err != nil || r.status != http.StatusAccepted {
		b.Fatal(r, err)
	}
	var saved strings.Builder
	if err := c.Save(&saved); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(saved.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Load(strings.NewReader(saved.String())); err != nil {
			b.Fatal(err)
		}
	}
}
