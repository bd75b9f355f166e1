package overview

import (
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/models"
)

// The bounds of sums.
const (
	maxPairs      = 1000  // of type and currency
	maxCurrencies = 300   // ISO 4217 has fewer
	maxDays       = 65536 // sums of a day, over all pairs
)

// sums are the totals by type and currency, and the most expensive records by currency.
type sums struct {
	pairs      map[pair]*sum
	currencies map[string]*top // "" for records without costs
	days       int             // in all pairs
	folded     bool            // there are more pairs
	tooLong    int             // costs that were not added: see maxDigits
	unsummed   int             // records in currencies that are not in currencies
}

// pair is what totals are by. An empty typ stands for all types for which there was no room:
// that of an accepted record is not empty.
type pair struct{ typ, currency string }

// sum is what the records of a pair add up to.
type sum struct {
	records     int
	total       decimal
	first, last int               // days, see dayOf; undefined without any
	days        map[int32]decimal // costs by day
	rest        decimal           // what days cost for which there was no room
	restDays    bool              // whether there are any
}

func (s *sums) init() {
	s.pairs = make(map[pair]*sum)
	s.currencies = map[string]*top{"": {}} // which has none
}

// add adds a record and reports whether it has costs.
func (s *sums) add(r *models.EstateRecord, place string) (hasCosts bool) {
	currency := ""
	if r.Costs != nil {
		for i := range r.Costs.Values {
			if r.Costs.Values[i].Value != nil {
				currency, hasCosts = r.Costs.Currency, true
				break
			}
		}
	}
	highest := s.currencies[currency]
	if highest == nil {
		if len(s.currencies) > maxCurrencies {
			s.unsummed++
			return hasCosts
		}
		highest = new(top)
		s.currencies[keep(currency)] = highest
	}
	to := s.pair(r.Type, currency)
	to.records++
	if !hasCosts {
		return false
	}
	var total decimal
	for i := range r.Costs.Values {
		c := &r.Costs.Values[i]
		if c.Value == nil {
			continue
		}
		value, ok := parseDecimal(*c.Value)
		if !ok {
			s.tooLong++
			continue
		}
		total.add(value)
		s.addDay(to, dayOf(c.Date), value)
	}
	to.total.add(total)
	highest.add(r, place, total)
	return true
}

// count adds an item of which only the type is known.
func (s *sums) count(typ string) { s.pair(typ, "").records++ }

// pair returns the sum for a type and a currency.
func (s *sums) pair(typ, currency string) *sum {
	if to := s.pairs[pair{typ, currency}]; to != nil {
		return to
	}
	key := pair{keep(typ), keep(currency)}
	if len(s.pairs) >= maxPairs {
		key.typ = ""
		s.folded = true
	}
	to := s.pairs[key]
	if to == nil {
		to = &sum{days: make(map[int32]decimal)}
		s.pairs[key] = to
	}
	return to
}

func (s *sums) addDay(to *sum, day int, value decimal) {
	if len(to.days) == 0 && !to.restDays {
		to.first, to.last = day, day
	}
	to.first, to.last = min(to.first, day), max(to.last, day)
	sum, known := to.days[int32(day)]
	if !known {
		if s.days == maxDays {
			to.rest.add(value)
			to.restDays = true
			return
		}
		s.days++
	}
	sum.add(value)
	to.days[int32(day)] = sum
}

const secondsPerDay = 24 * 60 * 60

// dayOf numbers days from 1970-01-01 on.
func dayOf(d strfmt.Date) int {
	year, month, day := time.Time(d).Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// dayTime is the beginning of a day.
func dayTime(day int) time.Time { return time.Unix(int64(day)*secondsPerDay, 0).UTC() }

func dayText(day int) string { return dayTime(day).Format(time.DateOnly) }
