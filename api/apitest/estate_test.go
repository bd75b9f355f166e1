package apitest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

func (c *testClient) mustRecord(t *testing.T, typ, id string) apitest.Record {
	t.Helper()
	r, ok := c.Record(typ, id)
	if !ok {
		t.Fatalf("the estate has no record of type %q with id %q", typ, id)
	}
	return r
}

func (c *testClient) mustDelete(t *testing.T, period, records string) {
	t.Helper()
	r := c.call(t, http.MethodDelete, "/v1/estateRecords", `{"period":"`+period+`","records":`+records+`}`)
	if r.status != http.StatusAccepted {
		t.Fatalf("delete %s: got %d %s, want 202", records, r.status, r.body)
	}
}

func (c *testClient) enrich(t *testing.T, nid, data string) response {
	t.Helper()
	return c.call(t, http.MethodPost, "/v1/enrichments/estateRecords",
		`{"enrichments":[{"record":{"nid":"`+nid+`"},"data":`+data+`}]}`)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUpsertCreates(t *testing.T) {
	c := inProcess(t, apitest.WithClock(may2022)).login(t)
	c.mustUpsert(t, `[{"id":"a","type":"b","metadata":{"n":1.50,"gone":null},"tags":{"x":"y","gone":null},
		"costs":{"currency":"EUR","values":[{"date":"2022-05-02","value":"2.50"},{"date":"2022-05-01","value":".5"},{"date":"2022-05-03","value":null}]},
		"validThrough":"2022-12"}]`)
	got := c.mustRecord(t, "b", "a")
	if !uuid4(got.NID) {
		t.Errorf("nid: got %q, want a UUID", got.NID)
	}
	got.NID = ""
	want := apitest.Record{
		Type: "b", ID: "a", Name: "a", ValidThrough: "2022-12", Periods: []string{"2022-05"},
		Metadata: map[string]any{"n": json.Number("1.50")},
		Tags:     map[string]string{"x": "y"},
		Costs:    []apitest.Cost{{"2022-05-01", ".5", "EUR"}, {"2022-05-02", "2.50", "EUR"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// A null clears what is not there, too, also in an object of new metadata; not in an array,
// which is a value.
func TestUpsertCreatesWithoutNulls(t *testing.T) {
	const metadata = `{"o":{"gone":null,"p":{"gone":null},"a":[null,{"kept":null}]},"gone":null}`
	for _, test := range []struct {
		opts []apitest.Option
		want string
	}{
		{nil, `{"o":{"a":[null,{"kept":null}],"p":{}}}`},
		{[]apitest.Option{apitest.ShallowMetadata()}, `{"o":{"a":[null,{"kept":null}],"gone":null,"p":{"gone":null}}}`},
	} {
		c := inProcess(t, test.opts...).login(t)
		for range 2 {
			c.mustUpsert(t, `[{"id":"a","type":"b","metadata":`+metadata+`}]`)
			if got := asJSON(t, c.mustRecord(t, "b", "a").Metadata); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		}
	}
}

func uuid4(s string) bool {
	return len(s) == 36 && s[14] == '4' && strings.Count(s, "-") == 4
}

func TestUpsertMerges(t *testing.T) {
	const first = `{"id":"a","type":"b","name":"n","metadata":{"k":1,"o":{"x":1,"y":{"z":2}}},"tags":{"s":"1","t":"2"},
		"costs":{"currency":"EUR","values":[{"date":"2022-05-01","value":"1"},{"date":"2022-05-02","value":"2"}]},"validThrough":"2022-12"}`
	const metadata, tags = `{"k":1,"o":{"x":1,"y":{"z":2}}}`, `{"s":"1","t":"2"}`
	const bothDays = "2022-05-01=1 EUR, 2022-05-02=2 EUR"
	for _, test := range []struct {
		name, fields                        string
		opts                                []apitest.Option
		wantName, wantMetadata, wantTags    string
		wantCosts, wantThrough, wantPeriods string
	}{
		{"nothing but the key", `"name":"n"`, nil, "n", metadata, tags, bothDays, "2022-12", "2022-05"},
		{"name", `"name":"m"`, nil, "m", metadata, tags, bothDays, "2022-12", "2022-05"},
		{"validThrough", `"validThrough":"2023-01"`, nil, "n", metadata, tags, bothDays, "2023-01", "2022-05"},
		{"a metadata key", `"metadata":{"l":"x"}`, nil, "n", `{"k":1,"l":"x","o":{"x":1,"y":{"z":2}}}`, tags, bothDays, "2022-12", "2022-05"},
		{"a cleared metadata key", `"metadata":{"k":null}`, nil, "n", `{"o":{"x":1,"y":{"z":2}}}`, tags, bothDays, "2022-12", "2022-05"},
		{"empty metadata", `"metadata":{}`, nil, "n", metadata, tags, bothDays, "2022-12", "2022-05"},
		{"a nested key", `"metadata":{"o":{"w":3}}`, nil, "n", `{"k":1,"o":{"w":3,"x":1,"y":{"z":2}}}`, tags, bothDays, "2022-12", "2022-05"},
		{"a cleared nested key", `"metadata":{"o":{"y":{"z":null}}}`, nil, "n", `{"k":1,"o":{"x":1,"y":{}}}`, tags, bothDays, "2022-12", "2022-05"},
		{"an object for a number", `"metadata":{"k":{"a":null,"b":1}}`, nil, "n", `{"k":{"b":1},"o":{"x":1,"y":{"z":2}}}`, tags, bothDays, "2022-12", "2022-05"},
		{"a number for an object", `"metadata":{"o":5}`, nil, "n", `{"k":1,"o":5}`, tags, bothDays, "2022-12", "2022-05"},
		{"an array is a value", `"metadata":{"o":[null]}`, nil, "n", `{"k":1,"o":[null]}`, tags, bothDays, "2022-12", "2022-05"},
		{"shallow", `"metadata":{"o":{"w":3,"v":null}}`, []apitest.Option{apitest.ShallowMetadata()}, "n", `{"k":1,"o":{"v":null,"w":3}}`, tags, bothDays, "2022-12", "2022-05"},
		{"shallow null", `"metadata":{"o":null}`, []apitest.Option{apitest.ShallowMetadata()}, "n", `{"k":1}`, tags, bothDays, "2022-12", "2022-05"},
		{"tags", `"tags":{"s":null,"t":"3","u":""}`, nil, "n", metadata, `{"t":"3","u":""}`, bothDays, "2022-12", "2022-05"},
		{"costs", `"costs":{"currency":"EUR","values":[{"date":"2022-05-03","value":"3"},{"date":"2022-05-01","value":null},{"date":"2022-05-02","value":"2.0"}]}`, nil,
			"n", metadata, tags, "2022-05-02=2.0 EUR, 2022-05-03=3 EUR", "2022-12", "2022-05"},
		{"a day without a value", `"costs":{"currency":"EUR","values":[{"date":"2022-05-01"}]}`, nil, "n", metadata, tags, bothDays, "2022-12", "2022-05"},
		{"another currency", `"costs":{"currency":"USD","values":[{"date":"2022-05-02","value":"3"}]}`, nil,
			"n", metadata, tags, "2022-05-01=1 EUR, 2022-05-02=3 USD", "2022-12", "2022-05"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t, append(test.opts, apitest.WithClock(may2022))...).login(t)
			c.mustUpsert(t, `[`+first+`]`)
			before := c.mustRecord(t, "b", "a")
			r := c.upsert(t, `[{"id":"a","type":"b",`+test.fields+`}]`)
			if r.status != 202 {
				t.Fatalf("got %d %s, want 202", r.status, r.body)
			}
			got := c.mustRecord(t, "b", "a")
			var costs []string
			for _, c := range got.Costs {
				costs = append(costs, c.Date+"="+c.Value+" "+c.Currency)
			}
			for _, field := range []struct{ name, got, want string }{
				{"nid", got.NID, before.NID},
				{"name", got.Name, test.wantName},
				{"metadata", asJSON(t, got.Metadata), test.wantMetadata},
				{"tags", asJSON(t, got.Tags), test.wantTags},
				{"costs", strings.Join(costs, ", "), test.wantCosts},
				{"validThrough", got.ValidThrough, test.wantThrough},
				{"periods", strings.Join(got.Periods, " "), test.wantPeriods},
			} {
				if field.got != field.want {
					t.Errorf("%s: got %s, want %s", field.name, field.got, field.want)
				}
			}
		})
	}
}

func TestRecordsAreKeyedByTypeAndID(t *testing.T) {
	c := inProcess(t).login(t)
	c.mustUpsert(t, `[{"id":"2","type":"b"},{"id":"1","type":"b"},{"id":"1","type":"a"},{"id":"1","type":"b","name":"last"}]`)
	var got []string
	for _, r := range c.Records() {
		got = append(got, r.Type+"/"+r.ID+"/"+r.Name)
	}
	if want := []string{"a/1/1", "b/1/last", "b/2/2"}; !slices.Equal(got, want) || c.Len() != 3 {
		t.Errorf("got %v, %d, want %v, 3", got, c.Len(), want)
	}
}

func TestPeriods(t *testing.T) {
	var now atomic.Int64
	now.Store(may2022().Unix())
	c := inProcess(t, apitest.WithTokenLifetime(100*24*time.Hour),
		apitest.WithClock(func() time.Time { return time.Unix(now.Load(), 0) })).login(t)
	upsert := func(period string) {
		t.Helper()
		if r := c.call(t, http.MethodPost, "/v1/estateRecords", `{"insertInPeriod":"`+period+`","records":[{"id":"a","type":"b"}]}`); r.status != 202 {
			t.Fatalf("upsert to the %s period: got %d %s, want 202", period, r.status, r.body)
		}
	}
	expect := func(step string, want ...string) {
		t.Helper()
		r, _ := c.Record("b", "a")
		if !slices.Equal(r.Periods, want) {
			t.Errorf("%s: got %v, want %v", step, r.Periods, want)
		}
	}
	const a = `[{"id":"a","type":"b"}]`
	upsert("current")
	expect("current", "2022-05")
	upsert("previous")
	expect("previous", "2022-04", "2022-05")
	upsert("previous")
	expect("previous again", "2022-04", "2022-05")
	c.mustDelete(t, "current", a)
	expect("deleted from the current", "2022-04")
	now.Store(may2022().AddDate(0, 1, 0).Unix())
	c.mustDelete(t, "previous", a)
	expect("deleted from May, where it is not", "2022-04")
	upsert("current")
	expect("a month later", "2022-04", "2022-06")
	c.mustDelete(t, "all", a)
	if c.Len() != 0 {
		t.Errorf("deleted from all: got %d records, want none", c.Len())
	}
}

func TestPeriodsAreInUTC(t *testing.T) {
	zone := time.FixedZone("ahead", 14*60*60)
	c := inProcess(t, apitest.WithClock(func() time.Time { return time.Date(2022, 1, 1, 13, 59, 0, 0, zone) })).login(t)
	c.mustUpsert(t, `[{"id":"a","type":"b","validThrough":"2021-12"}]`)
	if got := c.mustRecord(t, "b", "a").Periods; !slices.Equal(got, []string{"2021-12"}) {
		t.Errorf("got %v, want 2021-12", got)
	}
}

func TestDeleteLocators(t *testing.T) {
	for _, test := range []struct {
		name, locator string // NID stands for the record's
		want          int    // records left
	}{
		{"nid", `{"nid":"NID"}`, 0},
		{"nid in capitals", `{"nid":"CAPITAL"}`, 0},
		{"nid and what does not match", `{"nid":"NID","id":"x","type":"y","name":"z"}`, 0},
		{"another nid and what matches", `{"nid":"` + testNID + `","id":"a","type":"b"}`, 1},
		{"id and type", `{"id":"a","type":"b"}`, 0},
		{"id, type and name", `{"id":"a","type":"b","name":"n"}`, 0},
		{"another name", `{"id":"a","type":"b","name":"a"}`, 1},
		{"another type", `{"id":"a","type":"c"}`, 1},
		{"another id", `{"id":"b","type":"b"}`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t).login(t)
			c.mustUpsert(t, `[{"id":"a","type":"b","name":"n"}]`)
			nid := c.mustRecord(t, "b", "a").NID
			c.mustDelete(t, "all", `[`+strings.NewReplacer("NID", nid, "CAPITAL", strings.ToUpper(nid)).Replace(test.locator)+`]`)
			if got := c.Len(); got != test.want {
				t.Errorf("got %d records, want %d", got, test.want)
			}
		})
	}
}

func TestUpsertAfterDeleteCreatesANewRecord(t *testing.T) {
	c := inProcess(t).login(t)
	c.mustUpsert(t, `[{"id":"a","type":"b","tags":{"x":"y"}}]`)
	first := c.mustRecord(t, "b", "a")
	if r := c.enrich(t, first.NID, `{"x":1}`); r.status != 202 {
		t.Fatalf("enrich: got %d %s, want 202", r.status, r.body)
	}
	c.mustDelete(t, "current", `[{"id":"a","type":"b"}]`)
	c.mustUpsert(t, `[{"id":"a","type":"b"}]`)
	second := c.mustRecord(t, "b", "a")
	if second.NID == first.NID {
		t.Errorf("nid: got %s again, want another one", second.NID)
	}
	if len(second.Tags) > 0 || second.Enrichment != nil {
		t.Errorf("got %+v, want neither tags nor an enrichment", second)
	}
	if _, ok := c.Enrichment(first.NID); ok {
		t.Error("the enrichment of the deleted record is still there")
	}
}

func TestEnrichmentReplaces(t *testing.T) {
	c := inProcess(t).login(t)
	c.mustUpsert(t, `[{"id":"a","type":"b"}]`)
	nid := c.mustRecord(t, "b", "a").NID
	for _, data := range []string{`{"x":{"y":1},"z":null}`, `{"x":{"w":2.0}}`} {
		if r := c.enrich(t, strings.ToUpper(nid), data); r.status != 202 || r.message(t) != "Accepted 1 estate records" {
			t.Fatalf("enrich: got %d %s, want 202 and the count", r.status, r.body)
		}
		if got := asJSON(t, c.mustRecord(t, "b", "a").Enrichment); got != data {
			t.Errorf("got %s, want %s", got, data)
		}
	}
}

func TestDeleteAndEnrichUnknownRecords(t *testing.T) {
	for _, test := range []struct {
		name string
		opts []apitest.Option
		want int
	}{
		{"accepted", nil, 202},
		{"refused", []apitest.Option{apitest.KnownOnly()}, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t, test.opts...).login(t)
			c.mustUpsert(t, `[{"id":"a","type":"b"}]`)
			r := c.enrich(t, testNID, `{"x":1}`)
			if r.status != test.want {
				t.Errorf("enrich: got %d %s, want %d", r.status, r.body, test.want)
			}
			if _, ok := c.Enrichment(testNID); ok != (test.want == 202) {
				t.Errorf("the enrichment is stored: got %v, want %v", ok, !ok)
			}
			for _, locator := range []string{`{"nid":"` + testNID + `"}`, `{"id":"x","type":"b"}`} {
				r := c.call(t, http.MethodDelete, "/v1/estateRecords", `{"period":"all","records":[`+locator+`]}`)
				if r.status != test.want {
					t.Errorf("delete %s: got %d %s, want %d", locator, r.status, r.body, test.want)
				}
			}
			r = c.call(t, http.MethodDelete, "/v1/estateRecords", `{"period":"previous","records":[{"id":"a","type":"b"}]}`)
			if r.status != test.want {
				t.Errorf("delete from a period it is not in: got %d %s, want %d", r.status, r.body, test.want)
			}
			c.mustDelete(t, "current", `[{"id":"a","type":"b"}]`)
		})
	}
}

func TestTotalsAreExact(t *testing.T) {
	c := inProcess(t).login(t)
	cost := func(id, typ, currency, date, value string) string {
		return fmt.Sprintf(`{"id":%q,"type":%q,"costs":{"currency":%q,"values":[{"date":%q,"value":%q}]}}`, id, typ, currency, date, value)
	}
	c.mustUpsert(t, `[`+strings.Join([]string{
		cost("1", "a", "EUR", "2022-05-01", "0.1"), cost("2", "a", "EUR", "2022-05-31", ".2"),
		cost("3", "a", "USD", "2022-05-01", "99999999999999999999999999"), cost("4", "a", "USD", "2022-05-01", "0.00000000001"),
		cost("5", "a", "EUR", "2022-06-01", "7"), cost("6", "b", "JPY", "2022-04-30", "5"), cost("7", "b", "JPY", "2022-05-01", ""),
		`{"id":"8","type":"c"}`,
	}, ",")+`]`)
	for month, want := range map[string][]apitest.Total{
		"2022-05": {
			{"a", 5, map[string]string{"EUR": "0.3", "USD": "99999999999999999999999999.00000000001"}},
			{"b", 2, map[string]string{"JPY": "0"}},
			{"c", 1, map[string]string{}},
		},
		"": {
			{"a", 5, map[string]string{"EUR": "7.3", "USD": "99999999999999999999999999.00000000001"}},
			{"b", 2, map[string]string{"JPY": "5"}},
			{"c", 1, map[string]string{}},
		},
	} {
		if got := c.Totals(month); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, want %v", month, got, want)
		}
	}
	if got, ok := c.mustRecord(t, "a", "1").Cost("2022-05-01"); !ok || got.Value != "0.1" {
		t.Errorf("cost of a day: got %v, %v, want 0.1", got, ok)
	}
	if got, ok := c.mustRecord(t, "a", "1").Cost("2022-05-02"); ok {
		t.Errorf("cost of another day: got %v, want none", got)
	}
}

func TestRecordReturnsACopy(t *testing.T) {
	c := inProcess(t).login(t)
	c.mustUpsert(t, `[{"id":"a","type":"b","metadata":{"o":{"x":[{"y":1}]}},"tags":{"x":"y"}}]`)
	got := c.mustRecord(t, "b", "a")
	maps.DeleteFunc(got.Tags, func(string, string) bool { return true })
	got.Metadata["o"].(map[string]any)["x"].([]any)[0].(map[string]any)["y"] = 2
	again := c.mustRecord(t, "b", "a")
	if again.Tags["x"] != "y" || asJSON(t, again.Metadata) != `{"o":{"x":[{"y":1}]}}` {
		t.Errorf("got %+v after a change of the copy, want the record as it was", again)
	}
}

func TestClearStatelessAcceptAll(t *testing.T) {
	t.Run("clear", func(t *testing.T) {
		c := inProcess(t).login(t)
		c.mustUpsert(t, `[{"id":"a","type":"b"}]`)
		c.Clear()
		if c.Len() != 0 || len(c.Requests()) != 2 {
			t.Errorf("got %d records and %d requests, want 0 and 2", c.Len(), len(c.Requests()))
		}
		c.mustUpsert(t, `[{"id":"a","type":"b"}]`)
	})
	t.Run("stateless", func(t *testing.T) {
		c := inProcess(t, apitest.Stateless()).login(t)
		c.mustUpsert(t, `[{"id":"a","type":"b"}]`)
		if r := c.upsert(t, `[{}]`); c.Len() != 0 || r.status != 400 {
			t.Errorf("got %d records and %d, want none and 400", c.Len(), r.status)
		}
	})
	t.Run("accept all", func(t *testing.T) {
		c := inProcess(t, apitest.AcceptAll()).login(t)
		if r := c.upsert(t, `[{}]`); c.Len() != 0 || r.status != 202 {
			t.Errorf("got %d records and %d, want none and 202", c.Len(), r.status)
		}
		c.token = ""
		if r := c.upsert(t, `[{}]`); r.status != 401 {
			t.Errorf("without a token: got %d, want 401", r.status)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start(apitest.WithBodies(500)).login(t)
		c.Intercept(apitest.Every(5, apitest.Status(503)))
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for i := range 10 {
					record := fmt.Sprintf(`[{"id":"%d","type":"t%d","metadata":{"a":{"b":%d}}}]`, i, worker, i)
					status := 503
					for status == 503 { // Every fails some requests
						status = c.upsert(t, record).status
					}
					c.Records()
					c.Requests()
					c.Totals("")
					c.TokensIssued()
				}
			})
		}
		wg.Wait()
		if got := c.Len(); got != 80 {
			t.Errorf("got %d records, want 80", got)
		}
	})
}
