package clarity

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	nodeA = `{"nodeId":"A1","sku":"CLA02-1","model":"Node-S","lifeStage":{"stage":"working","when":"2024-05-06T07:08:09.123Z"}}`
	nodeB = `{"nodeId":"A2","model":null,"lifeStage":null,"pairedAccessoryModules":null,"location":null}`
)

// The guide shows one node where an array is likely; other lists are documented with an envelope,
// or without.
func TestItemsAreFoundInAnyForm(t *testing.T) {
	for name, c := range map[string]struct {
		doc  string
		want []string
	}{
		"array":                           {"[" + nodeA + "," + nodeB + "]", []string{"A1", "A2"}},
		"one object":                      {nodeA, []string{"A1"}},
		"envelope of an unknown name":     {`{"subscribingOrg":"o","tags":["x"],"devices":[` + nodeA + `]}`, []string{"A1"}},
		"envelope around one object":      {`{"org":"o","node":` + nodeA + `}`, []string{"A1"}},
		"empty array":                     {"[]", nil},
		"null":                            {"null", nil},
		"empty list in an envelope":       {`{"org":"o","nodes":[]}`, nil},
		"spaces":                          {" \n [ " + nodeA + " ] ", []string{"A1"}},
		"unknown fields and words":        {`[{"nodeId":"A1","new":{"a":[1]},"lifeStage":{"stage":"retired soon"}}]`, []string{"A1"}},
		"envelope with other lists":       {`{"errors":[],"links":[{"rel":"self"}],"nodes":[` + nodeA + `]}`, []string{"A1"}},
		"the documented name's relatives": {`{"nodes":[` + nodeA + `],"count":1,"next":null}`, []string{"A1"}},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := decode(CallNodes, document{body: json.RawMessage(c.doc)}, nodes)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range l.Items {
				got = append(got, n.NodeID)
			}
			if !slices.Equal(got, c.want) || len(l.Odd) > 0 {
				t.Errorf("got %v and odd %q, want %v and nothing odd", got, l.Odd, c.want)
			}
		})
	}
}

func TestDocumentedEnvelope(t *testing.T) {
	for name, c := range map[string]struct {
		doc  string
		want int
	}{
		"array in it":      {`{"subscribingOrg":"o","others":[{"a":1}],"datasources":[{"datasourceId":"D1"},{"datasourceId":"D2"}]}`, 2},
		"one object in it": {`{"subscribingOrg":"o","datasources":{"datasourceId":"D1"}}`, 1},
		"null in it":       {`{"subscribingOrg":"o","datasources":null}`, 0},
		"no envelope":      {`[{"datasourceId":"D1"}]`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := decode(CallDatasources, document{body: json.RawMessage(c.doc)}, datasources)
			if err != nil || len(l.Items) != c.want || len(l.Odd) > 0 {
				t.Errorf("got %d items, odd %q, %v, want %d items", len(l.Items), l.Odd, err, c.want)
			}
		})
	}
}

// What does not have the documented form hides neither the rest of its item nor other items, and
// is said.
func TestOddItemsHideNothingElse(t *testing.T) {
	doc := `[
		{"nodeId":"A1","sku":17,"model":"kept"},
		{"nodeId":"A2","location":{"coordinates":["west",52.1]}},
		{"sku":"no id"}, {"nodeId":null}, null, "text", 5,
		{"nodeId":"A1","model":"again"},
		{"nodeId":"A3","lifeStage":"working","model":"kept too","sku":{}}
	]`
	l, err := decode(CallNodes, document{body: json.RawMessage(doc)}, nodes)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range l.Items {
		got = append(got, n.NodeID+" "+n.Model)
	}
	if want := []string{"A1 kept", "A2 ", "A3 kept too"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	odd := strings.Join(l.Odd, "\n")
	for _, want := range []string{
		"1 item whose sku is a number", "1 item whose location.coordinates is a string", "3 items without a nodeId",
		"1 item with a string in place of an object", "1 item with a number in place of an object",
		"1 item with a nodeId that came before", "1 item whose lifeStage is a string",
	} {
		if !strings.Contains(odd, want) {
			t.Errorf("got odd\n%s\nwant %q in it", odd, want)
		}
	}
}

// Also where the first element is odd.
func TestOddItemsDoNotHideAnEnvelope(t *testing.T) {
	l, err := decode(CallNodes, document{body: json.RawMessage(`{"errors":[{"code":1}],"nodes":[null,` + nodeA + `]}`)}, nodes)
	if err != nil || len(l.Items) != 1 || !l.Lost || len(l.Odd) != 1 {
		t.Errorf("got %d items, odd %q, %v, want one of each", len(l.Items), l.Odd, err)
	}
}

func TestDocumentsWithoutAList(t *testing.T) {
	for _, doc := range []string{`{}`, `"text"`, `17`, `true`, `{"message":"no"}`, `{"a":[{"b":1}],"c":[{"d":1}]}`} {
		l, err := decode(CallDatasources, document{body: json.RawMessage(doc)}, datasources)
		if !errors.Is(err, ErrResponse) || len(l.Items) > 0 {
			t.Errorf("%s: got %d items, error %v, want ErrResponse", doc, len(l.Items), err)
		}
	}
}

// A number of another type is not known, and not 0.
func TestOddNumbersAreNotZero(t *testing.T) {
	doc := `[{"nodeId":"A1","BatteryChargePercent":"n/a","overallStatus":"healthy","summaryPerCategory":[{"summary":"OK"},{"summary":1}],"signalLevel":3}]`
	l, err := decode(CallStatus, document{body: json.RawMessage(doc)}, nodeStatus)
	if err != nil || len(l.Items) != 1 {
		t.Fatalf("got %d items, %v, want 1", len(l.Items), err)
	}
	got := l.Items[0]
	if got.BatteryChargePercent != nil || got.SignalLevel != "" || got.SummaryPerCategory != nil || got.OverallStatus != "healthy" {
		t.Errorf("got %+v, want the health alone", *got)
	}
	points, err := decode(CallNodes, document{body: json.RawMessage(`[{"nodeId":"A1","location":{"type":"Point","coordinates":[1e999,52]}}]`)}, nodes)
	if err != nil || len(points.Items) != 1 || points.Items[0].Location.Coordinates != nil {
		t.Errorf("got %v, %v, want a node without coordinates", points.Items, err)
	}
}

// What is odd is told in a few phrases, however much it is.
func TestOdditiesAreBounded(t *testing.T) {
	var o oddities
	for i := range 1000 {
		o.add(strings.Repeat("x", i))
	}
	if got := o.list(); len(got) != maxOddities+1 || !strings.HasPrefix(got[maxOddities], "979 items") {
		t.Errorf("got %d phrases, the last %q, want %d and the rest counted in the last", len(got), got[len(got)-1], maxOddities+1)
	}
}
