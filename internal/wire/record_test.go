package wire_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

// fill sets every field of a model by reflection, so that TestEveryPropertyIsWritten covers
// properties that are added to the contract.
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
		t.Fatalf("fill has no value for the type %s: add one", v.Type())
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
			got, err := m.AppendJSON(nil)
			if err != nil {
				t.Errorf("%T: got error %v, want none", m, err)
			}
			if string(got) != string(want) {
				t.Errorf("%T:\ngot  %s\nwant %s", m, got, want)
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
		want string // the error, "" for none
	}{
		{&models.UpsertRequest{Records: []*models.EstateRecord{good}, InsertInPeriod: "previous"}, ""},
		{&models.DeleteRequest{Period: "all", Records: []*models.RecordLocator{{ID: "i", Type: "t"}}}, ""},
		{&models.UpsertRequest{}, "records: is required"},
		{&models.UpsertRequest{Records: []*models.EstateRecord{}}, "records: must have at least 1 item; has 0 items"},
		{&models.UpsertRequest{Records: slices.Repeat([]*models.EstateRecord{good}, 1001)}, "records: must have at most 1000 items; has 1001 items"},
		{&models.UpsertRequest{Records: []*models.EstateRecord{good, nil}}, "records[1]: must not be nil"},
		{&models.UpsertRequest{Records: []*models.EstateRecord{{ID: "i"}}}, "records[0].type: is required"},
		{&models.UpsertRequest{Records: []*models.EstateRecord{{ID: "i"}, good, nil}}, "breaks 2 rules: (1) records[0].type: is required (2) records[2]: must not be nil"},
		{&models.DeleteRequest{}, "breaks 2 rules: (1) period: is required (2) records: is required"},
		{&models.UpsertRequest{Records: []*models.EstateRecord{good}, InsertInPeriod: "all"}, `insertInPeriod: must be one of current, previous; is "all"`},
		{&models.DeleteRequest{Records: []*models.RecordLocator{{ID: "i", Type: "t"}}}, "period: is required"},
		{&models.EnrichRequest{Enrichments: []*models.Enrichment{{Data: map[string]any{"k": 1}}}}, "enrichments[0].record.nid: is required"},
	} {
		e.Buf = e.Buf[:0]
		got := ""
		if err := tc.m.AppendTo(&e); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%T: got error %q, want %q", tc.m, got, tc.want)
		}
		if tc.want == "" && !json.Valid(e.Buf) {
			t.Errorf("%T: got %s, want valid JSON", tc.m, e.Buf)
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
			t.Fatal("text that is not UTF-8: got no error, want one")
		}
	}
	e.Buf[len(e.Buf)-1] = ']'
	var back []models.EstateRecord
	if err := json.Unmarshal(e.Buf, &back); err != nil {
		t.Fatalf("the buffer: got %v, want valid JSON", err)
	}
	if len(back) != 3 {
		t.Fatalf("got %d records, want 3", len(back))
	}
	if got, want := back[2].ID, typical().ID; got != want {
		t.Errorf("ID of the last record: got %q, want %q", got, want)
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
			t.Errorf("%s: got %v allocations, want 0", name, allocs)
		}
	}
}

// TestStandardInterfaces compares what encoding/json writes for models in other types with
// what it writes for their mirrors.
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
	for name, write := range map[string]func(any) ([]byte, error){
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
		got, err := write(ours)
		want, stockErr := write(stock)
		if err != nil {
			t.Errorf("%s: got error %v, want none", name, err)
		}
		if stockErr != nil {
			t.Fatalf("%s of the mirrors: %v", name, stockErr)
		}
		if string(got) != string(want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
	for name, tc := range map[string]struct {
		write func() ([]byte, error)
		want  string
	}{
		"Marshal of a nil record":    {func() ([]byte, error) { return json.Marshal((*models.EstateRecord)(nil)) }, "null"},
		"AppendJSON of a nil record": {func() ([]byte, error) { return (*models.EstateRecord)(nil).AppendJSON([]byte("x")) }, "xnull"},
		"MarshalBinary":              {r.MarshalBinary, marshal(t, m)},
	} {
		got, err := tc.write()
		if err != nil {
			t.Errorf("%s: got error %v, want none", name, err)
		}
		if string(got) != tc.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, tc.want)
		}
	}
	var back models.EstateRecord
	if err := json.Unmarshal([]byte(marshal(t, r)), &back); err != nil {
		t.Fatalf("Unmarshal of a record's JSON: got error %v, want none", err)
	}
	if back.ID != r.ID {
		t.Errorf("ID after Unmarshal: got %q, want %q", back.ID, r.ID)
	}
	if got, want := len(back.Costs.Values), len(r.Costs.Values); got != want {
		t.Errorf("costs after Unmarshal: got %d, want %d", got, want)
	}
	r.Metadata["nan"] = map[string]any{"deep": json.Number("NaN")}
	want := "metadata.nan.deep: must be a number"
	if _, err := json.Marshal(r); err == nil {
		t.Errorf("a json.Number that is not a number: got no error, want %q", want)
	} else if !strings.Contains(err.Error(), want) {
		t.Errorf("a json.Number that is not a number: got %q, want %q in it", err, want)
	}
}

// marshal returns the JSON of v by encoding/json.
func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
