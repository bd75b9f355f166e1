package bill_test

import (
	"bufio"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/focus/bill"
)

// data is a file of real data, which stands beside the repository and is not a part of it.
func data(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join(filepath.FromSlash("../../../../shared/data"), name))
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// The sample of the FinOps Foundation has the sums that were found in another way, by resource and
// day, and as a whole.
func TestRealBill(t *testing.T) {
	file := data(t, "focus-1.0-sample.csv")
	b, err := bill.Read(t.Context(), bill.Options{TempDir: t.TempDir()}, bill.Input{Name: file.Name(), Reader: file})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	byResource, byDay := map[string]*big.Rat{}, map[string]*big.Rat{}
	add := func(to map[string]*big.Rat, key string, amount *big.Rat) {
		if to[key] == nil {
			to[key] = new(big.Rat)
		}
		to[key].Add(to[key], amount)
	}
	for s := bufio.NewScanner(data(t, "focus-records.jsonl")); s.Scan(); {
		var r struct {
			ID    string
			Costs struct {
				Values []struct{ Date, Value string }
			}
		}
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Costs.Values {
			if amount := rat(t, c.Value); r.ID != "none" { // there, all that has no resource is one
				add(byResource, r.ID+" "+c.Date, amount)
				add(byDay, c.Date, amount)
			} else {
				add(byDay, c.Date, amount)
			}
		}
	}
	compared := 0
	for _, r := range records(t, b) {
		for _, c := range r.Costs.Values {
			key := r.ID + " " + time.Time(c.Date).Format(time.DateOnly)
			want := byResource[key]
			if want == nil {
				continue
			}
			if got := rat(t, *c.Value); got.Cmp(want) != 0 {
				t.Errorf("%s: got %s, want %s", key, *c.Value, want.FloatString(20))
			}
			compared++
		}
	}
	if compared != len(byResource) || compared < 600 {
		t.Errorf("compared %d days of resources, want %d", compared, len(byResource))
	}
	for _, total := range b.Totals() {
		want := byDay[total.Day]
		if want == nil || rat(t, bill.AmountText(&total.File)).Cmp(want) != 0 {
			t.Errorf("%s: got %s, want %v", total.Day, bill.AmountText(&total.File), want)
		}
	}
	if n := len(b.Totals()); n != len(byDay) {
		t.Errorf("got %d days, want %d", n, len(byDay))
	}
	if s := b.Summary(); s.Rows != 700 || s.Resources != 612 || s.NegativeDays != 1 || s.FirstNegative[0].Amount != "-2.6137" {
		t.Errorf("got %+v", s)
	}
}
