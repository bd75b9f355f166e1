package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// costs are the costs of a record that was sent, as JSON; "null" without any.
func costs(t *testing.T, raw string) string {
	t.Helper()
	var record struct{ Costs json.RawMessage }
	if err := json.Unmarshal([]byte(raw), &record); err != nil {
		t.Fatal(err)
	}
	if record.Costs == nil {
		return "null"
	}
	return string(record.Costs)
}

// The first row that fits counts, and an amount is sent as it is written.
func TestCosts(t *testing.T) {
	k, c := servers(t)
	documented(c)
	prices := jobtest.File(t, "prices.csv", "model,subscription,currency,price\n"+
		"Node-S Global,temporary,EUR,9\nNode-S Global,licensed,EUR,1.20000000000000000001\n,public,USD,0.10\n")
	runClarity(t, "-cost", prices, "-cost-day", "2026-11-04", "-nodes", "-accessories").Want(t, 0, nil, nil)
	got := sent(t, k)
	for id, want := range map[string]string{
		"DQXWV1234": `{"currency":"EUR","values":[{"date":"2026-11-04","value":"1.20000000000000000001"}]}`,
		"DRTYU5678": `{"currency":"USD","values":[{"date":"2026-11-04","value":"0.10"}]}`,
		"DSTOP0001": `null`, "DNEWS0001": `null`, "ASPARE01": `null`, "M0000042": `null`,
	} {
		sameJSON(t, id, costs(t, got[id]), want)
	}
}

func TestCostOfTodayByDefault(t *testing.T) {
	k, c := servers(t)
	documented(c)
	before := time.Now().UTC().Format(time.DateOnly)
	runClarity(t, "-cost", jobtest.File(t, "prices.csv", "\xef\xbb\xbfprice;currency;subscription;model;note\n 0.85 ;EUR;;;everything else\n")).Want(t, 0, nil, nil)
	after := time.Now().UTC().Format(time.DateOnly)
	var got struct {
		Values []struct{ Date, Value string }
	}
	if err := json.Unmarshal([]byte(costs(t, sent(t, k)["DSTOP0001"])), &got); err != nil {
		t.Fatal(err)
	}
	if v := got.Values[0]; v.Value != "0.85" || v.Date != before && v.Date != after {
		t.Errorf("got %+v, want 0.85 on %s", v, after)
	}
}

func TestCostOfTodayIsThatOfUTC(t *testing.T) {
	o := newOptions()
	o.costFile = jobtest.File(t, "prices.csv", "model,subscription,currency,price\n,,EUR,1\n")
	if err := o.load(); err != nil || o.costDay.Location() != time.UTC {
		t.Errorf("got %v, %v, want a time in UTC", o.costDay, err)
	}
}

// Where a price depends on what is not known, there is none, rather than a wrong one; it is told.
func TestCostsThatAreNotKnown(t *testing.T) {
	prices := jobtest.File(t, "prices.csv", "model,subscription,currency,price\n,public,EUR,0\nNode-S Global,,EUR,1\n,,EUR,2\n")
	for part, test := range map[string]struct {
		want string
		id   string // whose cost is known all the same
		cost string
	}{
		"nodes":         {"a price depends on the model", "DRTYU5678", "0"},
		"subscriptions": {"a price depends on the subscription", "", ""},
	} {
		k, c := servers(t)
		documented(c)
		fail(t, c, part+":403")
		runClarity(t, "-cost", prices, "-cost-day", "2026-11-04").Want(t, 1, nil, []string{"no costs are sent where " + test.want})
		for id, raw := range sent(t, k) {
			want := "null"
			if id == test.id {
				want = `{"currency":"EUR","values":[{"date":"2026-11-04","value":"` + test.cost + `"}]}`
			}
			sameJSON(t, part+" "+id, costs(t, raw), want)
		}
	}
}

// Also where a model or a subscription is there and cannot be understood.
func TestCostsOfOddDevices(t *testing.T) {
	prices := jobtest.File(t, "prices.csv", "model,subscription,currency,price\nNode-S Global,,EUR,1\n,licensed,EUR,2\n,,EUR,3\n")
	for call, body := range map[string]string{
		clarity.CallNodes:         `[{"nodeId":"A7K2M9QP","model":17}]`,
		clarity.CallSubscriptions: `[{"subscriptionId":"SQ7PL2M4X","subscriptionType":17}]`,
		clarity.CallDatasources:   `[{"datasourceId":"DQXWV1234","currentSourceId":17,"currentSubscriptionId":"SQ7PL2M4X"}]`,
	} {
		k, c := servers(t)
		documented(c)
		c.ReplaceBody(clarity.CallNodes, `[{"nodeId":"A7K2M9QP","model":"another"}]`)
		c.ReplaceBody(call, body)
		runClarity(t, "-cost", prices).Want(t, 1, nil, nil)
		sameJSON(t, call, costs(t, sent(t, k)["DQXWV1234"]), "null")
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	const priceColumns, nidColumns = "model,subscription,currency,price\n", "id,nid\n"
	for name, test := range map[string]struct{ flag, content, want string }{
		"empty":              {"-cost", "", "no first line with the columns model, subscription, currency, price"},
		"column":             {"-cost", "model,currency,price\n", `the column "subscription" is missing`},
		"column twice":       {"-cost", "model,subscription,currency,price,price\n", `the column "price" is there twice`},
		"no prices":          {"-cost", priceColumns, "there are no prices in it"},
		"decimal comma":      {"-cost", priceColumns + "a,,EUR,\"1,20\"\n", "line 2: price: "},
		"sign":               {"-cost", priceColumns + "a,,EUR,1\nb,,EUR,-1\n", "line 3: price: "},
		"no price":           {"-cost", priceColumns + "a,,EUR,\n", "line 2: price: "},
		"currency":           {"-cost", priceColumns + "a,,BTC,1\n", "line 2: currency: "},
		"cells":              {"-cost", priceColumns + "a,EUR,1\n", "wrong number of fields"},
		"nid":                {"-nids", nidColumns + "D1,17\n", "line 2: nid: "},
		"no nid":             {"-nids", nidColumns + "D1,\n", "line 2: nid: "},
		"no id":              {"-nids", nidColumns + "," + nidA + "\n", "line 2: the id is missing"},
		"id twice":           {"-nids", nidColumns + "D1," + nidA + "\nD1," + nidB + "\n", `line 3: the id "D1" came before`},
		"nid twice":          {"-nids", nidColumns + "D1," + nidA + "\nD2," + nidA + "\n", `line 3: the nid is that of "D1", too`},
		"nid in capitals":    {"-nids", nidColumns + "D1," + nidA + "\nD2," + strings.ToUpper(nidA) + "\n", `line 3: the nid is that of "D1", too`},
		"no columns of nids": {"-nids", priceColumns, `the column "id" is missing`},
	} {
		t.Run(name, func(t *testing.T) {
			k, c := servers(t)
			file := jobtest.File(t, "file.csv", test.content)
			runClarity(t, test.flag, file).Want(t, 2, nil, []string{"clarity: " + test.flag + " " + file, test.want})
			if len(jobtest.Sent(k))+len(c.Requests()) > 0 {
				t.Error("got requests, want none")
			}
		})
	}
}
