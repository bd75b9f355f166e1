package page

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/klarity-go/klarity/api/apitest"
)

const (
	maxRows  = 500 // of a table of tags or of metadata
	maxDepth = 6   // of metadata that is taken apart
)

type recordData struct {
	apitest.Record
	Tags       fieldTable
	Metadata   fieldTable
	Enrichment fieldTable
	Charts     []chart
	Kept       bool // Enrichment is there, even if it is empty
}

// A fieldTable is an object as rows of keys and values.
type fieldTable struct {
	Caption string
	Rows    []field
	More    int // rows that are not shown
}

// A field is a value of an object, or of an object in it: contract.owner.
type field struct {
	Key, Value string
	Plain      bool // a text or a number, and not another value of JSON
}

func (p *page) record(w http.ResponseWriter, r *http.Request) {
	if p.unchanged(w, r, true) {
		return
	}
	nid := strings.TrimSuffix(r.PathValue("nid"), ".json")
	record, ok := p.emulator.RecordByNID(nid)
	if !ok {
		text := "The estate has no record with the nid " + clip(nid) + ". It may have been deleted."
		p.show(w, r, view{
			template: "missing", title: "No such record", section: "/records", status: http.StatusNotFound,
			data: text, json: map[string]string{"error": text},
		})
		return
	}
	data := recordData{
		Record: record, Charts: charts(record.Costs), Kept: record.Enrichment != nil,
		Tags:       fieldTable{Caption: "Tags"},
		Metadata:   newFieldTable("Metadata", record.Metadata),
		Enrichment: newFieldTable("Enrichment", record.Enrichment),
	}
	for _, t := range tags(record.Tags) {
		data.Tags.Rows = append(data.Tags.Rows, field{t.Key, t.Value, true})
	}
	data.Tags.limit()
	title := record.Name
	if title == "" {
		title = record.ID
	}
	p.show(w, r, view{
		template: "record", title: clip(title), section: "/records", data: data, json: record, jsonPath: "/records/" + record.NID + ".json",
	})
}

func newFieldTable(caption string, object map[string]any) fieldTable {
	t := fieldTable{Caption: caption, Rows: appendFields(nil, "", object, 1)}
	t.limit()
	return t
}

func (t *fieldTable) limit() {
	t.More = max(len(t.Rows)-maxRows, 0)
	t.Rows = t.Rows[:len(t.Rows)-t.More]
}

// appendFields appends the fields of an object, those of objects in it under their paths.
func appendFields(rows []field, prefix string, object map[string]any, depth int) []field {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		switch v := object[key].(type) {
		case map[string]any:
			if len(v) > 0 && depth < maxDepth {
				rows = appendFields(rows, prefix+key+".", v, depth+1)
				continue
			}
			rows = append(rows, field{prefix + key, asJSON(v), false})
		case string:
			rows = append(rows, field{prefix + key, v, true})
		case json.Number:
			rows = append(rows, field{prefix + key, v.String(), true})
		default:
			rows = append(rows, field{prefix + key, asJSON(v), false})
		}
	}
	return rows
}

func asJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the template escapes it
	if err := enc.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}
