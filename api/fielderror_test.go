package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// wrong returns a record that breaks three rules.
func wrong(i int) *models.EstateRecord {
	r := record(i)
	r.Costs = &models.Costs{Currency: "EURO", Values: []models.CostElement{api.Cost(june, "12,50")}}
	r.Tags = api.Tags(map[string]string{"owner": strings.Repeat("x", 256)})
	return r
}

const threeRules = "breaks 3 rules: " +
	`(1) costs.currency: must be a currency code of ISO 4217, three capital letters; is "EURO" ` +
	`(2) costs.values[0].value: must be a decimal number with a dot, without sign or exponent; is "12,50" ` +
	`(3) tags["owner"]: must have at most 255 characters; has 256 characters`

// fieldsOf returns the paths of the rules in an error.
func fieldsOf(t *testing.T, err error) (paths []string) {
	t.Helper()
	var re *api.RecordError
	if !errors.As(err, &re) || !errors.Is(err, api.ErrInvalid) {
		t.Fatalf("got %v, want a *RecordError that is ErrInvalid", err)
	}
	for _, f := range re.Fields() {
		paths = append(paths, f.Field)
	}
	return paths
}

// Whichever way a record is handed in, the error has every rule that it breaks.
func TestEveryBrokenRuleIsReported(t *testing.T) {
	three := []string{"costs.currency", "costs.values[0].value", `tags["owner"]`}
	locator := &models.RecordLocator{ID: strings.Repeat("i", 256)}
	enrichment := &models.Enrichment{Data: map[string]any{"n": math.NaN()}}
	c := newClient(t, &script{})
	result := func(run func(...api.RunOption) (api.Report, error)) error {
		var got results
		report, err := run(got.option())
		got.check(t, 1, report)
		if err == nil || report.Invalid != 1 || !slices.Equal(fieldsOf(t, err), fieldsOf(t, got.all[0].Err)) {
			t.Errorf("got %v, %v, want one invalid record, and an error with the same fields", report, err)
		}
		return got.all[0].Err
	}
	change := func(change api.Change) error {
		return result(func(opts ...api.RunOption) (api.Report, error) {
			return c.ApplyAll(t.Context(), []api.Change{change}, opts...)
		})
	}
	for _, tt := range []struct {
		name string
		err  error
		want []string
	}{
		{"CheckRecord", api.CheckRecord(wrong(0), ""), three},
		{"Upsert", result(func(opts ...api.RunOption) (api.Report, error) {
			return c.UpsertAll(t.Context(), []*models.EstateRecord{wrong(0)}, opts...)
		}), three},
		{"an iterator that yields what CheckRecord returns", result(func(opts ...api.RunOption) (api.Report, error) {
			return c.Upsert(t.Context(), func(yield func(*models.EstateRecord, error) bool) {
				yield(record(0), api.CheckRecord(wrong(0), ""))
			}, opts...)
		}), three},
		{"UpsertOnce", func() error {
			_, err := c.UpsertOnce(t.Context(), &models.UpsertRequest{Records: []*models.EstateRecord{record(1), wrong(0)}})
			return err
		}(), three},
		{"an upsert among changes", change(api.Change{Upsert: wrong(0)}), three},
		{"an upsert into a period that is none", change(api.Change{Upsert: wrong(0), Period: "next"}), append([]string{"period"}, three...)},
		{"an upsert into a period that is none, otherwise right", change(api.Change{Upsert: record(0), Period: "next"}), []string{"period"}},
		{"CheckLocator", api.CheckLocator(locator), []string{"", "id"}},
		{"Delete", result(func(opts ...api.RunOption) (api.Report, error) {
			return c.DeleteAll(t.Context(), models.PeriodAll, []*models.RecordLocator{locator}, opts...)
		}), []string{"", "id"}},
		{"a delete without a period", change(api.Change{Delete: locator}), []string{"period", "", "id"}},
		{"CheckEnrichment", api.CheckEnrichment(enrichment), []string{"data.n", "record.nid"}},
		{"Enrich", result(func(opts ...api.RunOption) (api.Report, error) {
			return c.EnrichAll(t.Context(), []*models.Enrichment{enrichment}, opts...)
		}), []string{"data.n", "record.nid"}},
		{"an enrichment with a period", change(api.Change{Enrich: enrichment, Period: "all"}), []string{"period", "data.n", "record.nid"}},
		{"no record", api.CheckRecord(nil, ""), []string{""}},
	} {
		if got := fieldsOf(t, tt.err); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got the fields %q, want %q: %v", tt.name, got, tt.want, tt.err)
		}
	}
}

func TestBrokenRulesInTextAndJSON(t *testing.T) {
	err := api.CheckRecord(wrong(0), "")
	if got, want := err.Error(), `upsert of type "vm" id "r0": `+threeRules; got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	text, _ := json.Marshal(err)
	var line struct {
		Error  string
		Fields []map[string]string
	}
	if json.Unmarshal(text, &line) != nil || line.Error != err.Error() || len(line.Fields) != 3 ||
		fmt.Sprint(line.Fields[2]) != `map[field:tags["owner"] got:has 256 characters rule:must have at most 255 characters]` {
		t.Errorf("got %s, want three fields", text)
	}
	var first *api.FieldError
	if !errors.As(err, &first) || first.Field != "costs.currency" {
		t.Errorf("errors.As: got %v, want the first rule", first)
	}
	var re *api.RecordError
	errors.As(err, &re)
	re.Fields()[0].Field = "changed"
	first.Field = "changed"
	if fieldsOf(t, err)[0] != "costs.currency" {
		t.Error("what Fields returns is not a copy")
	}

	// The reasons that are about no field.
	for _, re := range []*api.RecordError{
		{Outcome: api.Invalid, Err: errors.New("the row is not CSV")}, {Outcome: api.Invalid},
		{Outcome: api.Canceled, Err: &api.FieldError{Rule: "of another record"}},
	} {
		if got := re.Fields(); got != nil {
			t.Errorf("%v: got the fields %v, want none", re, got)
		}
	}
}

// Results that wait to be reported count by what their reasons hold, too.
func TestUploaderIsFullOfReasons(t *testing.T) {
	for bytes, want := range map[int64][2]int{5_000: {1, 1}, 100_000: {25, 50}} { // of about 3 kB
		synctest.Test(t, func(t *testing.T) { fillWithReasons(t, bytes, want[0], want[1]) })
	}
}

func fillWithReasons(t *testing.T, bytes int64, least, most int) {
	bad := record(0)
	bad.Costs = &models.Costs{Currency: "EUR", Values: dailyCosts(30)}
	for i := range bad.Costs.Values {
		amount := "-" + strings.Repeat("9", 100)
		bad.Costs.Values[i].Value = &amount
	}
	release := make(chan struct{})
	var got results
	u := newUpserter(t, newClient(t, &script{}), api.MaxBufferedBytes(bytes), api.OnResult(func(r api.Result) {
		<-release
		got.mu.Lock()
		defer got.mu.Unlock()
		got.all = append(got.all, r)
	}))
	taken, err := 0, error(nil)
	for taken < 1000 && err == nil {
		if _, err = u.TryAdd(bad); err == nil {
			taken++
		}
	}
	if !errors.Is(err, api.ErrFull) || taken < least || taken > most {
		t.Errorf("%d bytes: got %v after %d records, want ErrFull after %d to %d", bytes, err, taken, least, most)
	}
	close(release)
	for range 1000 { // there is room again, and again
		if _, err := u.Add(within(t, time.Minute), bad); err != nil {
			t.Fatal(err)
		}
		taken++
	}
	if err := u.Close(within(t, time.Minute)); err != nil {
		t.Error(err)
	}
	got.check(t, taken, u.Report())
}
