package bill_test

import (
	"math/big"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/examples/focus/internal/billtest"
	"github.com/klarity-go/klarity/examples/focus/ledger"
	"github.com/klarity-go/klarity/models"
)

// Any bill makes the records that it must, and reconciles; neither the order of its rows, nor how
// its files are written, nor how often the store is written to changes anything.
func TestAnyBill(t *testing.T) {
	bills := 60
	if testing.Short() {
		bills = 20
	}
	for seed := range bills {
		rng := rand.New(rand.NewSource(int64(seed)))
		rows := billtest.Rows(rng)
		o := bill.Options{Buffer: []int{2000, 8000, 0}[rng.Intn(3)]}
		b := read(t, o, texts(billtest.Files(rng, rows))...)
		all := records(t, b)
		compareRecords(t, all, billtest.Records(rows))
		compareTotals(t, b.Totals(), billtest.Totals(rows))
		l := ledger.New(b.Totals())
		for _, r := range all {
			l.Add(r, true)
		}
		if days := l.Days(true); !ledger.Holds(days) {
			t.Errorf("the ledger does not balance: %+v", days)
		}
		if s := b.Summary(); s.Rows != len(rows) || s.Records != len(all) {
			t.Errorf("got %d rows and %d records, want %d and %d", s.Rows, s.Records, len(rows), len(all))
		}
		want := asJSON(t, b)
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		o.Buffer = 1000 + rng.Intn(50_000)
		if got := asJSON(t, read(t, o, texts(billtest.Files(rng, rows))...)); got != want {
			t.Errorf("the same rows in another order make other records:\n%s\nwant\n%s", got, want)
		}
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

func texts(files [][]byte) (texts []string) {
	for _, file := range files {
		texts = append(texts, string(file))
	}
	return texts
}

func compareRecords(t *testing.T, got []*models.EstateRecord, want map[string]*billtest.Record) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range got {
		if err := api.CheckRecord(r, models.InsertInPeriodCurrent); err != nil {
			t.Errorf("got an invalid record: %v", err)
		}
		key := billtest.Key(r.Type, r.ID)
		w := want[key]
		if w == nil || seen[key] {
			t.Errorf("got the record %q, which is not wanted, or twice", key)
			continue
		}
		seen[key] = true
		if r.Costs.Currency != w.Currency || len(r.Costs.Values) != len(w.Days) {
			t.Errorf("%q: got %d days in %s, want %d in %s", key, len(r.Costs.Values), r.Costs.Currency, len(w.Days), w.Currency)
		}
		for _, c := range r.Costs.Values {
			day := time.Time(c.Date).Format(time.DateOnly)
			switch sum := w.Days[day]; {
			case sum == nil:
				t.Errorf("%q: got the day %s, want none", key, day)
			case w.Negative(day) != (c.Value == nil):
				t.Errorf("%q, %s: got %v, want %s", key, day, c.Value, sum.RatString())
			case c.Value != nil && rat(t, *c.Value).Cmp(sum) != 0:
				t.Errorf("%q, %s: got %s, want %s", key, day, *c.Value, sum.RatString())
			}
		}
		if w.Name != "" && (r.Name != w.Name || *r.Tags["hour"] != big.NewInt(int64(w.Hour)).String() || *r.Tags["shared"] != "true") {
			t.Errorf("%q: got the name %q and the hour %s, want those of the latest row, %q and %d", key, r.Name, *r.Tags["hour"], w.Name, w.Hour)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("got %d records, want %d", len(seen), len(want))
	}
}

func compareTotals(t *testing.T, got []bill.Total, want map[string]*big.Rat) {
	t.Helper()
	for _, total := range got {
		key := strings.Join([]string{total.Provider, total.Currency, total.Day}, "\x00")
		if want[key] == nil || rat(t, bill.AmountText(&total.File)).Cmp(want[key]) != 0 {
			t.Errorf("%q: got the total %s, want %v", key, bill.AmountText(&total.File), want[key])
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d totals, want %d", len(got), len(want))
	}
}
