package clarity

import (
	"encoding/json"
	"testing"

	"github.com/klarity-go/klarity/examples/clarity/internal/models"
)

// checkList checks what must hold for every document: an error, or items with an ID, each once.
func checkList[T any](t *testing.T, doc []byte, k kind[T]) {
	l, err := decode("GET /", document{body: doc}, k)
	if err != nil && len(l.Items) > 0 {
		t.Errorf("got %d items and the error %v", len(l.Items), err)
	}
	if len(l.Odd) > maxOddities+1 {
		t.Errorf("got %d oddities", len(l.Odd))
	}
	seen := map[string]bool{}
	for _, item := range l.Items {
		if id := k.id(item); id == "" || seen[id] {
			t.Errorf("got the ID %q twice, or empty", id)
		} else {
			seen[id] = true
		}
	}
}

// No document makes a decoder panic, lose an ID or invent one.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"subscribingOrg":"o","datasources":[{"datasourceId":"D1","orgAnnotations":{"name":null,"tags":["a",null]}}]}`,
		"[" + nodeA + "," + nodeB + "]", nodeA, `{"x":` + nodeA + `}`, `[[[]]]`, `{"a":{"a":{"a":[]}}}`, `null`, `{}`,
		`{"data":[{"datasourceId":"D1","metric":{"x":{"raw":1,"qc":"valid"}}}],"locations":{"datasourceId":"D1","lat":1}}`,
		`[{"datasourceId":"D1","x":{"value":1e999}}]`, `{"data":{"data":{"data":1}}}`, `[{"nodeId":1},{"NODEID":"a"},{"nodeId":"a","nodeId":"b"}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !json.Valid(doc) {
			return // the exchange lets no such document through
		}
		checkList(t, doc, datasources)
		checkList(t, doc, nodes)
		checkList(t, doc, subscriptions)
		checkList(t, doc, nodeStatus)
		checkList(t, doc, accessories)
		m, err := decodeMeasurements("POST /", document{body: doc})
		if err != nil && (len(m.Rows) > 0 || len(m.Places) > 0) {
			t.Errorf("got rows and the error %v", err)
		}
		for _, row := range m.Rows {
			if row.DatasourceID == "" || row.Metric == "" {
				t.Errorf("got the row %+v, want a datasource and a metric", *row)
			}
			Time(row)
		}
		for _, p := range m.Places {
			if *p == (models.Place{}) {
				t.Error("got an empty place")
			}
		}
	})
}
