package inventory_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
	"github.com/klarity-go/klarity/models"
)

func TestMain(m *testing.M) {
	if machines := os.Getenv(serveMachines); machines != "" {
		serve(machines)
		return
	}
	goleak.VerifyTestMain(closing{m})
}

// closing runs the tests and stops the vCenters that they shared.
type closing struct{ *testing.M }

func (c closing) Run() int {
	defer func() {
		for _, v := range shared.vcenters {
			v.Close()
		}
		http.DefaultClient.CloseIdleConnections() // those of the fronts
	}()
	return c.M.Run()
}

// shared are the vCenters that tests share, by the number of their machines.
var shared = struct {
	mu       sync.Mutex // guards vcenters
	vcenters map[int]*simulated.VCenter
}{vcenters: map[int]*simulated.VCenter{}}

// unchanged is a simulated vCenter that the test does not change, and does not close.
func unchanged(t *testing.T, machines int) *simulated.VCenter {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if v := shared.vcenters[machines]; v != nil {
		return v
	}
	v, err := simulated.Start(machines, false)
	if err != nil {
		t.Fatal(err)
	}
	shared.vcenters[machines] = v
	return v
}

// vcenter starts a simulated vCenter that the test may change.
func vcenter(t *testing.T, machines int) *simulated.VCenter {
	t.Helper()
	v, err := simulated.Start(machines, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// front puts a front before a vCenter.
func front(t *testing.T, v *simulated.VCenter, hook func(*simulated.Call) bool) *simulated.Front {
	t.Helper()
	f := simulated.NewFront(v, false, hook)
	t.Cleanup(f.Close)
	return f
}

// small is the configuration with pages of twelve, and hardly a pause.
func small(cfg inventory.Config) inventory.Config {
	cfg.PageSize, cfg.RetryWait = 12, time.Millisecond
	return cfg
}

// reading is what a source has told.
type reading struct {
	records     []*models.EstateRecord
	err         error
	gaps, notes []string
}

// read opens a source, reads all of it, checks that each record is valid and that none comes
// twice, and closes it.
func read(t *testing.T, cfg inventory.Config) reading {
	t.Helper()
	s, err := inventory.Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	defer s.Close(t.Context())
	return readFrom(t.Context(), t, s)
}

func readFrom(ctx context.Context, t *testing.T, s *inventory.Source) (got reading) {
	t.Helper()
	seen := map[api.Key]bool{}
	for r, err := range s.Records(ctx) {
		if err != nil {
			if got.err != nil {
				t.Errorf("a second error: %v", err)
			}
			got.err = err
			continue
		}
		if err := api.CheckRecord(r, models.InsertInPeriodCurrent); err != nil {
			t.Errorf("a record is not valid: %v", err)
		}
		key := api.Key{Type: r.Type, ID: r.ID}
		if seen[key] {
			t.Errorf("%v comes twice", key)
		}
		seen[key] = true
		got.records = append(got.records, r)
	}
	got.gaps, got.notes = s.Gaps(), s.Notes()
	return got
}

// complete fails the test unless all was told and nothing noticed.
func (r reading) complete(t *testing.T, records int) {
	t.Helper()
	if r.err != nil || len(r.gaps) > 0 || len(r.notes) > 0 {
		t.Errorf("got the error %v, the gaps %q and the notes %q, want none", r.err, r.gaps, r.notes)
	}
	if len(r.records) != records {
		t.Errorf("got %d records, want %d", len(r.records), records)
	}
}

// named is the record with a name.
func (r reading) named(t *testing.T, name string) *models.EstateRecord {
	t.Helper()
	for _, record := range r.records {
		if record.Name == name {
			return record
		}
	}
	t.Fatalf("there is no record named %q", name)
	return nil
}

// wantTexts fails the test unless each of the texts is in one of the lines, and there are as many.
func wantTexts(t *testing.T, what string, lines []string, texts ...string) {
	t.Helper()
	if len(lines) != len(texts) {
		t.Fatalf("got the %s %q, want %d", what, lines, len(texts))
	}
	for i, text := range texts {
		if !strings.Contains(lines[i], text) {
			t.Errorf("got the %s %q, want it to contain %q", what, lines[i], text)
		}
	}
}

// wantError fails the test unless the error contains all texts, and not the password.
func wantError(t *testing.T, err error, password string, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want one with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("got the error %q, want it to contain %q", err, text)
		}
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if password != "" && strings.Contains(e.Error(), password) {
			t.Errorf("the error shows the password: %v", e)
		}
	}
}

// objects is the expression of one object in a response of the property collector.
var objects = regexp.MustCompile(`(?s)<objects>.*?</objects>`)

// others are what a simulated vCenter has beside machines: 4 hosts and 2 datastores.
const others = 6
