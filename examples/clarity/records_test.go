package main

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/claritytest"
)

// The documented shapes, with made-up values.
const (
	datasourcesJSON = `{"subscribingOrg":"harbourAB12","datasources":[
		{"datasourceId":"DQXWV1234","currentSubscriptionId":"SQ7PL2M4X","currentSourceId":"A7K2M9QP","sourceType":"CLARITY_NODE",
		 "orgAnnotations":{"name":"Harbour gate","group":"North","tags":["school","district=harbour","owner = city","owner=port",""," "]}},
		{"datasourceId":"DRTYU5678","currentSubscriptionId":"SD4KX8M2P","currentSourceId":"RCX4T8ZW","sourceType":"REFERENCE_SITE",
		 "orgAnnotations":{"name":"City monitor","group":null,"tags":[]}},
		{"datasourceId":"DSTOP0001","currentSubscriptionId":null,"currentSourceId":null,"sourceType":null,"orgAnnotations":null},
		{"datasourceId":"DNEWS0001","currentSourceId":"XNEW","sourceType":"SATELLITE_FEED"}]}`
	nodesJSON = `[
		{"nodeId":"A7K2M9QP","sku":"CLA02-00042","model":"Node-S Global","lifeStage":{"stage":"working","when":"2024-05-06T07:08:09.123Z"},
		 "pairedAccessoryModules":[{"accessoryId":"M0000042","sku":"CLA-WIND02"},{"accessoryId":"M0000043"}],
		 "location":{"type":"Point","coordinates":[4.9041,52.3676]}},
		{"nodeId":"ASPARE01","sku":"CLA02-00043","model":"Node-S Global","lifeStage":{"stage":"purchased"},"location":null}]`
	subscriptionsJSON = `{"subscribingOrg":"harbourAB12","subscriptions":[
		{"subscriptionId":"SD4KX8M2P","subscriptionType":"public","attachedToDatasourceId":"DRTYU5678"},
		{"subscriptionId":"SOLD00001","subscriptionType":"temporary","attachedToDatasourceId":"DQXWV1234"},
		{"subscriptionId":"SQ7PL2M4X","subscriptionType":"licensed","attachedToDatasourceId":"DQXWV1234",
		 "timePeriodStart":"2025-01-01T00:00:00.000Z","timePeriodEnd":"2026-12-31T00:00:00.000Z","daysRemaining":312,"sharedWith":["partnerorgCD34"]}]}`
	accessoriesJSON = `[{"moduleId":"M0000042","sku":"CLA-WIND02","status":"paired","pairedNode":"A7K2M9QP"},{"moduleId":"M0000044","status":"disabled"}]`
)

// documented makes the server answer with the shapes above.
func documented(c *claritytest.Server) {
	c.ReplaceBody(clarity.CallDatasources, datasourcesJSON)
	c.ReplaceBody(clarity.CallNodes, nodesJSON)
	c.ReplaceBody(clarity.CallSubscriptions, subscriptionsJSON)
	c.ReplaceBody(clarity.CallAccessories, accessoriesJSON)
}

// What Clarity says is not there is null, which clears it in Klarity.
func TestRecords(t *testing.T) {
	k, c := servers(t)
	documented(c)
	runClarity(t, "-nodes", "-accessories").Want(t, 0, []string{"4 datasources, 1 node without one, 2 accessory modules of the Org harbourAB12"}, nil)
	got := sent(t, k)
	want := map[string]string{
		"DQXWV1234": `{"id":"DQXWV1234","type":"clarity/node","name":"Harbour gate",
			"tags":{"school":"true","district":"harbour","owner":"city, port"},
			"metadata":{"org":"harbourAB12","group":"North","org_tags":["school","district=harbour","owner = city","owner=port"],
			"source_type":"CLARITY_NODE","source_id":"A7K2M9QP","subscription_id":"SQ7PL2M4X",
			"model":"Node-S Global","sku":"CLA02-00042","life_stage":"working","life_stage_since":"2024-05-06T07:08:09.123Z",
			"accessories":[{"id":"M0000042","sku":"CLA-WIND02"},{"id":"M0000043","sku":null}],
			"latitude":52.3676,"longitude":4.9041,
			"subscription_type":"licensed","subscription_end":"2026-12-31T00:00:00.000Z","shared_with":["partnerorgCD34"]}}`,
		"DRTYU5678": `{"id":"DRTYU5678","type":"clarity/reference-site","name":"City monitor",
			"metadata":{"org":"harbourAB12","group":null,"org_tags":null,"source_type":"REFERENCE_SITE","source_id":"RCX4T8ZW","subscription_id":"SD4KX8M2P",
			"model":null,"sku":null,"life_stage":null,"life_stage_since":null,"accessories":null,
			"subscription_type":"public","subscription_end":null,"shared_with":null}}`,
		"DSTOP0001": `{"id":"DSTOP0001","type":"clarity/node","name":"DSTOP0001",
			"metadata":{"org":"harbourAB12","group":null,"org_tags":null,"source_type":null,"source_id":null,"subscription_id":null,
			"model":null,"sku":null,"life_stage":null,"life_stage_since":null,"accessories":null,
			"subscription_type":null,"subscription_end":null,"shared_with":null}}`,
		"DNEWS0001": `{"id":"DNEWS0001","type":"clarity/satellite-feed","name":"XNEW",
			"metadata":{"org":"harbourAB12","group":null,"org_tags":null,"source_type":"SATELLITE_FEED","source_id":"XNEW","subscription_id":null,
			"model":null,"sku":null,"life_stage":null,"life_stage_since":null,"accessories":null,
			"subscription_type":null,"subscription_end":null,"shared_with":null}}`,
		"ASPARE01": `{"id":"ASPARE01","type":"clarity/unassigned-node","name":"ASPARE01",
			"metadata":{"org":"harbourAB12","model":"Node-S Global","sku":"CLA02-00043","life_stage":"purchased","life_stage_since":null,"accessories":null}}`,
		"M0000042": `{"id":"M0000042","type":"clarity/accessory-module","name":"CLA-WIND02 M0000042",
			"metadata":{"org":"harbourAB12","sku":"CLA-WIND02","status":"paired","paired_node":"A7K2M9QP"}}`,
		"M0000044": `{"id":"M0000044","type":"clarity/accessory-module","name":"M0000044",
			"metadata":{"org":"harbourAB12","sku":null,"status":"disabled","paired_node":null}}`,
	}
	if len(got) != len(want) {
		t.Errorf("got %d records, want %d", len(got), len(want))
	}
	for id, record := range want {
		sameJSON(t, id, got[id], record)
	}
}

// The single object of the guide's example.
func TestOneNode(t *testing.T) {
	k, c := servers(t)
	c.ReplaceBody(clarity.CallDatasources, `{"datasources":{"datasourceId":"D1","currentSourceId":"A1"}}`)
	c.ReplaceBody(clarity.CallNodes, `{"nodeId":"A1","model":"Node-S","location":{"coordinates":[4.9,52.3]}}`)
	c.ReplaceBody(clarity.CallSubscriptions, `null`)
	runClarity(t).Want(t, 0, []string{"1 datasource of the Org"}, nil)
	got := metadata(t, sent(t, k)["D1"])
	if got["model"] != "Node-S" || got["latitude"] != 52.3 || got["longitude"] != 4.9 {
		t.Errorf("got %v, want the model and the place of the node", got)
	}
}

// A place that cannot be is no place: one that is known already stays.
func TestPlacesThatCannotBe(t *testing.T) {
	for _, location := range []string{`null`, `{}`, `{"coordinates":null}`, `{"coordinates":[4.9]}`, `{"coordinates":[null,52.3]}`, `{"coordinates":[4.9,152.3]}`, `{"coordinates":[490,52.3]}`} {
		k, c := servers(t)
		c.ReplaceBody(clarity.CallDatasources, `[{"datasourceId":"D1","currentSourceId":"A1"}]`)
		c.ReplaceBody(clarity.CallNodes, `[{"nodeId":"A1","location":`+location+`}]`)
		runClarity(t).Want(t, 0, nil, nil)
		got := metadata(t, sent(t, k)["D1"])
		if _, ok := got["latitude"]; ok {
			t.Errorf("%s: got the latitude %v, want none", location, got["latitude"])
		}
	}
}

// Where a response has something that is not understood, what is missing in it clears nothing, and
// no node counts as spare: it may be what was left out.
func TestWhatIsNotUnderstoodClearsNothing(t *testing.T) {
	for _, odd := range []struct{ name, call, body, want string }{
		{"errors in place of nodes", clarity.CallNodes, `{"errors":[{"code":17}]}`, "1 item without a nodeId"},
		{"a field of the node", clarity.CallNodes, `[{"nodeId":"A7K2M9QP","model":17,"sku":{},"lifeStage":[],"pairedAccessoryModules":"M0000042"}]`, "1 item whose model is a number"},
		{"a node without its ID", clarity.CallNodes, `[{"nodeId":17,"model":"Node-S Global"}]`, "1 item whose nodeId is a number"},
		{"errors in place of subscriptions", clarity.CallSubscriptions, `[{"code":17}]`, "1 item without a subscriptionId"},
		{"a field of the subscription", clarity.CallSubscriptions, `[{"subscriptionId":"SQ7PL2M4X","subscriptionType":1,"timePeriodEnd":2,"sharedWith":"none"}]`, "1 item whose subscriptionType is a number"},
		{"the source of the datasource", clarity.CallDatasources, `[{"datasourceId":"DQXWV1234","currentSourceId":{},"currentSubscriptionId":7,"sourceType":1,"orgAnnotations":"none"}]`, "1 item whose currentSourceId is an object"},
	} {
		t.Run(odd.name, func(t *testing.T) {
			k, c := servers(t)
			documented(c)
			runClarity(t, "-nodes").Want(t, 0, nil, nil)
			want, _ := k.Record("clarity/node", "DQXWV1234")
			c.ReplaceBody(odd.call, odd.body)
			runClarity(t, "-nodes").Want(t, 1, nil, []string{odd.want})
			got, _ := k.Record("clarity/node", "DQXWV1234")
			if !reflect.DeepEqual(got.Metadata, want.Metadata) || got.Name != want.Name || len(got.Metadata) < 15 {
				t.Errorf("got %q with %v,\nwant %q with %v as before", got.Name, got.Metadata, want.Name, want.Metadata)
			}
			if _, spare := k.Record("clarity/unassigned-node", "A7K2M9QP"); spare {
				t.Error("the node that feeds the datasource was sent as a spare one")
			}
		})
	}
}

// Of a device with one odd field, the rest is still cleared when it is gone; and so is what other
// devices have no more.
func TestOddItemsKeepNoOthersFromBeingCleared(t *testing.T) {
	k, c := servers(t)
	c.ReplaceBody(clarity.CallDatasources, `[{"datasourceId":"D1","currentSourceId":"A1"},{"datasourceId":"D2","currentSourceId":"A2"}]`)
	c.ReplaceBody(clarity.CallNodes, `[{"nodeId":"A1","model":17},{"nodeId":"A2","model":null}]`)
	runClarity(t).Want(t, 1, nil, nil)
	got := sent(t, k)
	if _, ok := metadata(t, got["D1"])["model"]; ok {
		t.Error("D1: got a model, want nothing said about it")
	}
	if model, ok := metadata(t, got["D2"])["model"]; !ok || model != nil {
		t.Errorf("D2: got the model %v, want null", model)
	}
}

// What a device has no more is cleared in the estate; what is not known this time stays.
func TestChangesInTheEstate(t *testing.T) {
	k, c := servers(t)
	documented(c)
	runClarity(t).Want(t, 0, nil, nil)
	c.ReplaceBody(clarity.CallDatasources, `[{"datasourceId":"DQXWV1234","sourceType":"CLARITY_NODE","currentSubscriptionId":"SQ7PL2M4X"}]`)
	fail(t, c, "subscriptions:403")
	runClarity(t).Want(t, 1, nil, []string{"subscriptions are not known"})
	r, ok := k.Record("clarity/node", "DQXWV1234")
	if !ok {
		t.Fatal("the record is gone")
	}
	for _, key := range []string{"source_id", "model", "sku", "accessories", "group"} {
		if value, ok := r.Metadata[key]; ok {
			t.Errorf("got %s: %v, want it cleared: the datasource is stopped", key, value)
		}
	}
	if r.Metadata["subscription_type"] != "licensed" || r.Metadata["latitude"] == nil {
		t.Errorf("got %v, want the subscription and the place that were known before", r.Metadata)
	}
}

// The order of what Clarity has in lists changes no record.
func TestOrderOfListsDoesNotMatter(t *testing.T) {
	k, c := servers(t)
	for _, lists := range [][2]string{
		{`["b=2","a","b=1","b=2","a = ","b"]`, `[{"subscriptionId":"S1","attachedToDatasourceId":"D1","timePeriodEnd":"2024-12-31T00:00:00.000Z"},
			{"subscriptionId":"S2","attachedToDatasourceId":"D1","timePeriodEnd":"2026-12-31T00:00:00.000Z"}]`},
		{`["b","a","a=true","b=1","b=2"]`, `[{"subscriptionId":"S2","attachedToDatasourceId":"D1","timePeriodEnd":"2026-12-31T00:00:00.000Z"},
			{"subscriptionId":"S1","attachedToDatasourceId":"D1","timePeriodEnd":"2024-12-31T00:00:00.000Z"}]`},
	} {
		c.ReplaceBody(clarity.CallDatasources, `[{"datasourceId":"D1","orgAnnotations":{"tags":`+lists[0]+`}}]`)
		c.ReplaceBody(clarity.CallSubscriptions, lists[1])
		runClarity(t).Want(t, 0, nil, nil)
		r, _ := k.Record("clarity/node", "D1")
		if want := map[string]string{"a": "true", "b": "1, 2, true"}; !maps.Equal(r.Tags, want) {
			t.Errorf("got the tags %v, want %v", r.Tags, want)
		}
		if got := r.Metadata["subscription_end"]; got != "2026-12-31T00:00:00.000Z" {
			t.Errorf("got the end %v, want that of the later one", got)
		}
	}
}

func TestTypes(t *testing.T) {
	for word, want := range map[string]string{
		"": typeNode, " ": typeNode, "CLARITY_NODE": typeNode, "clarity_node": typeNode, " CLARITY_NODE\n": typeNode,
		"REFERENCE_SITE": typeReferenceSite, "NEW  KIND_of\tsource": "clarity/new-kind-of-source", "A/B": "clarity/a/b",
	} {
		if got := typeOf(word); got != want {
			t.Errorf("%q: got the type %q, want %q", word, got, want)
		}
	}
}

// Words that are joined to the value of one tag do not make it longer than it may be.
func TestTagsOfOneKeyFit(t *testing.T) {
	k, c := servers(t)
	var words []string
	for i := range 100 {
		words = append(words, fmt.Sprintf("\"use=ö%03d\"", i))
	}
	c.ReplaceBody(clarity.CallDatasources, `[{"datasourceId":"D1","orgAnnotations":{"tags":[`+strings.Join(words, ",")+`]}}]`)
	runClarity(t).Want(t, 0, nil, nil)
	r, _ := k.Record("clarity/node", "D1")
	if got := r.Tags["use"]; !strings.HasPrefix(got, "ö000, ö001, ") || !strings.HasSuffix(got, ", ö041") || utf8.RuneCountInString(got) != 250 {
		t.Errorf("got %q, want the first 42 words", got)
	}
	if words, ok := r.Metadata["org_tags"].([]any); !ok || len(words) != 100 {
		t.Errorf("got the words %v, want all", r.Metadata["org_tags"])
	}
}
