package wire_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/internal/wire"
	"github.com/klarity-go/klarity/models"
)

func some(s string) *string { return &s }

func date(year int, month time.Month, day int) strfmt.Date {
	return strfmt.Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

func days(n int) []models.CostElement {
	values := make([]models.CostElement, n)
	for i := range values {
		values[i] = models.CostElement{Date: date(2022, 1, 1+i), Value: some("1")}
	}
	return values
}

func tags(n int) map[string]*string {
	m := map[string]*string{}
	for i := range n {
		m[strconv.Itoa(i)] = nil
	}
	return m
}

// ofSize returns an object whose JSON has n bytes.
func ofSize(n int) map[string]any {
	return map[string]any{"k": strings.Repeat("x", n-len(`{"k":""}`))}
}

// TestLimitsOfRecords breaks each rule of a record, and meets each limit just so. An empty
// want says that the record may go out.
func TestLimitsOfRecords(t *testing.T) {
	const nid = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"
	type record = models.EstateRecord
	amount := func(s string) func(*record) {
		return func(r *record) { r.Costs.Values[2].Value = &s }
	}
	meta := func(key string, v any) func(*record) {
		return func(r *record) { r.Metadata = map[string]any{key: v} }
	}
	month := func(s string) func(*record) { return func(r *record) { r.ValidThrough = s } }
	currency := func(s string) func(*record) { return func(r *record) { r.Costs.Currency = s } }
	tag := func(key string, v *string) func(*record) {
		return func(r *record) { r.Tags = map[string]*string{key: v} }
	}
	on := func(d strfmt.Date) func(*record) { return func(r *record) { r.Costs.Values[1].Date = d } }
	decimal := "costs.values[2].value: must be a decimal number with a dot, without sign or exponent; is "
	for name, tc := range map[string]struct {
		change func(*record)
		want   string
	}{
		"as it is":                {func(*record) {}, ""},
		"no id":                   {func(r *record) { r.ID = "" }, "id: is required"},
		"no type":                 {func(r *record) { r.Type = "" }, "type: is required"},
		"only id and type":        {func(r *record) { *r = record{ID: "i", Type: "t"} }, ""},
		"id at its limit":         {func(r *record) { r.ID = strings.Repeat("é", 255) }, ""},
		"id past its limit":       {func(r *record) { r.ID = strings.Repeat("é", 256) }, "id: must have at most 255 characters; has 256 characters"},
		"type at its limit":       {func(r *record) { r.Type = strings.Repeat("t", 255) }, ""},
		"type past its limit":     {func(r *record) { r.Type = strings.Repeat("t", 256) }, "type: must have at most 255 characters; has 256 characters"},
		"name at its limit":       {func(r *record) { r.Name = strings.Repeat("😀", 255) }, ""},
		"name past its limit":     {func(r *record) { r.Name = strings.Repeat("😀", 256) }, "name: must have at most 255 characters; has 256 characters"},
		"id that is not UTF-8":    {func(r *record) { r.ID = "caf\xe9" }, "id: must be UTF-8 text; has the byte 0xe9 at offset 3"},
		"half a surrogate pair":   {func(r *record) { r.Name = "\xed\xa0\x80" }, "name: must be UTF-8 text; has the byte 0xed at offset 0"},
		"NUL":                     {func(r *record) { r.Name = "a\x00b" }, ""},
		"1000 tags":               {func(r *record) { r.Tags = tags(1000) }, ""},
		"1001 tags":               {func(r *record) { r.Tags = tags(1001) }, "tags: must have at most 1000 entries; has 1001 entries"},
		"tag at its limit":        {tag("k", some(strings.Repeat("ß", 255))), ""},
		"tag past its limit":      {tag("env", some(strings.Repeat("ß", 256))), `tags["env"]: must have at most 255 characters; has 256 characters`},
		"tag that is not UTF-8":   {tag("env", some("\x80")), `tags["env"]: must be UTF-8 text; has the byte 0x80 at offset 0`},
		"key that is not UTF-8":   {tag("\x80", nil), `tags["\x80"]: must have a key that is UTF-8 text; has the byte 0x80 at offset 0`},
		"cleared tag":             {tag("k", nil), ""},
		"empty tag":               {tag("", some("")), ""},
		"tags of 1 MB":            {tag(strings.Repeat("k", 1_000_000-len(`{"":null}`)), nil), ""},
		"tags past 1 MB":          {tag(strings.Repeat("k", 1_000_001-len(`{"":null}`)), nil), "tags: must have at most 1000000 bytes as JSON; has 1000001 bytes"},
		"metadata of 1 MB":        {func(r *record) { r.Metadata = ofSize(1_000_000) }, ""},
		"metadata past 1 MB":      {func(r *record) { r.Metadata = ofSize(1_000_001) }, "metadata: must have at most 1000000 bytes as JSON; has 1000001 bytes"},
		"metadata of 2 MB":        {func(r *record) { r.Metadata = ofSize(2_000_000) }, "metadata: must have at most 1000000 bytes as JSON; has 2000000 bytes"},
		"metadata of 20 MB":       {func(r *record) { r.Metadata = ofSize(20_000_000) }, "metadata: must have at most 1000000 bytes as JSON; has more than 8000000 bytes"},
		"metadata has tags":       {meta("tags", nil), `metadata: must not have the key "tags", which is reserved`},
		"tags below metadata":     {meta("sub", map[string]any{"tags": 1}), ""},
		"Tags in metadata":        {meta("Tags", 1), ""},
		"metadata cleared":        {meta("license", map[string]any{"expires": nil}), ""},
		"NaN":                     {meta("license", map[string]any{"seats": math.NaN()}), "metadata.license.seats: must be a number that JSON can hold; is NaN"},
		"infinity":                {meta("cost centre", []any{1, math.Inf(1)}), `metadata["cost centre"][1]: must be a number that JSON can hold; is +Inf`},
		"channel":                 {meta("c", make(chan int)), "metadata.c: must be a value that can be written as JSON; json: unsupported type: chan int"},
		"validThrough":            {month("2022-06"), ""},
		"validThrough is past":    {month("2022-05"), `validThrough: must not be before 2022-06, the month that is written to; is "2022-05"`},
		"validThrough month 13":   {month("2023-13"), `validThrough: must be a month as YYYY-MM, from 2000-01 to 2999-12; is "2023-13"`},
		"validThrough month 00":   {month("2023-00"), `validThrough: must be a month as YYYY-MM, from 2000-01 to 2999-12; is "2023-00"`},
		"validThrough day":        {month("2023-01-31"), `validThrough: must be a month as YYYY-MM, from 2000-01 to 2999-12; is "2023-01-31"`},
		"validThrough short":      {month("2023-1"), `validThrough: must be a month as YYYY-MM, from 2000-01 to 2999-12; is "2023-1"`},
		"validThrough in 1999":    {month("1999-12"), `validThrough: must be a month as YYYY-MM, from 2000-01 to 2999-12; is "1999-12"`},
		"no currency":             {currency(""), "costs.currency: is required"},
		"currency in lower case":  {currency("eur"), `costs.currency: must be a currency code of ISO 4217, three capital letters; is "eur"`},
		"currency as a sign":      {currency("€"), `costs.currency: must be a currency code of ISO 4217, three capital letters; is "€"`},
		"currency unknown":        {currency("ABC"), `costs.currency: must be a currency code of ISO 4217, three capital letters; is "ABC"`},
		"currency withdrawn":      {currency("BGN"), ""},
		"no values":               {func(r *record) { r.Costs.Values = nil }, "costs.values: is required"},
		"empty values":            {func(r *record) { r.Costs.Values = []models.CostElement{} }, "costs.values: must have at least 1 item; has 0 items"},
		"1000 values":             {func(r *record) { r.Costs.Values = days(1000) }, ""},
		"1001 values":             {func(r *record) { r.Costs.Values = days(1001) }, "costs.values: must have at most 1000 items; has 1001 items"},
		"no date":                 {on(strfmt.Date{}), "costs.values[1].date: is required"},
		"year 0":                  {on(date(0, 1, 1)), ""},
		"year 9999":               {on(date(9999, 12, 31)), ""},
		"year 10000":              {on(date(10000, 1, 1)), "costs.values[1].date: must be a date of the years 0000 to 9999; is of the year 10000"},
		"year -1":                 {on(date(-1, 1, 1)), "costs.values[1].date: must be a date of the years 0000 to 9999; is of the year -1"},
		"a day twice":             {on(date(2022, 1, 1)), `costs.values[1].date: must be another day than that of any other item; is "2022-01-01" like values[0]`},
		"days in any order":       {on(date(2021, 1, 1)), ""},
		"cleared day":             {func(r *record) { r.Costs.Values[0].Value = nil }, ""},
		"empty amount":            {amount(""), decimal + `""`},
		"negative amount":         {amount("-1.50"), decimal + `"-1.50"`},
		"positive sign":           {amount("+1"), decimal + `"+1"`},
		"exponent":                {amount("1e3"), decimal + `"1e3"`},
		"comma":                   {amount("12,50"), decimal + `"12,50"`},
		"thousands":               {amount("1,000.00"), decimal + `"1,000.00"`},
		"dot at the end":          {amount("5."), decimal + `"5."`},
		"only a dot":              {amount("."), decimal + `"."`},
		"dot first":               {amount(".5"), ""},
		"currency in the amount":  {amount("12.50 EUR"), decimal + `"12.50 EUR"`},
		"space":                   {amount(" 1"), decimal + `" 1"`},
		"digits of other scripts": {amount("١٢"), decimal + `"١٢"`},
		"endless amount":          {amount(strings.Repeat("9", 100) + "x"), decimal + `"` + strings.Repeat("9", 64) + `"…`},
	} {
		t.Run(name, func(t *testing.T) {
			r := &record{
				ID: "lic-0042", Type: "licence", Costs: &models.Costs{Currency: "EUR", Values: days(3)},
				Tags: map[string]*string{"env": some("production")}, Metadata: map[string]any{"seats": 25},
			}
			tc.change(r)
			checkError(t, r, tc.want)
		})
	}
	for name, tc := range map[string]struct {
		m interface {
			AppendTo(*wire.Encoder) error
		}
		want string
	}{
		"nil record":             {(*record)(nil), "must not be nil"},
		"nil costs":              {(*models.Costs)(nil), "must not be nil"},
		"nil locator":            {(*models.RecordLocator)(nil), "must not be nil"},
		"nil enrichment":         {(*models.Enrichment)(nil), "must not be nil"},
		"nid":                    {&models.RecordLocator{NID: nid}, ""},
		"nid and all":            {&models.RecordLocator{NID: nid, ID: "i", Type: "t", Name: "n"}, ""},
		"id and type":            {&models.RecordLocator{ID: "i", Type: "t"}, ""},
		"nothing":                {&models.RecordLocator{}, "must have a nid, or an id and a type"},
		"only a name":            {&models.RecordLocator{Name: "n"}, "must have a nid, or an id and a type"},
		"id without type":        {&models.RecordLocator{ID: "i"}, "must have a nid, or an id and a type; has an id but no type"},
		"type without id":        {&models.RecordLocator{Type: "t"}, "must have a nid, or an id and a type; has a type but no id"},
		"nid without hyphens":    {&models.RecordLocator{NID: "6f3c9d527f0e4d0c9b6a0d5f0e8a41c7"}, `nid: must be a UUID: 32 hexadecimal digits, grouped 8-4-4-4-12 by hyphens; is "6f3c9d527f0e4d0c9b6a0d5f0e8a41c7"`},
		"locator id too long":    {&models.RecordLocator{ID: strings.Repeat("i", 256), Type: "t"}, "id: must have at most 255 characters; has 256 characters"},
		"locator name not UTF-8": {&models.RecordLocator{NID: nid, Name: "\xff"}, "name: must be UTF-8 text; has the byte 0xff at offset 0"},
		"enrichment":             {&models.Enrichment{Record: models.EnrichedRecord{NID: nid}, Data: map[string]any{"tags": 1}}, ""},
		"enrichment without nid": {&models.Enrichment{Data: map[string]any{"k": 1}}, "record.nid: is required"},
		"nid no UUID":            {&models.Enrichment{Data: map[string]any{"k": 1}, Record: models.EnrichedRecord{NID: "x"}}, `record.nid: must be a UUID: 32 hexadecimal digits, grouped 8-4-4-4-12 by hyphens; is "x"`},
		"no data":                {&models.Enrichment{Record: models.EnrichedRecord{NID: nid}}, "data: is required"},
		"empty data":             {&models.Enrichment{Record: models.EnrichedRecord{NID: nid}, Data: map[string]any{}}, "data: must have at least 1 entry; has 0 entries"},
		"data of 1 MB":           {&models.Enrichment{Record: models.EnrichedRecord{NID: nid}, Data: ofSize(1_000_000)}, ""},
		"data past 1 MB":         {&models.Enrichment{Record: models.EnrichedRecord{NID: nid}, Data: ofSize(1_000_001)}, "data: must have at most 1000000 bytes as JSON; has 1000001 bytes"},
	} {
		t.Run(name, func(t *testing.T) { checkError(t, tc.m, tc.want) })
	}
}

func checkError(t *testing.T, m interface {
	AppendTo(*wire.Encoder) error
}, want string) {
	t.Helper()
	e := wire.Encoder{NotBefore: "2022-06"}
	e.Buf = append(e.Buf, "before"...)
	err := m.AppendTo(&e)
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && err == nil:
		t.Errorf("accepted, want %s", want)
	case want != "" && err.Error() != want:
		t.Errorf("\ngot  %s\nwant %s", err, want)
	}
	if want != "" && string(e.Buf) != "before" {
		t.Errorf("the buffer holds %q", e.Buf)
	}
}
