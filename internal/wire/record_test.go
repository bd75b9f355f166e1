package wire_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// fill sets every field of a model, whatever fields there are, so that a property that is
// new in the contract is in the next test without anybody's doing.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	text := "some text"
	switch v.Interface().(type) {
	case strfmt.Date:
		v.Set(reflect.ValueOf(strfmt.Date(time.Date(2022, 5, 1, 0, 0, 0, 0, time.UTC))))
		return
	case map[string]any:
		v.Set(reflect.ValueOf(map[string]any{"k": []any{1, nil}}))
		return
	case map[string]*string:
		v.Set(reflect.ValueOf(map[string]*string{"k": &text, "n": nil}))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0))
		fill(t, v.Index(1))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("no value for the type %s: add one here", v.Type())
	}
}

// bare returns the type of a model without its methods, at every level.
func bare(t reflect.Type) reflect.Type {
	switch {
	case t.PkgPath() == reflect.TypeFor[models.EstateRecord]().PkgPath() && t.Kind() == reflect.String:
		return reflect.TypeFor[string]()
	case t.PkgPath() == reflect.TypeFor[models.EstateRecord]().PkgPath():
		fields := make([]reflect.StructField, t.NumField())
		for i := range fields {
			fields[i] = t.Field(i)
			fields[i].Type = bare(t.Field(i).Type)
		}
		return reflect.StructOf(fields)
	case t.Kind() == reflect.Slice:
		return reflect.SliceOf(bare(t.Elem()))
	case t.Kind() == reflect.Pointer:
		return reflect.PointerTo(bare(t.Elem()))
	}
	return t
}

func TestEveryPropertyIsWritten(t *testing.T) {
	for _, m := range []interface {
		AppendJSON([]byte) ([]byte, error)
	}{
		&models.EstateRecord{}, &models.Costs{}, &models.CostElement{}, &models.RecordLocator{}, &models.Enrichment{},
		&models.EnrichedRecord{}, &models.UpsertRequest{}, &models.DeleteRequest{}, &models.EnrichRequest{},
		&models.AcceptedResponse{}, &models.ErrorResponse{},
	} {
		for _, filled := range []bool{false, true} {
			v := reflect.ValueOf(m).Elem()
			plain := reflect.New(bare(v.Type())).Elem()
			if filled {
				fill(t, v)
				fill(t, plain)
			}
			want, err := json.Marshal(plain.Interface())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := m.AppendJSON(nil); err != nil || string(got) != string(want) {
				t.Errorf("%T:\ngot  %s, %v\nwant %s", m, got, err, want)
			}
		}
	}
}

func TestRequestsAreCheckedThrough(t *testing.T) {
	var e wire.Encoder
	good := typical()
	for _, tc := range []struct {
		m interface {
			AppendTo(*wire.Encoder) error
		}
		want string
	}{
		{&models.UpsertRequest{Records: []*models.EstateRecord{good}, InsertInPeriod: "previous"}, ""},
		{&models.DeleteRequest{Period: "all", Records: []*models.RecordLocator{{ID: "i", Type: "t"}}}, ""},
		{&models.UpsertRequest{}, "records: is required"},
		{&models.UpsertRequest{Records: []*models.EstateRecord{}}, "records: must have at least 1 item; has 0 items"},
		{&models.UpsertRequest{Records: make([]*models.EstateRecord, 1001)}, "records: must have at most 1000 items; has 1001 items"},
		{&models.UpsertRequest{Records: []*models.EstateRecord{good, nil}}, "records[1]: must not be nil"},
		{&models.UpsertRequest{Records: []*models.EstateRecord{{ID: "i"}}}, "records[0].type: is required"},
		{&models.UpsertRequest{Records: []*models.EstateRecord{good}, InsertInPeriod: "all"}, `insertInPeriod: must be one of current, previous; is "all"`},
		{&models.DeleteRequest{Records: []*models.RecordLocator{{ID: "i", Type: "t"}}}, "period: is required"},
		{&models.EnrichRequest{Enrichments: []*models.Enrichment{{Data: map[string]any{"k": 1}}}}, "enrichments[0].record.nid: is required"},
	} {
		e.Buf = e.Buf[:0]
		err := tc.m.AppendTo(&e)
		switch {
		case tc.want == "":
			if err != nil || !json.Valid(e.Buf) {
				t.Errorf("%T: %v, %s", tc.m, err, e.Buf)
			}
		case err == nil || err.Error() != tc.want:
			t.Errorf("%T: %v, want %s", tc.m, err, tc.want)
		}
	}
}

func TestRecordsFollowEachOtherInTheBuffer(t *testing.T) {
	var e wire.Encoder
	e.Buf = append(e.Buf, '[')
	bad := typical()
	bad.Metadata["nested"] = map[string]any{"deep": []any{"a", map[string]any{"b": "\xff"}}}
	for range 3 {
		if err := typical().AppendTo(&e); err != nil {
			t.Fatal(err)
		}
		e.Buf = append(e.Buf, ',')
		if bad.AppendTo(&e) == nil {
			t.Fatal("text that is not UTF-8 was written")
		}
	}
	e.Buf[len(e.Buf)-1] = ']'
	var back []models.EstateRecord
	if err := json.Unmarshal(e.Buf, &back); err != nil || len(back) != 3 || back[2].ID != typical().ID {
		t.Errorf("%d records, %v", len(back), err)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	unordered := typical()
	for i, v := range unordered.Costs.Values {
		unordered.Costs.Values[i] = unordered.Costs.Values[len(unordered.Costs.Values)-1-i]
		unordered.Costs.Values[len(unordered.Costs.Values)-1-i] = v
	}
	unordered.Costs.Values[3], unordered.Costs.Values[20] = unordered.Costs.Values[20], unordered.Costs.Values[3]
	many := typical()
	for i := range 500 {
		many.Tags[fmt.Sprint("tag ", i*7919%1000)] = nil
		many.Metadata[fmt.Sprint("key ", i*7919%1000)] = i
	}
	escaped := typical()
	escaped.Name = strings.Repeat("é\n\u2028", 60)
	for name, m := range map[string]interface {
		AppendTo(*wire.Encoder) error
	}{
		"typical": typical(), "unordered days": unordered, "many keys": many, "escapes": escaped,
		"locator": &models.RecordLocator{NID: "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"},
		"enrichment": &models.Enrichment{
			Record: models.EnrichedRecord{NID: "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"},
			Data:   map[string]any{"at": time.Now(), "list": []string{"a"}, "map": map[string]string{"k": "v"}, "n": json.Number("1")},
		},
	} {
		e := wire.Encoder{NotBefore: "2022-01"}
		if allocs := testing.AllocsPerRun(100, func() {
			e.Buf = e.Buf[:0]
			if err := m.AppendTo(&e); err != nil {
				t.Fatal(err)
			}
		}); allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

// TestStandardInterfaces is about json.Marshal and its like meeting the models wherever
// they may stand.
func TestStandardInterfaces(t *testing.T) {
	r := typical()
	r.Name = "<R&D>\u2028"
	r.Metadata["<k>"] = "\xff"
	m := mirrorRecord(r)
	type holder[T, P any] struct {
		Value   T
		Pointer P
		Nil     P
		Slice   []T
		Map     map[string]T
		Any     any
		Omitted P `json:",omitempty"`
	}
	ours := holder[models.EstateRecord, *models.EstateRecord]{*r, r, nil, []models.EstateRecord{*r}, map[string]models.EstateRecord{"k": *r}, r, nil}
	stock := holder[recordMirror, *recordMirror]{*m, m, nil, []recordMirror{*m}, map[string]recordMirror{"k": *m}, m, nil}
	for name, marshal := range map[string]func(any) ([]byte, error){
		"Marshal":       json.Marshal,
		"MarshalIndent": func(v any) ([]byte, error) { return json.MarshalIndent(v, "> ", "\t") },
		"Encoder": func(v any) ([]byte, error) {
			var s strings.Builder
			enc := json.NewEncoder(&s)
			enc.SetEscapeHTML(false)
			err := enc.Encode(v)
			return []byte(s.String()), err
		},
	} {
		got, err := marshal(ours)
		want, stockErr := marshal(stock)
		if err != nil || stockErr != nil || string(got) != string(want) {
			t.Errorf("%s: %v, %v\ngot  %s\nwant %s", name, err, stockErr, got, want)
		}
	}
	if got, err := json.Marshal((*models.EstateRecord)(nil)); err != nil || string(got) != "null" {
		t.Errorf("a nil record: %s, %v", got, err)
	}
	if got, err := (*models.EstateRecord)(nil).AppendJSON([]byte("x")); err != nil || string(got) != "xnull" {
		t.Errorf("a nil record: %s, %v", got, err)
	}
	binary, err := r.MarshalBinary()
	want, _ := json.Marshal(m)
	if err != nil || string(binary) != string(want) {
		t.Errorf("MarshalBinary: %s, %v", binary, err)
	}
	var back models.EstateRecord
	if err := json.Unmarshal(binary, &back); err != nil || back.ID != r.ID || len(back.Costs.Values) != 30 {
		t.Errorf("it does not read back: %v", err)
	}
	r.Metadata["nan"] = map[string]any{"deep": json.Number("NaN")}
	if _, err := json.Marshal(r); err == nil || !strings.Contains(err.Error(), "metadata.nan.deep: must be a number") {
		t.Errorf("a number that is none: %v", err)
	}
}
