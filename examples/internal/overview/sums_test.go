package overview

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// TestSumsOfRandomRecords holds all sums to those of [big.Rat]: by type and currency, by day, and
// by currency; and the most expensive records to those of a sorted list.
func TestSumsOfRandomRecords(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		o := New(aRun(false))
		type dayKey struct {
			pair
			day string
		}
		byPair, byDay, records := map[pair]*big.Rat{}, map[dayKey]*big.Rat{}, map[pair]int{}
		highest := map[string]*big.Rat{}
		add := func(to *big.Rat, s string) *big.Rat {
			if to == nil {
				to = new(big.Rat)
			}
			return to.Add(to, rat(s))
		}
		for i := range r.IntN(300) {
			key := pair{fmt.Sprint("type", r.IntN(7)), fmt.Sprint("CU", r.IntN(4))}
			rec := record(key.typ, fmt.Sprint(i), key.currency)
			good := r.IntN(5) > 0
			total, valued := new(big.Rat), false
			for d := range r.IntN(40) {
				day := time.Date(2026, 1, 1+d, 0, 0, 0, 0, time.UTC)
				element := models.CostElement{Date: strfmt.Date(day)}
				if r.IntN(10) > 0 {
					s := anyDecimal(r)
					element.Value = &s
					valued = true
					total = add(total, s)
					if at := (dayKey{key, day.Format(time.DateOnly)}); good {
						byDay[at] = add(byDay[at], s)
					}
				}
				rec.Costs.Values = append(rec.Costs.Values, element)
			}
			it := Item{Record: rec, Outcome: api.Rejected.String(), Place: fmt.Sprint("line ", i)}
			if good {
				it.Outcome = api.Accepted.String()
				if !valued {
					key.currency = ""
				}
				records[key]++
				byPair[key] = add(byPair[key], "0")
				byPair[key].Add(byPair[key], total)
				if highest[key.currency] == nil || total.Cmp(highest[key.currency]) > 0 {
					highest[key.currency] = total
				}
			}
			o.Add(it)
		}
		if len(o.sums.pairs) != len(byPair) {
			t.Fatalf("got %d pairs, want %d", len(o.sums.pairs), len(byPair))
		}
		for key, want := range byPair {
			sum := o.sums.pairs[key]
			if got := rat(sum.total.String()); got.Cmp(want) != 0 || sum.records != records[key] {
				t.Fatalf("%v: got %s of %d records, want %s of %d", key, sum.total, sum.records, want.FloatString(40), records[key])
			}
		}
		days := 0
		for key, sum := range o.sums.pairs {
			for day, d := range sum.days {
				days++
				if got, want := rat(d.String()), byDay[dayKey{key, dayText(int(day))}]; want == nil || got.Cmp(want) != 0 {
					t.Fatalf("%v on %s: got %s, want %v", key, dayText(int(day)), d, want)
				}
			}
		}
		if days != len(byDay) || days != o.sums.days {
			t.Fatalf("got %d days, counted as %d, want %d", days, o.sums.days, len(byDay))
		}
		for _, s := range o.sections(3) {
			want, rows := new(big.Rat), new(big.Rat)
			for key, sum := range byPair {
				if key.currency == s.currency {
					want.Add(want, sum)
				}
			}
			for _, row := range s.rows {
				rows.Add(rows, rat(row.total.String()))
			}
			if got := rat(s.total.total.String()); got.Cmp(want) != 0 || rows.Cmp(want) != 0 || len(s.rows) > 3 {
				t.Fatalf("%s: got %s, and %d rows that add up to %s, want %s", s.currency, s.total.total,
					len(s.rows), rows.FloatString(40), want.FloatString(40))
			}
			if s.currency != "" && want.Sign() > 0 && rat(s.top[0].total.String()).Cmp(highest[s.currency]) != 0 {
				t.Fatalf("%s: got %s as the most expensive, want %s", s.currency, s.top[0].total, highest[s.currency].FloatString(40))
			}
		}
	}
}

func TestTheTenMostExpensive(t *testing.T) {
	o := New(aRun(true))
	for i := range 100 { // 0, 7, 14, … 98, 5, 12, …: each cost twice
		cost := fmt.Sprintf("2026-11-01=%d", i*7%50)
		o.Add(Item{Record: record("vm", fmt.Sprint("r", i), "EUR", cost), Outcome: Valid, Place: fmt.Sprint("line ", i)})
	}
	got := ""
	for _, c := range o.sections(9)[0].top {
		got += fmt.Sprintf("%s %s, ", c.total, c.place)
	}
	want := "49.00 line 7, 49.00 line 57, 48.00 line 14, 48.00 line 64, 47.00 line 21, 47.00 line 71, " +
		"46.00 line 28, 46.00 line 78, 45.00 line 35, 45.00 line 85, "
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEqualCostsKeepTheEarlierRecords(t *testing.T) {
	o := New(aRun(true))
	for i := range 30 {
		o.Add(Item{Record: record("vm", fmt.Sprint("r", i), "EUR", "2026-11-01=5"), Outcome: Valid})
	}
	for i, c := range o.sections(9)[0].top {
		if want := fmt.Sprint("r", i); c.id != want {
			t.Errorf("place %d: got %s, want %s", i+1, c.id, want)
		}
	}
}

func TestOfTheCheapestTheLaterLeavesFirst(t *testing.T) {
	o := New(aRun(true))
	for i, cost := range []int{1, 1, 5, 5, 5, 5, 5, 5, 5, 5, 5} {
		o.Add(Item{Record: record("vm", fmt.Sprint("r", i), "EUR", fmt.Sprint("2026-11-01=", cost)), Outcome: Valid})
	}
	if got := o.sections(9)[0].top[maxTop-1].id; got != "r0" {
		t.Errorf("got %s as the last one, want r0", got)
	}
}

func TestOwnerTag(t *testing.T) {
	value, blank := "ops", " "
	for _, c := range []struct {
		tags map[string]*string
		want bool
	}{
		{nil, false},
		{map[string]*string{"owner": &value}, true},
		{map[string]*string{"OWNER": &value}, true},
		{map[string]*string{"owner": nil}, false},
		{map[string]*string{"owner": &blank}, false},
		{map[string]*string{"owner": nil, "Owner": &value}, true},
		{map[string]*string{"owners": &value, "team": &value}, false},
	} {
		if got := hasOwner(c.tags); got != c.want {
			t.Errorf("%v: got %t, want %t", c.tags, got, c.want)
		}
	}
}

// TestTheRecordIsNotKept changes a record after Add, as an iterator may that yields one pointer.
func TestTheRecordIsNotKept(t *testing.T) {
	o := New(aRun(true))
	rec := record("vm", "a", "EUR", "2026-11-01=5")
	o.Add(Item{Record: rec, Outcome: Valid, Place: "line 2"})
	want := textOf(o, 0)
	*rec.Costs.Values[0].Value, rec.ID, rec.Type, rec.Costs.Currency = "9", "b", "disk", "USD"
	if got := textOf(o, 0); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
