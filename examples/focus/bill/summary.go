package bill

import (
	"context"
	"iter"

	"github.com/cockroachdb/apd/v3"
)

// maxListed is how many resources in several currencies, and maxNegative how many negative days, a
// summary names.
const (
	maxListed   = 10
	maxNegative = 20
)

// Summary is what a bill has in it.
type Summary struct {
	Rows            int
	Earlier         int // rows of charges before their billing period
	Records         int // that [Bill.Records] yields
	Resources       int
	WithoutResource int // records of what has no resource

	Split      int     // resources with several currencies
	FirstSplit []Split // the first ten

	NegativeDays  int
	FirstNegative []NegativeDay // the first twenty

	OddTags   int // resources whose Tags are no JSON object
	Shortened int // resources whose ID cannot be that of a record

	negative map[totalKey]*apd.Decimal
}

// Split is a resource that is billed in several currencies.
type Split struct {
	Type, ID   string
	Currency   string   // of the record with this ID: the one with the highest sum
	Currencies []string // of the others, whose ID has the currency behind it
}

// NegativeDay is a day on which a resource costs less than nothing, which cannot be sent.
type NegativeDay struct {
	Provider, Type, ID, Day, Currency string
	Amount                            string // a plain decimal number with a minus
}

// Summary is what the bill has in it.
func (b *Bill) Summary() Summary { return b.summary }

// summarize reads the sums once.
func (b *Bill) summarize(ctx context.Context) error {
	s := &b.summary
	s.negative = map[totalKey]*apd.Decimal{}
	return b.groups(ctx, func(g *group) bool {
		b.count(g)
		for i := range g.currencies {
			b.negativeDays(g, i, func(d *daySum, n NegativeDay) bool {
				if s.NegativeDays++; len(s.FirstNegative) < maxNegative {
					s.FirstNegative = append(s.FirstNegative, n)
				}
				key := totalKey{g.provider, n.Currency, d.day}
				if s.negative[key] == nil {
					s.negative[key] = new(apd.Decimal)
				}
				add(s.negative[key], &d.amount)
				return true
			})
		}
		return true
	})
}

// count counts the records of a resource.
func (b *Bill) count(g *group) {
	s := &b.summary
	if g.resource.id != "" {
		s.Resources++
		if parseTags(g.attributes.of(tagsCell)).odd {
			s.OddTags++
		}
		if g.resource.recordID(len(g.currencies) > 1) != g.resource.id {
			s.Shortened++
		}
	}
	for i := range g.currencies {
		n := (len(g.currencies[i].days) + maxDays - 1) / maxDays
		s.Records += n
		if g.resource.id == "" {
			s.WithoutResource += n
		}
	}
	if len(g.currencies) == 1 {
		return
	}
	if s.Split++; len(s.FirstSplit) < maxListed {
		split := Split{Type: b.typeOf(g), ID: b.idOf(g, 0), Currency: g.currencies[0].currency}
		for _, other := range g.currencies[1:] {
			split.Currencies = append(split.Currencies, other.currency)
		}
		s.FirstSplit = append(s.FirstSplit, split)
	}
}

// negativeDays calls yield for the days of a resource that cannot be sent.
func (b *Bill) negativeDays(g *group, i int, yield func(*daySum, NegativeDay) bool) bool {
	of := &g.currencies[i]
	for j := range of.days {
		d := &of.days[j]
		if !isNegative(d) {
			continue
		}
		n := NegativeDay{g.provider, b.typeOf(g), b.idOf(g, i), dayText(d.day), of.currency, AmountText(&d.amount)}
		if !yield(d, n) {
			return false
		}
	}
	return true
}

// Negative are all days that cannot be sent, in the order of the records. An error is one of the
// store, or the cause of a context that has ended, and the last that comes.
func (b *Bill) Negative(ctx context.Context) iter.Seq2[NegativeDay, error] {
	return func(yield func(NegativeDay, error) bool) {
		err := b.groups(ctx, func(g *group) bool {
			for i := range g.currencies {
				if !b.negativeDays(g, i, func(_ *daySum, n NegativeDay) bool { return yield(n, nil) }) {
					return false
				}
			}
			return true
		})
		if err != nil {
			yield(NegativeDay{}, err)
		}
	}
}
