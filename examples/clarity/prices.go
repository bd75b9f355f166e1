package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/clarity/internal/models"
	"github.com/klarity-go/klarity/examples/internal/table"
	klarity "github.com/klarity-go/klarity/models"
)

// prices say what a datasource costs a day. Clarity's API has no prices. The first row that fits
// counts.
type prices []price

// price is one row. An empty model or subscription fits any, also none at all.
type price struct {
	model, subscription string
	currency, amount    string // as written in the file: no digit is lost or added
}

// readPrices reads a CSV file with the columns model, subscription, currency and price.
func readPrices(name string) (prices, error) {
	rows, err := table.Read(name, "model", "subscription", "currency", "price")
	if err != nil {
		return nil, err
	}
	var found prices
	for _, row := range rows {
		p := price{row.Cells["model"], row.Cells["subscription"], row.Cells["currency"], row.Cells["price"]}
		err := api.CheckRecord(&klarity.EstateRecord{ID: "probe", Type: typeNode, Costs: p.costs(time.Now())}, klarity.InsertInPeriodCurrent)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", row.Line, ofColumn(reason(err)))
		}
		found = append(found, p)
	}
	if len(found) == 0 {
		return nil, errors.New("there are no prices in it")
	}
	return found, nil
}

func (p price) costs(day time.Time) *klarity.Costs {
	return &klarity.Costs{Currency: p.currency, Values: []klarity.CostElement{api.Cost(day, p.amount)}}
}

// dependOn reports whether a row asks for the model, and whether one asks for the subscription.
func (ps prices) dependOn() (model, subscription bool) {
	for _, p := range ps {
		model, subscription = model || p.model != "", subscription || p.subscription != ""
	}
	return model, subscription
}

// cost is what a datasource costs on the day of the run, or nil: without prices, where no row
// fits, and where it cannot be told which one does, since a call has failed.
func (b *builder) cost(d *models.Datasource) *klarity.Costs {
	n, s := b.node(d), b.subscription(d)
	if n == nil {
		n = &models.Node{}
	}
	if s == nil {
		s = &models.Subscription{}
	}
	knowsModel := n.Model != "" || b.knowsNode(d)
	knowsSubscription := s.SubscriptionType != "" || b.knowsSubscription(d)
	for _, p := range b.prices {
		switch {
		case p.model != "" && knowsModel && p.model != n.Model:
		case p.subscription != "" && knowsSubscription && p.subscription != s.SubscriptionType:
		case p.model != "" && !knowsModel, p.subscription != "" && !knowsSubscription:
			return nil
		default:
			return p.costs(b.costDay)
		}
	}
	return nil
}
