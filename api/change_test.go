package api_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

func upsertOf(r *models.EstateRecord) api.Change { return api.Change{Upsert: r} }

func deleteOf(i int, period models.Period) api.Change {
	return api.Change{Delete: &models.RecordLocator{Type: "vm", ID: record(i).ID}, Period: period}
}

func enrichmentOf(nid, name string) api.Change {
	return api.Change{Enrich: &models.Enrichment{
		Record: models.EnrichedRecord{NID: strfmt.UUID(nid)}, Data: map[string]any{"name": name}}}
}

// Two uploaders would have left records that were to go.
func TestEachRecordIsAsItsLastChangeLeftIt(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 9))
			faultRNG := rand.New(rand.NewPCG(seed, 10))
			var mu sync.Mutex
			emulator := apitest.New()
			emulator.Intercept(func(*apitest.Request) *apitest.Fault {
				mu.Lock()
				defer mu.Unlock()
				faults := []apitest.Fault{apitest.Status(503), apitest.Status(500), apitest.DropResponse()}
				if i := faultRNG.IntN(10); i < len(faults) {
					return &faults[i]
				}
				return nil
			})
			u, err := emulator.Client().NewApplier(api.BatchRecords(1+rng.IntN(20)), api.InFlight(1+rng.IntN(6)))
			if err != nil {
				t.Fatal(err)
			}
			names := map[int]string{} // what each record is called in the end; "": it is gone
			for i := range 500 {
				k := rng.IntN(10)
				change := deleteOf(k, models.PeriodAll)
				if names[k] = ""; rng.IntN(3) > 0 {
					names[k] = fmt.Sprint("version ", i)
					r := record(k)
					r.Name = names[k]
					change = upsertOf(r)
				}
				if _, err := u.Add(t.Context(), change); err != nil {
					t.Fatal(err)
				}
			}
			if err := u.Close(t.Context()); err != nil || u.Report().Accepted != 500 {
				t.Fatalf("seed %d: got %v and %v, want all accepted", seed, u.Report(), err)
			}
			for k, name := range names {
				if r, _ := emulator.Record("vm", record(k).ID); r.Name != name {
					t.Errorf("seed %d: record %d is called %q, want %q", seed, k, r.Name, name)
				}
			}
		})
	}
}

func TestChangesOfOneOperationAndPeriodShareARequest(t *testing.T) {
	s := &script{}
	c := newClient(t, s)
	var changes []api.Change
	for i := range 30 {
		changes = append(changes,
			api.Change{Upsert: record(i)},
			api.Change{Upsert: record(100 + i), Period: models.PeriodCurrent},
			api.Change{Upsert: record(200 + i), Period: models.PeriodPrevious},
			deleteOf(300+i, models.PeriodPrevious),
			deleteOf(400+i, models.PeriodAll),
			enrichmentOf(fmt.Sprintf("%s%02d", someNID[:34], i), "backup"))
	}
	for _, tt := range []struct {
		name string
		opts []api.RunOption
		want []string // each request's line and the beginning of its body
	}{
		{"as they are", nil, []string{
			`POST /v1/estateRecords {"records":`,
			`POST /v1/estateRecords {"insertInPeriod":"current",`,
			`POST /v1/estateRecords {"insertInPeriod":"previous",`,
			`DELETE /v1/estateRecords {"period":"previous",`,
			`DELETE /v1/estateRecords {"period":"all",`,
			`POST /v1/enrichments/estateRecords {"enrichments":`}},
		{"with a default period", []api.RunOption{api.InPeriod(models.InsertInPeriodPrevious)}, []string{
			`POST /v1/estateRecords {"insertInPeriod":"current",`,
			`POST /v1/estateRecords {"insertInPeriod":"previous",`,
			`DELETE /v1/estateRecords {"period":"previous",`,
			`DELETE /v1/estateRecords {"period":"all",`,
			`POST /v1/enrichments/estateRecords {"enrichments":`}},
	} {
		before := len(s.requests())
		var got results
		report, err := c.ApplyAll(t.Context(), changes, append(tt.opts, got.option())...)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		got.check(t, len(changes), report)
		for i, r := range got.all {
			if want := []string{"upsert", "upsert", "upsert", "delete", "delete", "enrich"}[i%6]; r.Operation != want {
				t.Errorf("%s: the result of change %d is of operation %q, want %q", tt.name, i, r.Operation, want)
			}
		}
		requests := s.requests()[before:]
		if len(requests) != len(tt.want) {
			t.Errorf("%s: %d requests, want %d", tt.name, len(requests), len(tt.want))
		}
		for _, want := range tt.want {
			found := 0
			for _, r := range requests {
				if strings.HasPrefix(r.Method+" "+r.URL.Path+" "+string(r.body), want) {
					found++
				}
			}
			if found != 1 {
				t.Errorf("%s: %d requests begin with %s, want 1", tt.name, found, want)
			}
		}
	}
}

func TestChangeThatIsNotOneIsInvalid(t *testing.T) {
	locator := &models.RecordLocator{Type: "vm", ID: "web-1"}
	enrichment := enrichmentOf(someNID, "backup").Enrich
	for _, tt := range []struct {
		name   string
		change api.Change
		op     string
		want   string
	}{
		{"nothing", api.Change{}, "", "must be exactly one of Upsert, Delete and Enrich; is none of them"},
		{"a period alone", api.Change{Period: models.PeriodAll}, "", "is none of them"},
		{"two", api.Change{Upsert: record(1), Delete: locator, Period: "all"}, "", "is Upsert and Delete"},
		{"three", api.Change{Upsert: record(1), Delete: locator, Enrich: enrichment}, "", "is Upsert and Delete and Enrich"},
		{"a delete without a period", api.Change{Delete: locator}, "delete", `period: must be current, previous or all for a delete; is ""`},
		{"a delete from nowhere", api.Change{Delete: locator, Period: "next"}, "delete", `is "next"`},
		{"an upsert into all", api.Change{Upsert: record(1), Period: models.PeriodAll}, "upsert", `period: must be current, previous or empty for an upsert; is "all"`},
		{"an enrichment with a period", api.Change{Enrich: enrichment, Period: models.PeriodCurrent}, "enrich", `period: must be empty for an enrichment; is "current"`},
		{"a record without a type", api.Change{Upsert: &models.EstateRecord{ID: "web-1"}}, "upsert", "type: is required"},
	} {
		s := &script{}
		var got results
		report, err := newClient(t, s).ApplyAll(t.Context(), []api.Change{upsertOf(record(7)), tt.change, upsertOf(record(8))}, got.option())
		if report.Accepted != 2 || report.Invalid != 1 {
			t.Errorf("%s: got %v, want 2 accepted and 1 invalid", tt.name, report)
			continue
		}
		r := got.all[1]
		if !errors.Is(r.Err, api.ErrInvalid) || !strings.Contains(r.Err.Error(), tt.want) || r.Operation != tt.op {
			t.Errorf("%s: got %v of operation %q, want %q of operation %q", tt.name, r.Err, r.Operation, tt.want, tt.op)
		}
		if !strings.HasPrefix(err.Error(), "apply 3 records: 2 accepted, 1 invalid; first: ") {
			t.Errorf("%s: the run's error is %q", tt.name, err)
		}
	}
}

// A locator that names both is the only thing that ties a nid to a type and ID.
func TestLocatorWithBothNamesComesBetweenTheChangesOfEither(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both := api.Change{Delete: &models.RecordLocator{Type: "vm", ID: record(0).ID, NID: someNID}, Period: models.PeriodAll}
		changes := []api.Change{
			upsertOf(record(0)), enrichmentOf(someNID, "backup"), both, enrichmentOf(strings.ToUpper(someNID), "owner"), upsertOf(record(0)),
		}
		var mu sync.Mutex
		var order []string
		s := &script{response: func(r *sent) (*http.Response, error) {
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			order = append(order, r.Method)
			return accepted(r), nil
		}}
		report, err := newClient(t, s).ApplyAll(t.Context(), changes)
		if err != nil {
			t.Fatal(report, err)
		}
		if got := strings.Join(order, " "); got != "POST POST DELETE POST POST" {
			t.Errorf("the requests were %s, want the delete as the third", got)
		}
	})
}

func TestOptionsOfAnApplier(t *testing.T) {
	c := newClient(t, &script{})
	if _, err := c.NewApplier(api.InPeriod("all")); err == nil || !strings.Contains(err.Error(), `the period is "all"`) {
		t.Errorf("got %v for an unknown period", err)
	}
	u, err := c.NewApplier()
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close(t.Context())
	if got := fmt.Sprint(u); !strings.HasPrefix(got, "apply uploader of klarity client for https://") {
		t.Errorf("an applier is formatted as %q", got)
	}
}
