package bill

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/cockroachdb/apd/v3"
)

// group is all that the store has about one resource.
type group struct {
	provider   string
	resource   resource
	segment    string
	attributes attributes
	currencies []currencySums // the one with the highest sum first, the others by their code
}

// currencySums are the days of a resource in a currency, in order.
type currencySums struct {
	currency string
	total    apd.Decimal
	days     []daySum
}

type daySum struct {
	day    int32
	amount apd.Decimal
}

// groups calls yield for each resource, in the order of provider and ID, until it returns false or
// the context ends, whose cause is the error then.
func (b *Bill) groups(ctx context.Context, yield func(*group) bool) error {
	it, err := b.store.db.NewIter(nil)
	if err != nil {
		return b.store.wrap(err)
	}
	defer func() { _ = it.Close() }() // its error is that of Error, below
	var g *group
	var key []byte // of g
	for valid := it.First(); valid; valid = it.Next() {
		provider, resource, rest, err := readKey(it.Key())
		if err != nil {
			return b.store.wrap(err)
		}
		if own := it.Key()[:len(it.Key())-len(rest)]; g == nil || !slices.Equal(own, key) {
			if more, err := g.pass(yield); err != nil {
				return b.store.wrap(err)
			} else if !more {
				return nil
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			key = append(key[:0], own...)
			g = &group{provider: provider, resource: resource}
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return b.store.wrap(err)
		}
		if err := g.add(rest, value); err != nil {
			return b.store.wrap(err)
		}
	}
	if err := it.Error(); err != nil {
		return b.store.wrap(err)
	}
	if _, err := g.pass(yield); err != nil {
		return b.store.wrap(err)
	}
	return nil
}

// pass calls yield for a group that is complete, if there is one, and reports whether it wants more.
func (g *group) pass(yield func(*group) bool) (more bool, err error) {
	switch {
	case g == nil:
		return true, nil
	case len(g.currencies) == 0:
		return false, fmt.Errorf("the store has lost the sums of a resource of %s: %q", g.provider, g.resource.id)
	}
	return yield(g.sorted()), nil
}

// add adds a value of the store. Those of one currency come together, in the order of their days.
func (g *group) add(kind, value []byte) (err error) {
	switch {
	case kind[0] == kindEarliest && len(value) > startSize:
		g.segment = string(value[1+startSize:])
		return nil
	case kind[0] == kindLatest && len(value) > startSize:
		g.attributes, err = readAttributes(value[1+startSize:])
		return err
	}
	currency, day, ok := cutEnded(kind[1:])
	if !ok || kind[0] != kindSum || len(day) != 4 {
		return fmt.Errorf("the store has a key that was not written to it: %x", kind)
	}
	amount, err := readSum(value)
	if err != nil {
		return err
	}
	if n := len(g.currencies); n == 0 || g.currencies[n-1].currency != currency {
		g.currencies = append(g.currencies, currencySums{currency: currency})
	}
	of := &g.currencies[len(g.currencies)-1]
	add(&of.total, &amount)
	of.days = append(of.days, daySum{readDay(day), amount})
	return nil
}

// sorted puts the currency with the highest sum first.
func (g *group) sorted() *group {
	slices.SortFunc(g.currencies, func(a, b currencySums) int { return cmp.Compare(a.currency, b.currency) })
	first := 0
	for i := range g.currencies {
		if g.currencies[i].total.Cmp(&g.currencies[first].total) > 0 {
			first = i
		}
	}
	highest := g.currencies[first]
	copy(g.currencies[1:first+1], g.currencies[:first])
	g.currencies[0] = highest
	return g
}
