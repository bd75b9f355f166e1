package wire_test

import (
	"reflect"
	"testing"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/models"
)

// The mirror types have the fields of the models and none of their methods, so that
// encoding/json writes them by reflection. The JSON of the models is compared with theirs.

type recordMirror struct {
	Costs        *costsMirror       `json:"costs,omitempty"`
	ID           string             `json:"id"`
	Metadata     map[string]any     `json:"metadata,omitempty"`
	Name         string             `json:"name,omitempty"`
	Tags         map[string]*string `json:"tags,omitempty"`
	Type         string             `json:"type"`
	ValidThrough string             `json:"validThrough,omitempty"`
}

type costsMirror struct {
	Currency string       `json:"currency"`
	Values   []costMirror `json:"values"`
}

type costMirror struct {
	Date  strfmt.Date `json:"date"`
	Value *string     `json:"value"`
}

type locatorMirror struct {
	NID  strfmt.UUID `json:"nid,omitempty"`
	ID   string      `json:"id,omitempty"`
	Name string      `json:"name,omitempty"`
	Type string      `json:"type,omitempty"`
}

type enrichmentMirror struct {
	Data   map[string]any `json:"data"`
	Record struct {
		NID strfmt.UUID `json:"nid,omitempty"`
	} `json:"record"`
}

func mirrorRecord(r *models.EstateRecord) *recordMirror {
	if r == nil {
		return nil
	}
	m := &recordMirror{
		ID: r.ID, Metadata: r.Metadata, Name: r.Name, Tags: r.Tags, Type: r.Type, ValidThrough: r.ValidThrough,
	}
	if r.Costs != nil {
		m.Costs = &costsMirror{Currency: r.Costs.Currency}
		if r.Costs.Values != nil {
			m.Costs.Values = make([]costMirror, len(r.Costs.Values))
			for i, v := range r.Costs.Values {
				m.Costs.Values[i] = costMirror(v)
			}
		}
	}
	return m
}

func mirrorLocator(l *models.RecordLocator) *locatorMirror { return (*locatorMirror)(l) }

func mirrorEnrichment(e *models.Enrichment) *enrichmentMirror {
	m := &enrichmentMirror{Data: e.Data}
	m.Record.NID = e.Record.NID
	return m
}

func TestMirrorsHaveTheFieldsOfTheModels(t *testing.T) {
	var same func(path string, model, mirror reflect.Type)
	same = func(path string, model, mirror reflect.Type) {
		if model.Kind() != mirror.Kind() {
			t.Errorf("type of %s: got %s in the mirror, want %s as in the model", path, mirror, model)
			return
		}
		switch {
		case model == mirror:
		case model.Kind() == reflect.Pointer, model.Kind() == reflect.Slice:
			same(path, model.Elem(), mirror.Elem())
		case model.Kind() == reflect.Struct && model.NumField() == mirror.NumField():
			for i := range model.NumField() {
				a, b := model.Field(i), mirror.Field(i)
				if a.Name != b.Name {
					t.Errorf("field %d of %s: got %s in the mirror, want %s as in the model", i, path, b.Name, a.Name)
				}
				if a.Tag != b.Tag {
					t.Errorf("tag of %s.%s: got %q in the mirror, want %q as in the model", path, a.Name, b.Tag, a.Tag)
				}
				same(path+"."+a.Name, a.Type, b.Type)
			}
		default:
			t.Errorf("type of %s: got %s in the mirror, want %s as in the model", path, mirror, model)
		}
	}
	same("record", reflect.TypeFor[models.EstateRecord](), reflect.TypeFor[recordMirror]())
	same("locator", reflect.TypeFor[models.RecordLocator](), reflect.TypeFor[locatorMirror]())
	same("enrichment", reflect.TypeFor[models.Enrichment](), reflect.TypeFor[enrichmentMirror]())
}
