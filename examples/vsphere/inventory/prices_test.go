package inventory_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/examples/internal/table"
	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/models"
)

// sheet writes a price sheet and reads it.
func sheet(t *testing.T, text string) (*inventory.Prices, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "prices.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return inventory.ReadPrices(name)
}

func TestPriceSheetsThatAreRefused(t *testing.T) {
	const head = "unit,currency,price\n"
	const all = head + "vcpu,EUR,1\ngb,EUR,1\ntb,EUR,1\n"
	for _, test := range []struct{ name, text, want string }{
		{"an empty file", "", "no first line with the columns"},
		{"a column is missing", "unit,price\nvcpu,1\n", `the column "currency" is missing`},
		{"no rows", head, "the unit vcpu has no price"},
		{"a unit is missing", head + "vcpu,EUR,1\ntb,EUR,1\n", "the unit gb has no price"},
		{"a unit twice", all + "GB,EUR,2\n", "line 5: the unit gb has a price already, on line 3"},
		{"another unit", all + "core,EUR,2\n", `line 5: the unit is "core", must be one of vcpu, gb, tb`},
		{"two currencies", head + "vcpu,EUR,1\ngb,USD,1\n", `line 3: the currency is "USD", and "EUR" before`},
		{"no currency", head + "vcpu,,1\n", "line 2: currency"},
		{"a currency that is none", head + "vcpu,Euro,1\n", "line 2: currency"},
		{"a negative price", head + "vcpu,EUR,-1\n", "line 2: price"},
		{"a comma", head + "vcpu,EUR,\"1,5\"\n", "line 2: price"},
		{"an exponent", head + "vcpu,EUR,1e3\n", "line 2: price"},
		{"no price", head + "vcpu,EUR,\n", "line 2: the price is missing"},
		{"words", head + "vcpu,EUR,free\n", "line 2: price"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := sheet(t, test.text)
			wantError(t, err, "", test.want)
		})
	}
	if _, err := inventory.ReadPrices(filepath.Join(t.TempDir(), "none.csv")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got the error %v for a file that is not there", err)
	}
}

func TestPricesInAnyForm(t *testing.T) {
	for _, text := range []string{
		"unit,currency,price\nvcpu,EUR,0.42\ngb,EUR,0.105\ntb,EUR,1.85\n",
		"\ufeffprice;note;unit;currency\n 1.85 ;x;TB;EUR\n0.42;;vCPU;EUR\n.105;;GB;EUR\n",
	} {
		p, err := sheet(t, text)
		if err != nil {
			t.Fatal(err)
		}
		// 4 × 0.42 + 6 × 0.105 + 1.85 / 4
		got, err := p.PerDay(4, 6<<10, 1<<38)
		if want := "2.7725"; got != want || err != nil || p.Currency != "EUR" {
			t.Errorf("got %s %s and the error %v, want %s EUR", got, p.Currency, err, want)
		}
	}
}

// A cost is exactly the sum of the products, whatever the sizes and the prices are: it is compared
// with fractions, which round nothing.
func TestCostsAreExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var prices [3]string
		for i := range prices {
			prices[i] = fmt.Sprintf("%d.%0*d", random.IntN(1000), 1+random.IntN(12), random.IntN(10))
		}
		vcpus, memory, disks := random.Int64N(512), random.Int64N(24<<20), random.Int64N(1<<50)
		p, err := inventory.PricesOf([]table.Row{
			{Line: 2, Cells: map[string]string{"unit": "vcpu", "currency": "EUR", "price": prices[0]}},
			{Line: 3, Cells: map[string]string{"unit": "gb", "currency": "EUR", "price": prices[1]}},
			{Line: 4, Cells: map[string]string{"unit": "tb", "currency": "EUR", "price": prices[2]}},
		})
		if err != nil {
			t.Fatal(err)
		}
		text, err := p.PerDay(vcpus, memory, disks)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := new(big.Rat).SetString(text)
		if !ok || strings.ContainsAny(text, "eE-+") {
			t.Fatalf("got %q, which is no amount", text)
		}
		want := new(big.Rat)
		for i, amount := range []*big.Rat{big.NewRat(vcpus, 1), big.NewRat(memory, 1<<10), big.NewRat(disks, 1<<40)} {
			price, _ := new(big.Rat).SetString(prices[i])
			want.Add(want, price.Mul(price, amount))
		}
		if got.Cmp(want) != 0 {
			t.Fatalf("%d CPUs, %d MB, %d bytes at %q: got %s, want %s", vcpus, memory, disks, prices, text, want)
		}
	}
}

// Any row is taken or refused, and what is taken is an amount without a sign.
func FuzzPrices(f *testing.F) {
	for _, row := range [][3]string{{"vcpu", "EUR", "0.42"}, {"gb", "USD", ".5"}, {"tb", "JPY", "0"}, {"x", "", "-1"}, {"vcpu", "EUR", "1e9"}, {"vcpu", "EUR", "NaN"}} {
		f.Add(row[0], row[1], row[2])
	}
	f.Fuzz(func(t *testing.T, unit, currency, price string) {
		rows := []table.Row{{Line: 2, Cells: map[string]string{"unit": unit, "currency": currency, "price": price}}}
		for _, other := range []string{"vcpu", "gb", "tb"} {
			if !strings.EqualFold(unit, other) {
				rows = append(rows, table.Row{Line: 3, Cells: map[string]string{"unit": other, "currency": currency, "price": "0"}})
			}
		}
		p, err := inventory.PricesOf(rows)
		if err != nil {
			return
		}
		text, err := p.PerDay(1, 1<<10, 1<<40)
		if err != nil {
			return // an exponent beyond what is added up
		}
		if got, ok := new(big.Rat).SetString(text); !ok || got.Sign() < 0 {
			t.Errorf("%q is taken as the price %q", price, text)
		} else if want, ok := new(big.Rat).SetString("0" + price); !ok || got.Cmp(want) != 0 {
			t.Errorf("%q is taken as the price %q", price, text)
		}
	})
}

// machineNamed is a machine of a simulated vCenter.
func machineNamed(t *testing.T, m *simulator.Model, name string) *simulator.VirtualMachine {
	t.Helper()
	for _, entity := range m.Map().All("VirtualMachine") {
		if vm := entity.(*simulator.VirtualMachine); vm.Name == name {
			return vm
		}
	}
	t.Fatalf("there is no machine %q", name)
	return nil
}

func TestCostsOfTheDays(t *testing.T) {
	now := time.Date(2026, 2, 5, 1, 0, 0, 0, time.FixedZone("", 2*60*60)) // the 4th, in UTC
	at := func(text string) *time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return &when
	}
	v := vcenter(t, 10)
	days := []string{"2026-02-01", "2026-02-02", "2026-02-03", "2026-02-04"}
	for _, test := range []struct {
		name    string
		created *time.Time
		today   bool
		state   types.VirtualMachinePowerState
		days    []string
		amount  string
	}{
		{"all days of the month", at("2025-12-31T10:00:00Z"), false, "poweredOn", days, "1.235"},
		{"created in the month", at("2026-02-03T23:59:00Z"), false, "poweredOn", days[2:], "1.235"},
		{"created in the month, elsewhere", at("2026-02-03T23:59:00-05:00"), false, "poweredOn", days[3:], "1.235"},
		{"created by a clock that is ahead", at("2026-02-09T00:00:00Z"), false, "poweredOn", days[3:], "1.235"},
		{"created nobody knows when", nil, false, "poweredOn", days, "1.235"},
		{"today only", at("2025-12-31T10:00:00Z"), true, "poweredOn", days[3:], "1.235"},
		{"powered off", at("2025-12-31T10:00:00Z"), true, "poweredOff", days[3:], "0.075"},
		{"suspended", at("2025-12-31T10:00:00Z"), true, "suspended", days[3:], "0.075"},
	} {
		t.Run(test.name, func(t *testing.T) {
			vm := machineNamed(t, v.Model, "web-1") // 2 CPUs, 4 GB, 40 GB
			vm.Config.CreateDate, vm.Runtime.PowerState = test.created, test.state
			cfg := v.Config()
			var err error
			if cfg.Prices, err = sheet(t, "unit,currency,price\nvcpu,EUR,0.32\ngb,EUR,0.13\ntb,EUR,1.92\n"); err != nil {
				t.Fatal(err)
			}
			cfg.From, cfg.To = inventory.Month(now, test.today)
			got := read(t, cfg)
			got.complete(t, 10+others)
			costs := got.named(t, "web-1").Costs
			if costs.Currency != "EUR" || len(costs.Values) != len(test.days) {
				t.Fatalf("got %d days in %s, want %q in EUR", len(costs.Values), costs.Currency, test.days)
			}
			for i, cost := range costs.Values {
				if cost.Date.String() != test.days[i] || *cost.Value != test.amount {
					t.Errorf("got %s on %s, want %s on %s", *cost.Value, cost.Date, test.amount, test.days[i])
				}
			}
			for _, r := range got.records {
				withCosts := r.Type == inventory.TypeVM || r.Type == inventory.TypeTemplate
				if (r.Costs != nil) != withCosts {
					t.Errorf("the %s %s has the costs %v", r.Type, r.Name, r.Costs)
				}
			}
		})
	}
}

// A template and a machine that is off pay for their disks.
func TestTemplateCostsItsStorage(t *testing.T) {
	v := unchanged(t, 20)
	cfg := v.Config()
	var err error
	if cfg.Prices, err = sheet(t, "unit,currency,price\nvcpu,EUR,1000\ngb,EUR,1000\ntb,EUR,1\n"); err != nil {
		t.Fatal(err)
	}
	cfg.From, cfg.To = inventory.Month(time.Now(), true)
	var template *models.EstateRecord
	for _, r := range read(t, cfg).records {
		if r.Type == inventory.TypeTemplate {
			template = r
		}
	}
	if template == nil {
		t.Fatal("there is no template")
	}
	if got, want := *template.Costs.Values[0].Value, "0.05859375"; got != want { // 60 GB of a TB
		t.Errorf("got a cost of %s, want %s", got, want)
	}
}
