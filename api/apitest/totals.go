package apitest

import (
	"math/big"
	"slices"
	"strings"
)

// A Total sums up the records of one type.
type Total struct {
	Type    string
	Records int
	Costs   map[string]string // by currency, an exact decimal
}

// Totals returns a Total for each type, sorted by type, with the costs of the days in a
// month, given as YYYY-MM, or of all days if month is "". Records counts all records of the
// type, with or without costs. The sums are exact, with as many decimals as the most precise
// summand.
func (e *Emulator) Totals(month string) []Total {
	e.estate.mu.RLock()
	defer e.estate.mu.RUnlock()
	wantMonth := dayNumber(month) // 202205
	counts := make(map[string]int)
	sums := make(map[string]map[string]*decimal)
	for _, r := range e.estate.records {
		counts[r.typ]++
		for c := range r.costs.all() {
			if month != "" && c.day/100 != wantMonth {
				continue
			}
			if sums[r.typ] == nil {
				sums[r.typ] = make(map[string]*decimal)
			}
			sum := sums[r.typ][string(c.currency[:])]
			if sum == nil {
				sum = new(decimal)
				sums[r.typ][string(c.currency[:])] = sum
			}
			sum.add(c.value)
		}
	}
	totals := make([]Total, 0, len(counts))
	for typ, n := range counts {
		t := Total{Type: typ, Records: n, Costs: make(map[string]string)}
		for currency, sum := range sums[typ] {
			t.Costs[currency] = sum.String()
		}
		totals = append(totals, t)
	}
	slices.SortFunc(totals, func(a, b Total) int { return strings.Compare(a.Type, b.Type) })
	return totals
}

// A decimal is a sum of decimal strings: n / 10^scale.
type decimal struct {
	n     big.Int
	scale int
}

// add adds a decimal as the contract defines it: digits, optionally with a point. "" counts
// as 0.
func (d *decimal) add(s string) {
	whole, fraction, _ := strings.Cut(s, ".")
	var n big.Int
	n.SetString("0"+whole+fraction, 10)
	if more := len(fraction) - d.scale; more > 0 {
		d.n.Mul(&d.n, powerOf10(more))
		d.scale = len(fraction)
	} else {
		n.Mul(&n, powerOf10(-more))
	}
	d.n.Add(&d.n, &n)
}

func powerOf10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func (d *decimal) String() string {
	digits := d.n.String()
	if d.scale == 0 {
		return digits
	}
	if missing := d.scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - d.scale
	return digits[:point] + "." + digits[point:]
}
