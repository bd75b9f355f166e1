package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

// may2022 is the clock of tests that depend on the current period.
func may2022() time.Time { return time.Date(2022, 5, 15, 12, 0, 0, 0, time.UTC) }

const testNID = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"

// list returns a JSON array with an item n times, its %d replaced by the index.
func list(n int, item string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = strings.ReplaceAll(item, "%d", fmt.Sprint(i))
	}
	return "[" + strings.Join(items, ",") + "]"
}

// object returns a JSON object of exactly size bytes.
func object(size int) string {
	return `{"k":"` + strings.Repeat("x", size-len(`{"k":""}`)) + `"}`
}

func days(n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = `{"date":"` + may2022().AddDate(0, 0, i).Format(time.DateOnly) + `","value":"1"}`
	}
	return strings.Join(values, ",")
}

func costs(values string) string {
	return `{"id":"a","type":"b","costs":{"currency":"EUR","values":[` + values + `]}}`
}

// record returns a record with a field besides id and type.
func record(field string) string { return `{"id":"a","type":"b",` + field + `}` }

func tagsOf(n int) string {
	return `"tags":{` + strings.Trim(list(n, `"k%d":"v"`), "[]") + `}`
}

func TestUpsertRules(t *testing.T) {
	long := strings.Repeat("é", 255) // characters, not bytes
	const ok = ""
	for _, test := range []struct {
		name   string
		record string // or, if it starts with "body ", the body
		want   string // part of the error, ok for none
	}{
		{"id and type", `{"id":"a","type":"b"}`, ok},
		{"no id", `{"type":"b"}`, "records[0].id: is required"},
		{"no type", `{"id":"a"}`, "records[0].type: is required"},
		{"empty id", `{"id":"","type":"b"}`, "records[0].id: must not be empty"},
		{"empty type", `{"id":"a","type":""}`, "records[0].type: must not be empty"},
		{"id null", `{"id":null,"type":"b"}`, "records[0].id"},
		{"id a number", `{"id":5,"type":"b"}`, "records[0].id"},
		{"id an array", `{"id":["a"],"type":"b"}`, "records[0].id"},
		{"id at the limit", `{"id":"` + long + `","type":"b"}`, ok},
		{"id past the limit", `{"id":"` + long + `x","type":"b"}`, "records[0].id: should be at most 255"},
		{"type at the limit", `{"id":"a","type":"` + long + `"}`, ok},
		{"type past the limit", `{"id":"a","type":"` + long + `x"}`, "records[0].type: should be at most 255"},
		{"name at the limit", record(`"name":"` + long + `"`), ok},
		{"name past the limit", record(`"name":"` + long + `x"`), "records[0].name: should be at most 255"},
		{"name empty", record(`"name":""`), ok},
		{"name null", record(`"name":null`), "records[0].name"},
		{"unknown field", record(`"tag":{}`), "records[0].tag: the contract has no such field"},
		{"id twice", `{"id":"a","type":"b","id":"c"}`, "records[0].id: is a duplicate key"},
		{"a lone surrogate", `{"id":"\ud800","type":"b"}`, "records[0].id: has half of a surrogate pair"},
		{"a low surrogate first", `{"id":"\udc00\ud800","type":"b"}`, "records[0].id: has half of a surrogate pair"},
		{"a high surrogate and no low one", `{"id":"\ud83d\u0041","type":"b"}`, "records[0].id: has half of a surrogate pair"},
		{"a surrogate pair", `{"id":"\ud83d\ude00","type":"b"}`, ok},
		{"a NUL", `{"id":"\u0000","type":"b"}`, ok},

		{"metadata of every kind", record(`"metadata":{"a":1,"b":1.50,"c":true,"d":null,"e":[null,1,"x",{"y":1e400}],"f":{"g":null}}`), ok},
		{"metadata with reserved words of JSON schema", record(`"metadata":{"items":1,"properties":{},"$ref":"x","type":"array","id":5}`), ok},
		{"metadata null", record(`"metadata":null`), "records[0].metadata"},
		{"metadata an array", record(`"metadata":[]`), "records[0].metadata"},
		{"metadata a number", record(`"metadata":5`), "records[0].metadata: must be of type object"},
		{"metadata with tags", record(`"metadata":{"tags":{}}`), "records[0].metadata.tags: is a reserved key"},
		{"metadata with null tags", record(`"metadata":{"tags":null}`), "records[0].metadata.tags: is a reserved key"},
		{"metadata with tags below", record(`"metadata":{"x":{"tags":1}}`), ok},
		{"metadata with a key twice", record(`"metadata":{"x":{"y":1,"y":2}}`), "records[0].metadata.x.y: is a duplicate key"},
		{"metadata at the limit", record(`"metadata":` + object(1_000_000)), ok},
		{"metadata past the limit", record(`"metadata":` + object(1_000_001)), "records[0].metadata: is 1000001 bytes"},

		{"a cleared tag", record(`"tags":{"x":null}`), ok},
		{"an empty tag", record(`"tags":{"":""}`), ok},
		{"tag a number", record(`"tags":{"x":5}`), "records[0].tags.x: must be of type string"},
		{"tag an object", record(`"tags":{"a b":{}}`), `records[0].tags["a b"]: must be of type string`},
		{"tags null", record(`"tags":null`), "records[0].tags"},
		{"tag at the limit", record(`"tags":{"x":"` + long + `"}`), ok},
		{"tag past the limit", record(`"tags":{"x":"` + long + `x"}`), "records[0].tags.x: should be at most 255"},
		{"1000 tags", record(tagsOf(1000)), ok},
		{"1001 tags", record(tagsOf(1001)), "records[0].tags: should have at most 1000 properties"},
		{"tags past 1 MB", record(`"tags":{"` + strings.Repeat("k", 1_000_000) + `":"v"}`), "records[0].tags: is 1000008 bytes"},

		{"costs null", record(`"costs":null`), "records[0].costs"},
		{"costs", costs(`{"date":"2022-05-01","value":"12.50"}`), ok},
		{"a cleared cost", costs(`{"date":"2022-05-01","value":null}`), ok},
		{"a cost without a value", costs(`{"date":"2022-05-01"}`), ok},
		{"no values", record(`"costs":{"currency":"EUR"}`), "records[0].costs.values: is required"},
		{"empty values", costs(``), "records[0].costs.values: should have at least 1"},
		{"1000 values", costs(days(1000)), ok},
		{"1001 values", costs(days(1001)), "records[0].costs.values: should have at most 1000"},
		{"value null in values", costs(`null`), "records[0].costs.values[0]"},
		{"no currency", record(`"costs":{"values":[{"date":"2022-05-01","value":"1"}]}`), "records[0].costs.currency: is required"},
		{"unknown currency", record(`"costs":{"currency":"EUX","values":[{"date":"2022-05-01"}]}`), `records[0].costs.currency: "EUX" is not a code of ISO 4217`},
		{"currency in small letters", record(`"costs":{"currency":"eur","values":[{"date":"2022-05-01"}]}`), `records[0].costs.currency`},
		{"a past currency", record(`"costs":{"currency":"DEM","values":[{"date":"2022-05-01"}]}`), `records[0].costs.currency`},
		{"unknown field in costs", record(`"costs":{"currency":"EUR","id":1,"values":[{"date":"2022-05-01"}]}`), "records[0].costs.id: the contract has no"},
		{"no date", costs(`{"value":"1"}`), "records[0].costs.values[0].date: is required"},
		{"date a number", costs(`{"date":20220501,"value":"1"}`), "records[0].costs.values[0].date"},
		{"date an array", costs(`{"date":["2022-05-01"],"value":"1"}`), "records[0].costs.values[0].date: must be of type string"},
		{"date null", costs(`{"date":null,"value":"1"}`), "records[0].costs.values[0].date"},
		{"29 February of a leap year", costs(`{"date":"2024-02-29","value":"1"}`), ok},
		{"29 February of no leap year", costs(`{"date":"2022-02-29","value":"1"}`), "records[0].costs.values[0].date"},
		{"30 February", costs(`{"date":"2022-02-30","value":"1"}`), "records[0].costs.values[0].date"},
		{"date with a time", costs(`{"date":"2022-05-01T00:00:00Z","value":"1"}`), "records[0].costs.values[0].date"},
		{"date with short parts", costs(`{"date":"2022-5-1","value":"1"}`), "records[0].costs.values[0].date"},
		{"a date twice", costs(`{"date":"2022-05-01","value":"1"},{"date":"2022-05-01","value":"2"}`), "records[0].costs.values[1].date: 2022-05-01 is a duplicate date"},
		{"value .5", costs(`{"date":"2022-05-01","value":".5"}`), ok},
		{"value empty", costs(`{"date":"2022-05-01","value":""}`), ok},
		{"value 5.", costs(`{"date":"2022-05-01","value":"5."}`), "records[0].costs.values[0].value: must be a string with a decimal number"},
		{"value negative", costs(`{"date":"2022-05-01","value":"-5"}`), "records[0].costs.values[0].value: must be a string with a decimal number"},
		{"value with an exponent", costs(`{"date":"2022-05-01","value":"1e3"}`), "records[0].costs.values[0].value: must be a string with a decimal number"},
		{"value with a comma", costs(`{"date":"2022-05-01","value":"1,000"}`), "records[0].costs.values[0].value: must be a string with a decimal number"},
		{"value with a line end", costs(`{"date":"2022-05-01","value":"5\n"}`), "records[0].costs.values[0].value: must be a string with a decimal number"},
		{"value in other digits", costs(`{"date":"2022-05-01","value":"٣"}`), "records[0].costs.values[0].value: must be a string with a decimal number"},
		{"value a number", costs(`{"date":"2022-05-01","value":5}`), `records[0].costs.values[0].value: must be a string with a decimal number, with a dot and without sign and exponent, such as "12.50"`},
		{"value a number with an exponent", costs(`{"date":"2022-05-01","value":1.25e1}`), "records[0].costs.values[0].value: must be a string with a decimal number"},
		{"value a negative number", costs(`{"date":"2022-05-01","value":-1}`), "records[0].costs.values[0].value: must be a string with a decimal number"},
		{"value as the message has it", costs(`{"date":"2022-05-01","value":"12.50"}`), ok},

		{"validThrough the current period", record(`"validThrough":"2022-05"`), ok},
		{"validThrough before it", record(`"validThrough":"2022-04"`), "records[0].validThrough: must not be before the period 2022-05"},
		{"validThrough the last month there is", record(`"validThrough":"2999-12"`), ok},
		{"validThrough of another millennium", record(`"validThrough":"3000-01"`), "records[0].validThrough: should match"},
		{"validThrough the 13th month", record(`"validThrough":"2022-13"`), "records[0].validThrough: should match"},
		{"validThrough a day", record(`"validThrough":"2022-05-01"`), "records[0].validThrough: should match"},
		{"validThrough null", record(`"validThrough":null`), "records[0].validThrough"},

		{"1000 records", "body " + `{"records":` + list(1000, `{"id":"%d","type":"b"}`) + `}`, ok},
		{"1001 records", "body " + `{"records":` + list(1001, `{"id":"%d","type":"b"}`) + `}`, "records: should have at most 1000"},
		{"no records", "body " + `{"records":[]}`, "records: should have at least 1"},
		{"records absent", "body " + `{}`, "records: is required"},
		{"records null", "body " + `{"records":null}`, "records"},
		{"a null record", "body " + `{"records":[{"id":"a","type":"b"},null]}`, "records[1]: must be of type object"},
		{"a record of another kind", "body " + `{"records":["a"]}`, "records[0]: must be of type object"},
		{"period current", "body " + `{"records":[{"id":"a","type":"b"}],"insertInPeriod":"current"}`, ok},
		{"period previous", "body " + `{"records":[{"id":"a","type":"b","validThrough":"2022-04"}],"insertInPeriod":"previous"}`, ok},
		{"validThrough before the previous period", "body " + `{"records":[{"id":"a","type":"b","validThrough":"2022-03"}],"insertInPeriod":"previous"}`, "records[0].validThrough"},
		{"period all", "body " + `{"records":[{"id":"a","type":"b"}],"insertInPeriod":"all"}`, "insertInPeriod: should be one of"},
		{"period null", "body " + `{"records":[{"id":"a","type":"b"}],"insertInPeriod":null}`, "insertInPeriod"},
		{"unknown field of the body", "body " + `{"records":[{"id":"a","type":"b"}],"period":"current"}`, "period: the contract has no such field"},
		{"null", "body null", "body: must be of type object"},
		{"a string", `body "x"`, "body: must be of type object"},
		{"an array", `body []`, "body: must be of type object"},
		{"nothing", "body ", "no body"},
		{"white space", "body  \n", "not JSON"},
		{"broken JSON", "body {", "not JSON"},
		{"a comma too many", `body {"records":[{"id":"a","type":"b"},]}`, "not JSON"},
		{"more after the end", `body {"records":[{"id":"a","type":"b"}]}{}`, "not JSON"},
		{"a byte order mark", "body \xef\xbb\xbf" + `{"records":[{"id":"a","type":"b"}]}`, "not JSON"},
		{"invalid UTF-8", "body " + `{"records":[{"id":"` + "\xff" + `","type":"b"}]}`, "UTF-8"},
		{"white space around", "body \n " + `{ "records" : [ { "id" : "a" , "type" : "b", "metadata": { } } ] } ` + "\r\n\t", ok},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t, apitest.WithClock(may2022)).login(t)
			body, whole := strings.CutPrefix(test.record, "body ")
			if !whole {
				body = `{"records":[` + body + `]}`
			}
			r := c.call(t, http.MethodPost, "/v1/estateRecords", body)
			checkResponse(t, c, r, test.want)
		})
	}
}

// checkResponse compares a response to the expected error, "" for none, and checks that a
// refused request changed nothing.
func checkResponse(t *testing.T, c *testClient, r response, want string) {
	t.Helper()
	if want == "" {
		if r.status != http.StatusAccepted {
			t.Fatalf("got %d %s, want 202", r.status, r.body)
		}
		return
	}
	if r.status != http.StatusBadRequest || !strings.Contains(r.message(t), want) {
		t.Fatalf("got %d %.500s, want 400 and %q", r.status, r.message(t), want)
	}
	if n := c.Len(); n != 0 {
		t.Errorf("the estate has %d records, want none", n)
	}
}

func TestDeleteRules(t *testing.T) {
	const ok = ""
	for _, test := range []struct{ name, body, want string }{
		{"by nid", `{"period":"current","records":[{"nid":"` + testNID + `"}]}`, ok},
		{"by nid in capitals", `{"period":"previous","records":[{"nid":"` + strings.ToUpper(testNID) + `"}]}`, ok},
		{"by id and type", `{"period":"all","records":[{"id":"a","type":"b"}]}`, ok},
		{"by all four", `{"period":"all","records":[{"nid":"` + testNID + `","id":"a","type":"b","name":"c"}]}`, ok},
		{"no locator", `{"period":"all","records":[{}]}`, "records[0]: must have a nid, or"},
		{"id alone", `{"period":"all","records":[{"id":"a"}]}`, "records[0]: must have a nid, or"},
		{"type alone", `{"period":"all","records":[{"type":"a","name":"b"}]}`, "records[0]: must have a nid, or"},
		{"empty id", `{"period":"all","records":[{"id":"","type":"a"}]}`, "records[0]: must have a nid, or"},
		{"nid no UUID", `{"period":"all","records":[{"nid":"x"}]}`, "records[0].nid: must be of type uuid"},
		{"nid without hyphens", `{"period":"all","records":[{"nid":"` + strings.ReplaceAll(testNID, "-", "") + `"}]}`, "records[0].nid: must be a UUID"},
		{"nid in braces", `{"period":"all","records":[{"nid":"{` + testNID + `}"}]}`, "records[0].nid: must be a UUID"},
		{"nid as URN", `{"period":"all","records":[{"nid":"urn:uuid:` + testNID + `"}]}`, "records[0].nid: must be a UUID"},
		{"nid null", `{"period":"all","records":[{"nid":null,"id":"a","type":"b"}]}`, "records[0].nid"},
		{"nid an array", `{"period":"all","records":[{"nid":["` + testNID + `"]}]}`, "records[0].nid: must be of type string"},
		{"no period", `{"records":[{"nid":"` + testNID + `"}]}`, "period: is required"},
		{"unknown period", `{"period":"next","records":[{"nid":"` + testNID + `"}]}`, "period: should be one of"},
		{"insertInPeriod", `{"insertInPeriod":"current","records":[{"nid":"` + testNID + `"}]}`, "insertInPeriod: the contract has no such field"},
		{"id past the limit", `{"period":"all","records":[{"id":"` + strings.Repeat("x", 256) + `","type":"b"}]}`, "records[0].id: should be at most 255"},
		{"1000", `{"period":"all","records":` + list(1000, `{"id":"%d","type":"b"}`) + `}`, ok},
		{"1001", `{"period":"all","records":` + list(1001, `{"id":"%d","type":"b"}`) + `}`, "records: should have at most 1000"},
		{"none", `{"period":"all","records":[]}`, "records: should have at least 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t).login(t)
			checkResponse(t, c, c.call(t, http.MethodDelete, "/v1/estateRecords", test.body), test.want)
		})
	}
}

func TestEnrichRules(t *testing.T) {
	const ok = ""
	enrich := func(data string) string {
		return `{"enrichments":[{"record":{"nid":"` + testNID + `"},"data":` + data + `}]}`
	}
	for _, test := range []struct{ name, body, want string }{
		{"data", enrich(`{"a":null,"b":0,"c":"","d":false,"e":[],"tags":1}`), ok},
		{"empty data", enrich(`{}`), "enrichments[0].data: should have at least 1 properties"},
		{"null data", enrich(`null`), "enrichments[0].data"},
		{"no data", `{"enrichments":[{"record":{"nid":"` + testNID + `"}}]}`, "enrichments[0].data: is required"},
		{"data at the limit", enrich(object(1_000_000)), ok},
		{"data past the limit", enrich(object(1_000_001)), "enrichments[0].data: is 1000001 bytes"},
		{"no record", `{"enrichments":[{"data":{"a":1}}]}`, "enrichments[0].record: is required"},
		{"no nid", `{"enrichments":[{"record":{},"data":{"a":1}}]}`, "enrichments[0].record.nid: is required"},
		{"nid no UUID", `{"enrichments":[{"record":{"nid":"x"},"data":{"a":1}}]}`, "enrichments[0].record.nid"},
		{"by id", `{"enrichments":[{"record":{"id":"a","nid":"` + testNID + `"},"data":{"a":1}}]}`, "enrichments[0].record.id: the contract has no"},
		{"1000", `{"enrichments":` + list(1000, `{"record":{"nid":"`+testNID+`"},"data":{"a":%d}}`) + `}`, ok},
		{"1001", `{"enrichments":` + list(1001, `{"record":{"nid":"`+testNID+`"},"data":{"a":%d}}`) + `}`, "enrichments: should have at most 1000"},
		{"none", `{"enrichments":[]}`, "enrichments: should have at least 1"},
		{"records", `{"records":[]}`, "enrichments: is required"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t).login(t)
			checkResponse(t, c, c.call(t, http.MethodPost, "/v1/enrichments/estateRecords", test.body), test.want)
		})
	}
}

func TestErrorListsFiveViolationsAndCountsTheRest(t *testing.T) {
	c := inProcess(t).login(t)
	got := c.upsert(t, list(9, `{"type":"b"}`)).message(t)
	if !strings.HasPrefix(got, "records[0].id: is required; records[1].id: ") || !strings.HasSuffix(got, "; and 4 more") {
		t.Errorf("got %q, want five violations in order, and 4 more", got)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start().login(t)
		for _, test := range []struct {
			method, path, allow string
			want                int
		}{
			{"GET", "/v1/estateRecords", "POST, DELETE", 405},
			{"PUT", "/v1/estateRecords", "POST, DELETE", 405},
			{"DELETE", "/v1/enrichments/estateRecords", "POST", 405},
			{"POST", "/v1/estateRecords/", "", 404},
			{"POST", "/v2/estateRecords", "", 404},
			{"GET", "/", "", 404},
		} {
			r := c.call(t, test.method, test.path, `{"records":[{"id":"a","type":"b"}]}`)
			if r.status != test.want || r.header.Get("Allow") != test.allow || r.message(t) == "" {
				t.Errorf("%s %s: got %d, Allow %q, %s; want %d, %q and an error",
					test.method, test.path, r.status, r.header.Get("Allow"), r.body, test.want, test.allow)
			}
		}
	})
}

func TestContentTypeMustBeJSON(t *testing.T) {
	c := inProcess(t).login(t)
	for contentType, want := range map[string]int{
		"application/json":                  202,
		"application/json; charset=utf-8":   202,
		"Application/JSON":                  202,
		"":                                  415,
		"text/plain":                        415,
		"application/problem+json":          415,
		"application/x-www-form-urlencoded": 415,
	} {
		req := c.request(t, http.MethodPost, "/v1/estateRecords", `{"records":[{"id":"a","type":"b"}]}`)
		req.Header.Set("Content-Type", contentType)
		r, err := c.do(req)
		if err != nil {
			t.Fatal(err)
		}
		if r.status != want {
			t.Errorf("%q: got %d %s, want %d", contentType, r.status, r.body, want)
		}
	}
}

func TestBodyAboveTheLimitIsRefused(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		body := `{"records":[{"id":"a","type":"b"}]}`
		c := start(apitest.WithMaxBody(1000)).login(t)
		for _, test := range []struct {
			name    string
			size    int
			chunked bool
			want    int
		}{
			{"at the limit", 1000, false, 202},
			{"past the limit", 1001, false, 413},
			{"at the limit, chunked", 1000, true, 202},
			{"past the limit, chunked", 1001, true, 413},
		} {
			t.Run(test.name, func(t *testing.T) {
				req := c.request(t, http.MethodPost, "/v1/estateRecords", body+strings.Repeat(" ", test.size-len(body)))
				if test.chunked {
					req.ContentLength = -1
				}
				r, err := c.do(req)
				if err != nil {
					t.Fatal(err)
				}
				if r.status != test.want {
					t.Errorf("got %d %s, want %d", r.status, r.body, test.want)
				}
			})
		}
	})
}

func TestWithMaxObject(t *testing.T) {
	c := inProcess(t, apitest.WithMaxObject(1<<20)).login(t)
	c.mustUpsert(t, `[`+record(`"metadata":`+object(1<<20))+`]`)
	if r := c.upsert(t, `[`+record(`"metadata":`+object(1<<20+1))+`]`); r.status != 400 {
		t.Errorf("past the limit: got %d, want 400", r.status)
	}
}

func TestAllowUnknownFields(t *testing.T) {
	c := inProcess(t, apitest.AllowUnknownFields()).login(t)
	c.mustUpsert(t, `[`+record(`"x":[1,null],"costs":{"currency":"EUR","y":1,"values":[{"date":"2022-05-01","z":1}]}`)+`]`)
}

func TestBatchIsAtomicUnlessPartial(t *testing.T) {
	for _, test := range []struct {
		name string
		opts []apitest.Option
		want int
	}{
		{"atomic", nil, 0},
		{"partial", []apitest.Option{apitest.PartialBatches()}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t, test.opts...).login(t)
			r := c.upsert(t, `[{"id":"a","type":"t"},{"id":"b"},{"id":"c","type":"t"}]`)
			if r.status != 400 || !strings.HasPrefix(r.message(t), "records[1].type") {
				t.Errorf("got %d %s, want 400 for records[1].type", r.status, r.body)
			}
			requests := c.Requests()
			if got := requests[len(requests)-1]; got.Items != 3 || got.Applied != test.want || c.Len() != test.want {
				t.Errorf("got %d of %d applied, %d in the estate, want %d of 3", got.Applied, got.Items, c.Len(), test.want)
			}
		})
	}
}

func TestPartialBatchesStillRefuseABadEnvelope(t *testing.T) {
	c := inProcess(t, apitest.PartialBatches()).login(t)
	r := c.call(t, http.MethodPost, "/v1/estateRecords", `{"records":[{"id":"a","type":"t"}],"insertInPeriod":"x"}`)
	checkResponse(t, c, r, "insertInPeriod")
}

// The request in the public documentation, with the closing brackets that are missing there.
func TestDocumentedRequest(t *testing.T) {
	c := overLoopback(t).login(t)
	r := c.call(t, http.MethodPost, "/v1/estateRecords", `{
"records": [{
"id": "js002",
"name": "Jira Subscription 002",
"type": "jira/subscription/basic",
"metadata": {},
"tags": {
"key": "key_example"
}}]}`)
	if r.status != 202 || r.message(t) != "Accepted 1 estate records" {
		t.Fatalf("got %d %s, want 202 and the count", r.status, r.body)
	}
	got, ok := c.Record("jira/subscription/basic", "js002")
	if !ok {
		t.Fatal("the record is not in the estate")
	}
	if want := "Jira Subscription 002"; got.Name != want {
		t.Errorf("name: got %q, want %q", got.Name, want)
	}
	if want := "key_example"; got.Tags["key"] != want {
		t.Errorf("tag: got %q, want %q", got.Tags["key"], want)
	}
}
