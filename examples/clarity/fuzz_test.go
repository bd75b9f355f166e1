package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/clarity/internal/models"
	klarity "github.com/klarity-go/klarity/models"
)

// Whatever Clarity says, there is one record for each datasource, of which the SDK says whether it
// is valid, and at most one enrichment, which is.
func FuzzRecords(f *testing.F) {
	f.Add(`{"datasourceId":"D1","currentSourceId":"A1","sourceType":"CLARITY_NODE","orgAnnotations":{"name":"n","tags":["a","b=c","=","b="]}}`,
		`{"nodeId":"A1","model":"m","lifeStage":null,"pairedAccessoryModules":[null,{"accessoryId":"M1"}],"location":{"coordinates":[4.9,52.3]}}`,
		`{"nodeId":"A1","batteryChargePercent":1,"summaryPerCategory":[null,{"alarmCategory":"power","summary":"ALARMS"}]}`,
		`{"subscriptionId":"S1","attachedToDatasourceId":"D1","daysRemaining":3.5,"sharedWith":[""]}`,
		`{"datasourceId":"D1","metric":"pm2_5ConcMass1HourMean","value":1e300,"time":"2025-06-07T08:00:00Z"}`)
	f.Add(`{"datasourceId":"D1","sourceType":"\u0000/ "}`, `{}`, `{}`, `{}`, `{}`)
	f.Fuzz(func(t *testing.T, datasource, node, status, subscription, measurement string) {
		var d models.Datasource
		if json.Unmarshal([]byte(datasource), &d) != nil || d.DatasourceID == "" {
			return // the decoder hands on no such thing
		}
		s := &snapshot{datasources: part[models.Datasource]{known: true, items: []*models.Datasource{&d}}}
		s.nodes, s.status = known[models.Node](node), known[models.NodeStatus](status)
		s.subscriptions, s.measurements = known[models.Subscription](subscription), known[models.Measurement](measurement)
		b := newBuilder(&options{nodes: true, statusMetadata: true, nids: nids{}, prices: prices{{currency: "EUR", amount: "1"}}, costDay: time.Now()}, s, "o")
		if len(measurement)%2 == 0 {
			b.nids[d.DatasourceID] = nidA
		}
		records := map[api.Key]int{}
		for change := range b.changes() {
			if change.Enrich != nil {
				if err := api.CheckEnrichment(change.Enrich); err != nil {
					t.Errorf("an enrichment is refused: %v", err)
				}
				continue
			}
			_ = api.CheckRecord(change.Upsert, klarity.InsertInPeriodCurrent)
			records[api.Key{Type: change.Upsert.Type, ID: change.Upsert.ID}]++
		}
		if n := records[api.Key{Type: typeOf(d.SourceType), ID: d.DatasourceID}]; n != 1 {
			t.Errorf("got %d records of the datasource, want 1", n)
		}
	})
}

// known is a part with one item, as far as it can be decoded.
func known[T any](text string) part[T] {
	item := new(T)
	p := part[T]{asked: true, known: true}
	if json.Unmarshal([]byte(text), item) == nil {
		p.items = append(p.items, item)
	}
	return p
}
