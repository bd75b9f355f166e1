package apitest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

func ids(records []apitest.Record) string {
	var all []string
	for _, r := range records {
		all = append(all, r.Type+"/"+r.ID)
	}
	return strings.Join(all, " ")
}

func TestFind(t *testing.T) {
	c := inProcess(t).login(t)
	c.mustUpsert(t, `[
		{"id":"2","type":"vm","name":"Web Server","tags":{"team":"Öl & \"Gas\""},"metadata":{"os":{"name":"Debian"}}},
		{"id":"1","type":"vm","tags":{"team":"web"}},
		{"id":"1","type":"disk"},
		{"id":"1","type":"vm/large","metadata":{"vm":1.50}}]`)
	web, _ := c.Record("vm", "1")
	c.enrich(t, web.NID, `{"backup":{"state":"OK"}}`)
	const all = "disk/1 vm/1 vm/2 vm/large/1"
	for _, test := range []struct {
		q     apitest.Query
		want  string
		total int
	}{
		{apitest.Query{Limit: 10}, all, 4},
		{apitest.Query{}, "", 4},
		{apitest.Query{Offset: 1, Limit: 2}, "vm/1 vm/2", 4},
		{apitest.Query{Offset: 9, Limit: 2}, "", 4},
		{apitest.Query{Offset: -1, Limit: 1}, "disk/1", 4},
		{apitest.Query{Limit: -1}, "", 4},
		{apitest.Query{Type: "vm", Limit: 10}, "vm/1 vm/2", 2},
		{apitest.Query{Type: "v", Limit: 10}, "", 0},
		{apitest.Query{Text: "WEB", Limit: 10}, "vm/1 vm/2", 2},
		{apitest.Query{Text: "WEB", Type: "vm", Offset: 1, Limit: 10}, "vm/2", 2},
		{apitest.Query{Text: "debian", Limit: 10}, "vm/2", 1},
		{apitest.Query{Text: "ÖL", Limit: 10}, "vm/2", 1},
		{apitest.Query{Text: `"gas"`, Limit: 10}, "vm/2", 1},
		{apitest.Query{Text: "backup", Limit: 10}, "vm/1", 1},
		{apitest.Query{Text: "1.50", Limit: 10}, "vm/large/1", 1},
		{apitest.Query{Text: strings.ToUpper(web.NID), Limit: 10}, "vm/1", 1},
		{apitest.Query{Text: "\xff", Limit: 10}, "", 0},
	} {
		page, total := c.Find(test.q)
		if got := ids(page); got != test.want || total != test.total {
			t.Errorf("%+v: got %q of %d, want %q of %d", test.q, got, total, test.want, test.total)
		}
	}
	if r, ok := c.RecordByNID(web.NID); !ok || r.ID != "1" || r.Enrichment == nil {
		t.Errorf("by nid: got %+v, %t", r, ok)
	}
	if _, ok := c.RecordByNID("x"); ok {
		t.Error("there is a record without a nid")
	}
	want := []apitest.TypeCount{{Type: "disk", Records: 1}, {Type: "vm", Records: 2, Enriched: 1}, {Type: "vm/large", Records: 1}}
	if got := c.Types(); !slices.Equal(got, want) {
		t.Errorf("types: got %v, want %v", got, want)
	}
}

// The order, which is kept up to date by and by, is that of Records, whatever happened
// between two questions.
func TestFindAfterManyChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := inProcess(t).login(t)
	for round := range 200 {
		var records []string
		for range 1 + random.IntN(60) {
			records = append(records, fmt.Sprintf(`{"id":"%d","type":"t%d"}`, random.IntN(300), random.IntN(3)))
		}
		list := "[" + strings.Join(records, ",") + "]"
		if random.IntN(2) == 0 {
			c.mustDelete(t, "all", list)
		} else {
			c.mustUpsert(t, list)
		}
		if random.IntN(3) > 0 {
			continue
		}
		all := c.Records()
		page, total := c.Find(apitest.Query{Limit: 10_000})
		if got, want := ids(page), ids(all); got != want || total != len(all) {
			t.Fatalf("round %d: got %d records: %s\nwant %d: %s", round, total, got, len(all), want)
		}
		counted := 0
		for _, n := range c.Types() {
			counted += n.Records
			if _, total := c.Find(apitest.Query{Type: n.Type}); total != n.Records {
				t.Fatalf("round %d: got %d of type %s, want %d", round, total, n.Type, n.Records)
			}
		}
		if counted != len(all) {
			t.Fatalf("round %d: got %d records by type, want %d", round, counted, len(all))
		}
	}
}

func TestEnrichedRecordsAndStraysAreCounted(t *testing.T) {
	c := inProcess(t).login(t)
	c.mustUpsert(t, `[{"id":"1","type":"vm"}]`)
	vm, _ := c.Record("vm", "1")
	const stray = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"
	for range 2 {
		c.enrich(t, vm.NID, `{"b":1}`)
		c.enrich(t, stray, `{"a":null}`)
	}
	if got := c.Types()[0].Enriched; got != 1 {
		t.Errorf("got %d enriched records, want 1", got)
	}
	page, total := c.StrayEnrichments(0, 10)
	if total != 1 || len(page) != 1 || page[0].NID != stray || asJSON(t, page[0].Data) != `{"a":null}` {
		t.Errorf("got %v of %d, want the one of %s", page, total, stray)
	}
	if page, total := c.StrayEnrichments(1, 10); total != 1 || len(page) != 0 {
		t.Errorf("got %v of %d after the last, want none of 1", page, total)
	}
	if data, ok := c.Enrichment(vm.NID); !ok || asJSON(t, data) != `{"b":1}` {
		t.Errorf("got %v, %t, want the data", data, ok)
	}
	c.mustDelete(t, "all", `[{"nid":"`+vm.NID+`"}]`)
	if _, ok := c.Enrichment(vm.NID); ok || len(c.Types()) != 0 {
		t.Errorf("got types %v after the last record was deleted, want none, and no enrichment", c.Types())
	}
}

// A program that asks whether something changed must not miss anything.
func TestChanges(t *testing.T) {
	c := inProcess(t, apitest.WithLandscape(crowd(2))).login(t)
	for _, test := range []struct {
		name            string
		do              func()
		state, requests bool
	}{
		{"nothing", func() {}, false, false},
		{"upsert", func() { c.mustUpsert(t, `[{"id":"1","type":"vm"}]`) }, true, true},
		{"refusal", func() { c.upsert(t, `[{}]`) }, false, true},
		{"query", func() { c.mustGraphQL(t, namesOfPeople, nil) }, false, true},
		{"mutation", func() { c.mustGraphQL(t, `mutation { addPerson(input: {name: "a", email: "b"}) { id } }`, nil) }, true, true},
		{"clear", c.Clear, true, false},
	} {
		state, requests := c.Changes()
		test.do()
		state2, requests2 := c.Changes()
		if got := state2 != state; got != test.state {
			t.Errorf("%s: the state's counter changed: %t, want %t", test.name, got, test.state)
		}
		if got := requests2 != requests; got != test.requests {
			t.Errorf("%s: the requests' counter changed: %t, want %t", test.name, got, test.requests)
		}
	}
}
