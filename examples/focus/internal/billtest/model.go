package billtest

import (
	"math/big"
	"slices"
	"strings"
)

// Record is what a record must have.
type Record struct {
	Type, ID, Currency string
	Name               string // of a resource
	Hour               int    // the tag of the latest row of a resource
	Days               map[string]*big.Rat
}

// Negative reports whether a day cannot be sent.
func (r *Record) Negative(day string) bool { return r.Days[day].Sign() < 0 }

// Records are those of the rows, by type and ID with a NUL between them. They are found slowly,
// and in numbers of another kind.
func Records(rows []Row) map[string]*Record {
	type name struct{ provider, resource, account, service string }
	groups := map[name][]Row{}
	for _, r := range rows {
		n := name{provider: r.provider, resource: r.resource}
		if r.resource == "" {
			n.account, n.service = r.account, r.Cells["ServiceName"]
		}
		groups[n] = append(groups[n], r)
	}
	records := map[string]*Record{}
	for n, group := range groups {
		slices.SortStableFunc(group, func(a, b Row) int { return a.start.Compare(b.start) })
		last := group[len(group)-1]
		sums, totals := map[string]map[string]*big.Rat{}, map[string]*big.Rat{}
		for _, r := range group {
			currency := r.Cells["BillingCurrency"]
			if sums[currency] == nil {
				sums[currency], totals[currency] = map[string]*big.Rat{}, new(big.Rat)
			}
			if sums[currency][r.Day] == nil {
				sums[currency][r.Day] = new(big.Rat)
			}
			sums[currency][r.Day].Add(sums[currency][r.Day], r.Amount)
			totals[currency].Add(totals[currency], r.Amount)
		}
		highest := ""
		for currency, total := range totals {
			if highest == "" {
				highest = currency
				continue
			}
			if order := total.Cmp(totals[highest]); order > 0 || order == 0 && currency < highest {
				highest = currency
			}
		}
		for currency, days := range sums {
			r := &Record{Type: n.provider + "/" + group[0].service, ID: n.resource, Currency: currency, Days: days}
			if n.resource == "" {
				r.Type, r.ID = n.provider+"/no-resource", n.account+"/"+n.service
			} else {
				r.Name, r.Hour = last.Cells["ResourceName"], last.start.Hour()
			}
			if currency != highest {
				r.ID += "#" + currency
				if r.Name != "" {
					r.Name += " (" + currency + ")"
				}
			}
			records[r.Type+"\x00"+r.ID] = r
		}
	}
	return records
}

// Key is the key of a record in the map of Records.
func Key(typ, id string) string { return typ + "\x00" + id }

// Totals are the sums of the rows by provider, currency and day, with NULs between them.
func Totals(rows []Row) map[string]*big.Rat {
	totals := map[string]*big.Rat{}
	for _, r := range rows {
		key := strings.Join([]string{r.provider, r.Cells["BillingCurrency"], r.Day}, "\x00")
		if totals[key] == nil {
			totals[key] = new(big.Rat)
		}
		totals[key].Add(totals[key], r.Amount)
	}
	return totals
}
